import type { Sql } from 'postgres';
import { purgeLedger } from './connections/connections.ts';

/** Deletes history, items, events and pages older than `days`, expired keys and ledgers of long deleted connections. */
export async function sweepOld(sql: Sql, days: number): Promise<void> {
  await sql`delete from ledger_history where valid_to < now() - ${days}::int * interval '1 day'`;
  await sql`delete from imports where finished_at < now() - ${days}::int * interval '1 day'`;
  // Keep the newest: without it, the next listing would be taken for the first one.
  await sql`
    delete from collections c where finished_at < now() - ${days}::int * interval '1 day'
      and not exists (select 1 from imports i where i.collection_id = c.id)
      and exists (select 1 from collections newer where newer.connection_id = c.connection_id and newer.kind = c.kind
        and newer.started_at > c.started_at)`;
  // Later reads need to know that a mirror was listed completely, but not which ids were on its pages.
  for (const table of ['collection_pages', 'collection_scopes', 'quarantine'])
    await sql`delete from ${sql(table)} p using collections c where c.id = p.collection_id
      and c.kind in ('clients', 'licences', 'links') and c.finished_at < now() - interval '1 day'`;
  await sql`delete from notices where ended_at < now() - ${days}::int * interval '1 day'`;
  await sql`
    delete from noticed_findings t where not exists (select 1 from findings f where f.id = t.finding_id and f.opened_at = t.opened_at)`;
  await sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`;
  await sql`delete from calls where held_until < now()`;
  const gone = await sql<
    { id: string }[]
  >`select id from connections where deleted_at < now() - interval '30 days'`;
  for (const { id } of gone) await purgeLedger(sql, id);
}
