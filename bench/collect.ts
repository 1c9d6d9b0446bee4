import { collectOnce, emptyLedger } from './collecting.ts';
import { type Dlt, dltVersion } from './dlt.ts';
import type { Cost } from './history.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { runOurs, startProgram } from './program.ts';
import { type Digest, digestOf, sameRows, stored, withLog } from './rows.ts';
import { chart, digits, type Section, type Spread, spelled, spread, times } from './table.ts';

interface Run {
  seconds: number;
  peakMb: number | null;
  /** Processor time of its own process, in seconds. */
  cpu: number | null;
  walMb: number;
}
interface Contestant {
  name: string;
  rows: string;
  /** Resets it, so that its next run is a first one. */
  forget(): Promise<unknown>;
  run(again: boolean): Promise<Omit<Run, 'walMb'>>;
  /** Measured only this many times. */
  repeats: number;
}

/** The listing of one account into the ledger, beside a bare loop and dlt, first and again. */
export async function collectPart(
  options: Options,
  servers: Servers,
  dlt: Dlt | null,
  say: (line: string) => void,
): Promise<Section> {
  const { subscriptions, repeats } = options;
  const source = await startProgram('bench/source.ts', ['--subscriptions', subscriptions]);
  const { url } = JSON.parse(source.ready);
  const at = await Installation.create(servers, 'bench_collect');
  const worker = await at.startWorker();
  const runs = new Map<string, Run[]>();
  let cost: Cost | undefined;
  try {
    for (const latency of options.latencies) {
      await fetch(`${url}/__bench/latency?ms=${latency}`);
      const inFlight = latency >= 50 ? 16 : 8;
      const bare = (form: string, name: string, lanes: number): Contestant => ({
        name,
        rows: stored.plain(`bare_${form}`),
        repeats,
        forget: () => at.sql`drop table if exists ${at.sql(`bare_${form}`)}`,
        run: (again) =>
          runOurs('bench/bare.ts', [
            ...['--url', `${url}/a/0`, '--database', at.url, '--form', form, '--in-flight', lanes],
            ...(again ? ['--keep'] : []),
          ]),
      });
      const connectionId = await at.source(`${url}/a/0`, 8);
      const ours: Contestant = {
        name: 'Tributary',
        rows: stored.ledger,
        repeats,
        forget: () => emptyLedger(at),
        run: async () => {
          worker.forget();
          const before = worker.cpu() ?? 0;
          const { seconds, cost: counted } = await collectOnce(at, connectionId);
          cost = counted;
          return { seconds, peakMb: worker.peak(), cpu: (worker.cpu() ?? 0) - before };
        },
      };
      const peer = (form: 'default' | 'fast'): Contestant => ({
        name: form === 'default' ? 'dlt, as documented' : 'dlt, fastest',
        rows: stored.plain(`dlt_${form}.subscriptions`),
        repeats: options.dltRepeats,
        forget: async () => {
          await dlt!.forget();
          for (const schema of [`dlt_${form}`, `dlt_${form}_staging`])
            await at.sql`drop schema if exists ${at.sql(schema)} cascade`;
        },
        run: () => dlt!.run({ url: `${url}/a/0`, database: at.url, form, inFlight: 8 }),
      });
      const peers = dlt ? [peer('default'), peer('fast')] : [];
      const loops = [
        bare('one', 'bare loop, one page at a time', 1),
        bare('many', 'bare loop, 8 pages in flight', 8),
        bare('text', `practical limit, ${inFlight} in flight`, inFlight),
      ];
      const hashing = bare('hash', 'bare loop, hash first', 8);

      const measure = async (what: string, one: Contestant, again: boolean) => {
        const { result, walMb } = await withLog(at.sql, () => one.run(again));
        const key = `${latency}/${what}/${one.name}`;
        runs.set(key, [...(runs.get(key) ?? []), { ...result, walMb }]);
        say(
          `${key}: ${digits(result.seconds)} s, ${walMb.toFixed(1)} MB of WAL, peak ${result.peakMb ?? '?'} MB`,
        );
      };
      const check = async (contestants: Contestant[]) => {
        const digests = new Map<string, Digest>();
        for (const one of contestants) digests.set(one.name, await digestOf(at.sql, one.rows));
        sameRows(digests, subscriptions);
      };
      for (let round = 1; round <= repeats; round++) {
        const taking = [...loops, ours, ...peers].filter((one) => round <= one.repeats);
        for (const one of taking) {
          await one.forget();
          await measure('first', one, false);
        }
        await check(taking);
        if (latency === options.latencies[0]) {
          await hashing.forget();
          await hashing.run(false);
          // Read once, as the others' were: the first read of new rows writes hint bits, and those are logged.
          await check([hashing]);
          const durable = [hashing, ours];
          for (const one of [...durable, ...peers.filter((one) => round <= one.repeats)])
            await measure('unchanged', one, true);
          await fetch(`${url}/__bench/change?every=100&by=${round}`);
          for (const one of durable) await measure('1 % changed', one, true);
          await check(durable);
          await fetch(`${url}/__bench/change?every=100&by=0`);
        }
        for (const one of [...loops, hashing, ours, ...peers]) await one.forget();
      }
    }
  } finally {
    await at.close();
    await source.stop();
  }
  return told(options, runs, cost!);
}

