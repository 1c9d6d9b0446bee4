import autocannon from 'autocannon';
import { encodeCursor } from '../api/pages.ts';
import { listSubscriptions } from '../db/ledger/queries.ts';
import { collectOnce, importOnce } from './collecting.ts';
import { explain } from './explain.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { freePort, type Program, startProgram } from './program.ts';
import { digits, type Section, spread } from './table.ts';

const listed = 10_000;

/** Our API beside a bare Fastify route on the same rows, turn by turn. */
export async function apiPart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section> {
  const source = await startProgram('bench/source.ts', [
    '--subscriptions',
    Math.min(listed, options.apiSubscriptions),
  ]);
  const halos = await startProgram('bench/halos.ts');
  const at = await Installation.create(servers, 'bench_api');
  const programs: Program[] = [];
  try {
    const worker = await at.startWorker();
    const connectionId = await at.source(`${JSON.parse(source.ready).url}/a/0`, 8);
    const destinationId = await at.halo(JSON.parse(halos.ready).urls[0]);
    const integrationId = await at.integration(connectionId, destinationId);
    const { id: importId } = await importOnce(at, integrationId, 'customers', 'preview');
    await collectOnce(at, connectionId);
    await worker.stop();
    await grow(at, options.apiSubscriptions);
    say(`${options.apiSubscriptions} rows are there`);

    const [ours, bare] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
    // A line a request, read by the process that also sends the requests, would measure the reading.
    const env = (url: string) => ({ ...at.environment(), PORT: new URL(url).port, LOG_LEVEL: 'warn' });
    programs.push(
      await startProgram('bench/bare-api.ts', [], { env: env(bare!), ready: /listening/ }),
      await startProgram('api/server.ts', [], { env: env(ours!), answers: `${ours}/healthz` }),
    );
    const [middle] = await at.sql<{ customer_id: string; id: string }[]>`
      select customer_id, id from subscriptions where connection_id = ${connectionId} order by customer_id, id
      offset ${Math.floor(options.apiSubscriptions / 2)} limit 1`;
    const { customer_id: customer, id } = middle!;
    const list = `${ours}/v1/connections/${connectionId}/subscriptions`;
    const page = `${bare}/page?connection=${connectionId}`;
    const pairs: [what: string, ours: string, bare: string, connections: number][] = [
      ['read an import', `${ours}/v1/imports/${importId}`, `${bare}/import/${importId}`, 20],
      ['first page of 50', list, page, 20],
      ['page of 50 from the middle', `${list}?cursor=${encodeCursor([customer, id])}`, `${page}&customer=${customer}&id=${id}`, 20],
      ['search, common word', `${list}?search=Microsoft`, `${page}&search=Microsoft`, 20],
      ['search, nothing found', `${list}?search=zzzzzz`, `${page}&search=zzzzzz`, 2],
    ]; // biome-ignore format: a table
    const rows: (string | number)[][] = [];
    for (const [what, one, other, connections] of pairs) {
      const shots: Shot[][] = [[], []];
      for (let round = 0; round < options.repeats; round++)
        for (const [i, url] of [one, other].entries())
          shots[i]!.push(await shoot(url, at.apiKey, connections, options.seconds));
      rows.push(row(what, shots[0]!, shots[1]!));
      say(rows.at(-1)!.join(', '));
    }
    rows.push(await starts(at, connectionId, destinationId, ours!, bare!, options.seconds * 20));
    say(rows.at(-1)!.join(', '));
    return {
      part: 'api',
      title: `The API on a ledger of ${options.apiSubscriptions.toLocaleString('en')} subscriptions`,
      how: 'Requests by autocannon (20 connections; 2 where every row must be read), turn by turn with a bare Fastify route that runs one statement and sends its rows: no key, no schema. Each figure is the median of its runs; autocannon counts whole milliseconds, so that of short requests the rate tells more; where none ended in time the time itself is shown. Both log nothing a request. Starting an import is one request after another, beside a route that inserts a row and starts a workflow.',
      tables: [
        {
          head: [
            '',
            'p50 ms',
            'bare',
            'ratio',
            'p99 ms',
            'bare',
            'ratio',
            'requests a second',
            'bare',
            'ratio',
          ],
          rows,
        },
      ],
      after: await plans(at, connectionId, [customer, id]),
    };
  } finally {
    for (const program of programs) await program.stop();
    await at.close();
    await halos.stop();
    await source.stop();
  }
}

