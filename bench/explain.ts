import type { Database, Sql } from '../db/client.ts';

/** The plan of the statement a store runs: the store is given a client that remembers its last statement. */
export async function explain(db: Database, read: (db: Database) => Promise<unknown>): Promise<string> {
  let last: unknown;
  const remembering = new Proxy(db.sql, {
    apply: (target, self, args) => {
      last = Reflect.apply(target as never, self, args);
      return last;
    },
  });
  await read({ ...db, sql: remembering as Sql });
  const plan = await db.sql<{ 'QUERY PLAN': string }[]>`
    explain (analyze, costs off, timing off, buffers off, summary off) ${last as never}`;
  return plan.map((line) => line['QUERY PLAN']).join('\n');
}
