import type { Sql, TransactionSql } from 'postgres';
import type { PlanScope } from './scope.ts';

export interface Guarded {
  /** What is held together, for one finding; null when nothing is. */
  shrink: { externalIds: string[]; deactivations: number; quantityFall: string; active: number } | null;
  gone: { externalIds: string[]; active: number } | null;
}

/**
 * Holds what would take away too much at once: more deactivations, or a greater fall of total quantity, than
 * max(3, the limit's share of what is active); and, as suspicious, as many of our licences gone at the destination. Where
 * it shows none at all, perhaps to an agent that may not see them, any that is gone is held, and any that a link names.
 * Quantities fall from what we last wrote: overwriting somebody's edit takes nothing away.
 */
export async function guardShrink(
  sql: Sql | TransactionSql,
  { importId, integrationId, destinationId, options }: PlanScope,
): Promise<Guarded> {
  const [size] = await sql<{ active: number; quantity: string; shown: boolean }[]>`
    select count(*)::int as active, coalesce(sum((sent ->> 'quantity')::numeric), 0)::text as quantity,
      exists (select 1 from licences where connection_id = ${destinationId} and not deleted) as shown
    from baselines where integration_id = ${integrationId} and entity = 'licence' and active`;
  const limit = (of: number) => Math.max(3, (options.shrinkLimitPercent / 100) * of);
  await keepQuantities(sql, importId, integrationId);
  const falling = await sql<{ id: string; external_id: string; deactivate: boolean; fall: string }[]>`
    select i.id, i.external_id, i.action = 'deactivate' as deactivate,
      coalesce((b.sent ->> 'quantity')::numeric - case when i.action = 'deactivate' then 0 else (i.after ->> 'quantity')::numeric end, 0)::text as fall
    from items i left join baselines b on b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = i.external_id
    where i.import_id = ${importId} and i.outcome = 'planned' and (i.action = 'deactivate' or i.after ? 'quantity')
      and not exists (select 1 from decisions d where d.integration_id = ${integrationId} and d.entity = 'subscription'
        and d.external_id = i.external_id and d.decision = 'approve')`;
  const deactivations = falling.filter((item) => item.deactivate).length;
  const fall = falling.reduce((sum, item) => sum + Number(item.fall), 0);
  const held = falling.filter((item) => item.deactivate || Number(item.fall) > 0);
  const shrinks = deactivations > limit(size!.active) || fall > limit(Number(size!.quantity));
  if (shrinks) {
    await hold(
      sql,
      held,
      `Held: this import would take away more than ${options.shrinkLimitPercent} % at once.`,
    );
  }
  const gone = await sql<{ id: string; external_id: string }[]>`
    select id, external_id from items i where import_id = ${importId} and outcome = 'planned' and action = 'create'
      and (rule = 'licence_gone' or not ${size!.shown} and exists (select 1 from links k
        where k.connection_id = ${destinationId} and k.third_party_id = i.external_id))
      and not exists (select 1 from decisions d where d.integration_id = ${integrationId} and d.entity = 'subscription'
        and d.external_id = i.external_id and d.decision = 'approve')`;
  const vanished = gone.length > (size!.shown ? limit(size!.active) : 0);
  if (vanished) await hold(sql, gone, 'Held: licences of this integration are gone at the destination.');
  return {
    shrink: shrinks
      ? {
          externalIds: held.map((i) => i.external_id),
          deactivations,
          quantityFall: String(fall),
          active: size!.active,
        }
      : null,
    gone: vanished
      ? { externalIds: gone.map((i) => i.external_id), active: Math.max(size!.active, gone.length) }
      : null,
  };
}

/** A fall a person rejected is not written; the rest of its item is. */
const keepQuantities = (sql: Sql | TransactionSql, importId: string, integrationId: string) => sql`
  update items i set after = i.after - 'quantity', before = i.before - 'quantity',
    outcome = case when i.after - 'quantity' <> '{}' then 'planned' when i.held is null then 'skipped' else 'held' end,
    message = 'A person decided to keep the quantity.'
  from decisions d, baselines b
  where i.import_id = ${importId} and i.action = 'update' and i.outcome = 'planned'
    and d.integration_id = ${integrationId} and d.entity = 'subscription' and d.external_id = i.external_id and d.decision = 'keep'
    and b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = i.external_id
    and (i.after ->> 'quantity')::numeric < (b.sent ->> 'quantity')::numeric`;

/**
 * What a person decided is spent once it no longer applies, so that it never answers a later question: an approval
 * that this plan did not need, a licence kept that is alive and whole again.
 */
export async function forgetDecisions(
  sql: Sql | TransactionSql,
  { importId, integrationId, sourceId, destinationId }: PlanScope,
): Promise<void> {
  await sql`delete from decisions d
    where d.integration_id = ${integrationId} and d.entity = 'subscription' and d.decision = 'approve'
      and not exists (select 1 from items i where i.import_id = ${importId} and i.external_id = d.external_id and i.outcome in ('planned', 'held'))`;
  await sql`delete from decisions d using subscriptions s, baselines b, licences l
    where d.integration_id = ${integrationId} and d.entity = 'subscription' and d.decision = 'keep'
      and s.connection_id = ${sourceId} and s.id = d.external_id and s.status in ('active', 'suspended')
      and not exists (select 1 from absences a where a.connection_id = ${sourceId} and a.kind = 'subscriptions' and a.id = s.id)
      and b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id
      and s.quantity >= (b.sent ->> 'quantity')::numeric
      and l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted`;
}

const hold = (sql: Sql | TransactionSql, items: { id: string }[], message: string) =>
  sql`update items set outcome = 'held', message = ${message}
    where id in (select jsonb_array_elements_text(${JSON.stringify(items.map((i) => i.id))}::text::jsonb)::uuid)`;

/**
 * Narrows a plan to a preview's application: items whose before and after are still the preview's stay planned; what
 * the preview chose but the new plan sees differently ends stale; what the preview did not hold is dropped.
 */
export async function keepToPreview(
  sql: Sql | TransactionSql,
  { importId, previewId, itemIds }: PlanScope,
): Promise<void> {
  const chosen = itemIds && JSON.stringify(itemIds);
  const wanted = sql`select p.* from items p where p.import_id = ${previewId} and p.outcome = 'planned'
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