/** The listed rows again and again under new ids: what a search reads, without an hour of listing. */
async function grow(at: Installation, rows: number): Promise<void> {
  const columns = await at.sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'subscriptions' and table_schema = 'public' and column_name <> 'id' order by ordinal_position`;
  const names = columns.map(({ name }) => name).join(', ');
  for (let copies = rows / listed - 1, n = 1; n <= copies; n++)
    await at.sql.unsafe(`insert into subscriptions (id, ${names})
      select id || '-${n}', ${names} from subscriptions where id not like '%-%'`);
  await at.sql`vacuum analyze subscriptions`;
}

interface Shot {
  p50: number;
  p99: number;
  rate: number;
}

async function shoot(url: string, key: string, connections: number, seconds: number): Promise<Shot> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 60,
    headers: { authorization: `Bearer ${key}` },
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refused`);
  if (result.requests.total === 0) return { p50: seconds * 1000, p99: seconds * 1000, rate: 0 };
  return { p50: result.latency.p50, p99: result.latency.p99, rate: result.requests.average };
}

function row(what: string, ours: Shot[], bare: Shot[]): (string | number)[] {
  const of = (shots: Shot[], key: keyof Shot) => spread(shots.map((shot) => shot[key])).median;
  const pair = (key: keyof Shot) => [digits(of(ours, key)), digits(of(bare, key))];
  const ratio = (key: 'p50' | 'p99') => `${digits(of(ours, key) / Math.max(of(bare, key), 0.5))}×`;
  const slower = `${digits(of(bare, 'rate') / of(ours, 'rate'))}×`;
  return [what, ...pair('p50'), ratio('p50'), ...pair('p99'), ratio('p99'), ...pair('rate'), slower];
}

/** The first starts do not count: they open connections and prepare statements. */
const unready = 20;

/** No worker polls: the request is measured until Temporal confirms that the workflow was started. */
async function starts(
  at: Installation,
  sourceId: string,
  destinationId: string,
  ours: string,
  bare: string,
  count: number,
): Promise<(string | number)[]> {
  const spent: [number[], number[]] = [[], []];
  const headers = { authorization: `Bearer ${at.apiKey}`, 'content-type': 'application/json' };
  await at.sql`update integrations set deleted_at = now()`;
  for (let i = 0; i < unready + count; i++) {
    const integrationId = await at.integration(sourceId, destinationId);
    const asks = [
      { url: `${ours}/v1/integrations/${integrationId}/imports`, body: '{"kind":"subscriptions","mode":"apply"}', headers },
      { url: `${bare}/import/${integrationId}` },
    ].map(({ url, ...rest }, which) => async () => {
      const began = performance.now();
      const answer = await fetch(url, { method: 'POST', ...rest });
      const started = (await answer.json()) as { id: string; temporal?: { workflowId: string } };
      if (answer.status !== 202) throw new Error(JSON.stringify(started));
      spent[which]!.push(performance.now() - began);
      return started.temporal?.workflowId ?? `bench/${started.id}`;
    }); // biome-ignore format: two lines
    // The second contender is affected by Temporal's remaining work for the first.
    for (const ask of i % 2 ? asks : asks.reverse())
      await at.servers.temporal.workflow.getHandle(await ask()).terminate();
    await at.sql`update integrations set deleted_at = now()`;
  }
  const shots = spent.map((all): Shot => {
    const sorted = all.slice(unready).sort((a, b) => a - b);
    const part = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
    return { p50: part(0.5), p99: part(0.99), rate: 1000 / part(0.5) };
  });
  return row('start an import', [shots[0]!], [shots[1]!]);
}

async function plans(at: Installation, connectionId: string, after: [string, string]): Promise<string> {
  const page = (filter: object, from: [string, string] | null) =>
    explain(at.db, (db) => listSubscriptions(db, { connectionId, ...filter }, { limit: 50, after: from }));
  const told: [string, string][] = [
    ['A page from the middle', await page({}, after)],
    ['A page of one customer', await page({ customerId: after[0] }, null)],
    ['A search that finds nothing', await page({ search: 'zzzzzz' }, null)],
  ];
  return told.map(([what, plan]) => `${what}:\n\n\`\`\`\n${plan}\n\`\`\``).join('\n\n');
}
