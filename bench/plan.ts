import { definitions } from '../connectors/definitions.ts';
import { reconcile } from '../db/reconciliation/reconcile.ts';
import { importOnce } from './collecting.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { startProgram } from './program.ts';
import { digits, type Section } from './table.ts';

/** Planning beside collecting: a preview where everything is new, then an import where nothing has changed. */
export async function planPart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section> {
  const { subscriptions } = options;
  const customers = Math.min(1_000, Math.ceil(subscriptions / 10));
  const source = await startProgram('bench/source.ts', [
    ...['--subscriptions', subscriptions, '--customers', customers],
  ]);
  const halos = await startProgram('bench/halos.ts');
  const at = await Installation.create(servers, 'bench_plan');
  try {
    const worker = await at.startWorker();
    const sourceId = await at.source(`${JSON.parse(source.ready).url}/a/0`, 8);
    const destinationId = await at.halo(JSON.parse(halos.ready).urls[0]);
    const integrationId = await at.integration(sourceId, destinationId);
    await importOnce(at, integrationId, 'customers');
    const rows: (string | number)[][] = [];
    for (const [what, mode] of [
      ['preview, all are new', 'preview'],
      ['first import', 'apply'],
      ['unchanged import', 'apply'],
    ] as const) {
      worker.forget();
      const done = await importOnce(at, integrationId, 'subscriptions', mode);
      const planning = (done.cost.activities.planImport ?? 0) / 1000;
      const [listed] = await at.sql<{ seconds: number }[]>`
        select extract(epoch from c.finished_at - c.started_at)::float8 as seconds
        from collections c join imports i on i.collection_id = c.id where i.id = ${done.id}`;
      rows.push([
        what,
        digits(listed!.seconds),
        digits(planning),
        `${digits(planning / listed!.seconds)}×`,
        digits(done.seconds),
        done.cost.actions,
        done.cost.events,
        worker.peak() ?? '?',
      ]);
      say(
        `${what}: ${JSON.stringify({ ...done, listed: listed!.seconds, planning, digest: await digestOf(at, done.id) })}`,
      );
    }
    const compared = await compare(at, integrationId);
    say(`reconciliation: ${JSON.stringify(compared)}`);
    return {
      part: 'plan',
      title: `Planning ${subscriptions.toLocaleString('en')} subscriptions`,
      how: `One integration into a HaloPSA without a call limit, ${customers} customers mapped. Planning is all of the import's planning activities (where records are to be created, a look that finds so comes first and the links are read before the plan); collecting is the listing of the distributor in the same import. A reconciliation is one statement over both sides, read after the last import; the better of three. To make sides differ, the mirrored quantity of every hundredth licence is raised. It compares every line, so the plans to hold it against are those that do: the first two rows, while an unchanged import leaves out what has not changed on either side.`,
      tables: [
        {
          head: ['', 'collecting s', 'planning s', 'share', 'whole s', 'actions', 'events', 'worker peak MB'],
          rows,
        },
        {
          head: ['', 'seconds', 'differences'],
          rows: [
            ['reconciliation, both sides agree', digits(compared.agreeing.seconds), compared.agreeing.found],
            [
              'reconciliation, every hundredth licence differs',
              digits(compared.differing.seconds),
              compared.differing.found,
            ],
          ],
        },
      ],
    };
  } finally {
    await at.close();
    await halos.stop();
    await source.stop();
  }
}

/** Of everything a plan decided, so that two versions can be compared on the same data. */
async function digestOf(at: Installation, importId: string): Promise<string> {
  const [row] = await at.sql<{ digest: string | null }[]>`
    select md5(string_agg(md5(concat_ws('|', external_id, action, rule, outcome, record_id, client_id, name, before, after, held)), ''
      order by external_id)) as digest from items where import_id = ${importId}`;
  return row!.digest ?? 'no items';
}

const distributorNames = Object.fromEntries(
  definitions.flatMap(({ kind, distributorName }) => (distributorName ? [[kind, distributorName]] : [])),
);

/** Both sides compared as they stand, then with some differences; the better of three each. */
async function compare(at: Installation, integrationId: string) {
  const best = async () => {
    let seconds = Number.POSITIVE_INFINITY;
    let found = 0;
    for (let n = 0; n < 3; n++) {
      const began = performance.now();
      const request = {
        asOf: null,
        limit: 50,
        offset: 0,
        distributorNames,
        staleAfterMs: () => Number.MAX_VALUE,
      };
      const { summary } = (await reconcile(at.sql, integrationId, request))!;
      seconds = Math.min(seconds, (performance.now() - began) / 1_000);
      found = summary.reduce((sum, { count }) => sum + count, 0);
    }
    return { seconds, found };
  };
  const agreeing = await best();
  await at.sql`
    update licences set fields = jsonb_set(fields, '{quantity}', to_jsonb(((fields ->> 'quantity')::numeric + 1)::text))
    where id::bigint % 100 = 0`;
  return { agreeing, differing: await best() };
}
