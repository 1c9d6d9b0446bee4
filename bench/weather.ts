import { type Counts, foulWeather } from '../simulators/harness.ts';
import { type Imported, importOnce } from './collecting.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { startProgram } from './program.ts';
import { digits, type Section } from './table.ts';

/** The shares of calls answered with 500, and of reads cut short, on both sides. */
const weather = { errors: 0.03, cuts: 0.02 };

interface Run {
  customers: Imported;
  subscriptions: Imported;
  calls: number;
  /** Calls hit by a fault. */
  hits: number;
  /** What HaloPSA holds in the end. */
  licences: number;
}

/** The same import in good and bad conditions, each on its own systems. */
export async function weatherPart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section> {
  const { weatherSubscriptions: subscriptions } = options;
  const fair = await imported(servers, 'fair', subscriptions);
  say(`fair: ${digits(fair.subscriptions.seconds)} s, ${fair.calls} calls`);
  const foul = await imported(servers, 'foul', subscriptions);
  say(`foul: ${digits(foul.subscriptions.seconds)} s, ${foul.calls} calls, ${foul.hits} of them hit`);
  for (const key of ['created', 'failed', 'held'] as const)
    if (foul.subscriptions.counts[key] !== fair.subscriptions.counts[key])
      throw new Error(`${key}: ${foul.subscriptions.counts[key]}, not ${fair.subscriptions.counts[key]}`);
  if (foul.licences !== fair.licences)
    throw new Error(`HaloPSA holds ${foul.licences} licences, not ${fair.licences}`);
  const row = (name: string, { customers, subscriptions, calls, hits }: Run) => [
    name,
    digits(customers.seconds),
    digits(subscriptions.seconds),
    calls,
    hits,
  ];
  const ratio = foul.subscriptions.seconds / fair.subscriptions.seconds;
  const more = (100 * (foul.calls - fair.calls - foul.hits)) / fair.calls;
  return {
    part: 'weather',
    title: `${subscriptions.toLocaleString('en')} subscriptions in foul weather`,
    how: `One import of all customers, then one of all subscriptions, into an empty HaloPSA; on both sides ${weather.errors * 100} % of all calls answer 500 and ${weather.cuts * 100} % of reads are cut short. Each import ended completed in one run; afterwards both sides were listed anew and nothing was missing, doubled or to be changed.`,
    tables: [
      {
        head: ['', 'customers s', 'subscriptions s', 'calls on both sides', 'of them hit'],
        rows: [row('fair', fair), row('foul', foul)],
      },
      {
        head: ['', ''],
        rows: [
          ['foul beside fair (goal: at most 1.5)', digits(ratio)],
          ['calls beyond the hit ones, % of fair (goal: at most 5)', digits(more)],
        ],
      },
    ],
  };
}

async function imported(servers: Servers, how: 'fair' | 'foul', subscriptions: number): Promise<Run> {
  const customers = Math.ceil(subscriptions / 40);
  const source = await startProgram('simulators/main.ts', [
    ...['arrowsphere', '--api-key', 'arrow-demo-key'],
    ...['--customers', customers, '--subscriptions', subscriptions],
  ]);
  const halos = await startProgram('bench/halos.ts', ['--count', 1]);
  const at = await Installation.create(servers, `bench_weather_${how}`);
  try {
    await at.startWorker();
    const systems = [JSON.parse(source.ready).url as string, JSON.parse(halos.ready).urls[0] as string];
    const [arrow, halo] = systems as [string, string];
    const id = await at.integration(await at.source(arrow, 8), await at.halo(halo));
    if (how === 'foul')
      for (const [n, url] of systems.entries())
        await control(url, 'POST', 'faults', foulWeather({ ...weather, seed: 7 + n }));
    const run = {
      customers: await importOnce(at, id, 'customers'),
      subscriptions: await importOnce(at, id, 'subscriptions'),
    };
    const counts = (await Promise.all(systems.map((url) => control(url, 'GET', 'counts')))) as Counts[];
    // Without faults again: the import finds nothing to do, and both sides hold what they should.
    for (const url of systems) await control(url, 'DELETE', 'faults');
    const { counts: after } = await importOnce(at, id, 'subscriptions');
    if (after.created || after.updated || after.deactivated)
      throw new Error(`something was left to do: ${JSON.stringify(after)}`);
    const [held] = await at.sql<{ rows: number; distinct: number }[]>`
      select count(*)::int as rows, count(distinct link_id)::int as distinct from licences where not deleted`;
    if (held!.rows !== held!.distinct) throw new Error(`${held!.rows - held!.distinct} licences are doubled`);
    return {
      ...run,
      calls: counts.reduce((sum, { calls }) => sum + calls, 0),
      hits: counts.reduce((sum, { faults }) => sum + Object.values(faults).reduce((a, b) => a + b, 0), 0),
      licences: held!.rows,
    };
  } finally {
    await at.close();
    await halos.stop();
    await source.stop();
  }
}

async function control(url: string, method: string, name: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/__control/${name}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : await answer.json();
}