function told(options: Options, runs: Map<string, Run[]>, cost: Cost): Section {
  const seconds = (key: string): Spread | null => {
    const all = runs.get(key);
    return all ? spread(all.map((run) => run.seconds)) : null;
  };
  const most = (key: string, of: 'peakMb' | 'walMb') =>
    digits(Math.max(...runs.get(key)!.map((run) => run[of] ?? 0)));
  const cpu = (key: string) => digits(spread(runs.get(key)!.map((run) => run.cpu ?? 0)).median);
  const table = (latency: number, what: string) => {
    const prefix = `${latency}/${what}/`;
    const keys = [...runs.keys()].filter((key) => key.startsWith(prefix));
    const ours = seconds(`${prefix}Tributary`)!;
    return {
      head: [
        `${what}, ${latency} ms a page`,
        's (min / median / max)',
        'Tributary is',
        'CPU s',
        'peak MB',
        'WAL MB',
      ],
      rows: keys.map((key) => {
        const one = seconds(key)!;
        return [
          key.slice(prefix.length),
          spelled(one),
          key.endsWith('Tributary') ? '' : `${times(one, ours)} as fast`,
          cpu(key),
          most(key, 'peakMb'),
          most(key, 'walMb'),
        ];
      }),
    };
  };
  const first = options.latencies[0]!;
  const tables = [
    ...options.latencies.map((latency) => table(latency, 'first')),
    table(first, 'unchanged'),
    table(first, '1 % changed'),
    {
      head: ['Temporal, for one listing', ''],
      rows: [
        ['actions', cost.actions],
        ['history events', cost.events],
      ],
    },
  ];
  const bars = [...runs.keys()]
    .filter((key) => key.startsWith(`${first}/first/`))
    .map((key): [string, number] => [key.slice(`${first}/first/`.length), seconds(key)!.median]);
  return {
    part: 'collect',
    title: `Listing ${options.subscriptions.toLocaleString('en')} subscriptions`,
    how: `One account, 100 records a page of about 1.4 KB each (2 KB on the wire), into typed columns plus the record as it came; PostgreSQL with fsync. Tributary and the loops have 8 pages in flight, no call rate; dlt is ${dltVersion}. Every contestant's rows were compared by digest before its time counted. Processor time and peak memory are those of the contestant's own process (of the worker), without PostgreSQL and Temporal; where the machine was busy with other work, processor time tells more than the clock. A vacuum and a checkpoint come before every run.`,
    tables,
    after: chart('First listing, source answers at once', 'seconds', bars),
  };
}
