import type { Sql, TransactionSql } from 'postgres';
import type { PlanScope } from './scope.ts';

/**
 * Limits a plan to a preview that is applied: items whose before and after are still as in the preview stay planned;
 * those the new plan sees differently become stale; those not in the preview are dropped. When an import is retried,
 * its failed items take the place of the preview.
 */
export async function keepToPreview(
  sql: Sql | TransactionSql,
  { importId, previewId, itemIds }: PlanScope,
): Promise<void> {
  const chosen = itemIds && JSON.stringify(itemIds);
  const wanted = sql`select p.* from items p where p.import_id = ${previewId} and p.outcome in ('planned', 'failed')
    and (${chosen}::text is null or p.id in (select jsonb_array_elements_text(${chosen}::text::jsonb)::uuid))`;
  await sql`update items i set outcome = 'stale',
      message = 'The destination or the ledger changed since the preview; a new preview shows how.'
    from (${wanted}) p where i.import_id = ${importId} and i.external_id = p.external_id and i.action = p.action
      and (i.outcome <> 'planned' or i.before is distinct from p.before or i.after is distinct from p.after)`;
  await sql`delete from items i where i.import_id = ${importId}
    and not exists (select 1 from (${wanted}) p where p.external_id = i.external_id and p.action = i.action)`;
  await sql`insert into items (import_id, seq, action, external_id, customer_id, name, record_id, client_id, rule, before, after, held, outcome, message)
    select ${importId}, p.seq, p.action, p.external_id, p.customer_id, p.name, p.record_id, p.client_id, p.rule, p.before, p.after, p.held,
      'stale', 'It is not needed any more.'
    from (${wanted}) p where not exists (select 1 from items i where i.import_id = ${importId} and i.external_id = p.external_id and i.action = p.action)`;
}
