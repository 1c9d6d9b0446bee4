import type { Sql, TransactionSql } from 'postgres';
import type { PlanScope } from './scope.ts';

/** Stores unreadable records of the listing as items of the import. */
export async function quarantineItems(
  sql: Sql | TransactionSql,
  { importId, collectionId }: Pick<PlanScope, 'importId' | 'collectionId'>,
): Promise<void> {
  await sql`delete from items where import_id = ${importId} and outcome = 'quarantined'`;
  await sql`
    insert into items (import_id, seq, action, external_id, rule, outcome, message)
    select ${importId}, 0, 'none', coalesce(q.external_id, ''), 'unreadable', 'quarantined', q.problem
    from quarantine q join collections c on c.id = q.collection_id and c.attempt = q.attempt where c.id = ${collectionId}
      and not exists (select 1 from items i where i.import_id = ${importId} and i.outcome = 'quarantined')`;
}
