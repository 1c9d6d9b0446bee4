import type { Sql, TransactionSql } from 'postgres';
import type { Shrink } from '../../domain/findings/integrations.ts';
import { rule } from '../../domain/rules.ts';
import type { MoneyOf } from '../../domain/wording.ts';
import type { PlanScope } from './scope.ts';

export interface Guarded {
  /** What is held together, with one finding each; null if nothing is. */
  shrink: Shrink | null;
  gone: { externalIds: string[]; active: number; customers: { id: string; name: string | null }[] } | null;
}

export const unguarded: Guarded = { shrink: null, gone: null };

/**
 * Holds what would remove too much at once: more deactivations, or a larger decrease of quantities, than max(3, the
 * limit's share of what is active). Increases elsewhere do not offset decreases. Decreases count from what we last
 * wrote: overwriting somebody's edit removes nothing.
 */
export async function guardShrink(sql: Sql | TransactionSql, scope: PlanScope): Promise<Guarded> {
  const { importId, integrationId } = scope;
  await keepQuantities(sql, importId, integrationId);
  const size = await sizeOf(sql, scope);
  return { shrink: await holdFalls(sql, scope, size), gone: await holdGone(sql, scope, size) };
}

interface Size {
  /** Our active licences, and the limits for removing licences and quantity at once. */
  active: number;
  licenceLimit: number;
  quantityLimit: string;
  /** Whether the destination shows any licence at all. */
  shown: boolean;
}

async function sizeOf(
  sql: Sql | TransactionSql,
  { integrationId, destinationId, options }: PlanScope,
): Promise<Size> {
  const share = String(options.shrinkLimitPercent / 100);
  const [size] = await sql<Size[]>`
    select count(*)::int as active, greatest(3, count(*) * ${share}::numeric)::float8 as "licenceLimit",
      greatest(3, coalesce(sum((sent ->> 'quantity')::numeric), 0) * ${share}::numeric)::text as "quantityLimit",
      exists (select 1 from licences where connection_id = ${destinationId} and not deleted) as shown
    from baselines where integration_id = ${integrationId} and entity = 'licence' and active`;
  return size!;
}

async function holdFalls(sql: Sql | TransactionSql, scope: PlanScope, size: Size): Promise<Shrink | null> {
  const { importId, integrationId, sourceId, options } = scope;
  const [found] = await sql<
    (Pick<Shrink, 'externalIds' | 'deactivations' | 'quantityFall' | 'customers'> & {
      ids: string[];
      money: MoneyOf[] | null;
      tooMuch: boolean;
    })[]
  >`
    with changing as (
      select i.id, i.seq, i.external_id, i.action = 'deactivate' as deactivate, i.customer_id,
        -- A licence that was inactive already is not taken away.
        coalesce((b.sent ->> 'quantity')::numeric - case when i.action = 'deactivate' then 0 else (i.after ->> 'quantity')::numeric end, 0) as fall
      from items i left join baselines b on b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = i.external_id
      where i.import_id = ${importId} and i.outcome = 'planned' and (i.action = 'deactivate' and i.after ? 'active' or i.after ? 'quantity')
        and not ${approved(sql, integrationId)}
    ), falling as (
      select c.*, greatest(c.fall, 0) as lost, s.unit_cost, s.currency, s.billing_cycle, k.name as customer_name from changing c
      left join subscriptions s on s.connection_id = ${sourceId} and s.id = c.external_id
      left join customers k on k.connection_id = ${sourceId} and k.id = c.customer_id
      where c.deactivate or c.fall > 0
    )
    select coalesce(jsonb_agg(id order by seq), '[]') as ids, coalesce(jsonb_agg(external_id order by seq), '[]') as "externalIds",
      (count(*) filter (where deactivate))::int as deactivations, trim_scale(coalesce(sum(lost), 0))::text as "quantityFall",
      coalesce(jsonb_agg(distinct jsonb_build_object('id', customer_id, 'name', customer_name)), '[]') as customers,
      (select jsonb_agg(jsonb_build_object('amount', trim_scale(amount)::text, 'currency', currency, 'cycle', billing_cycle)
          order by currency, billing_cycle) from
        (select sum(lost * unit_cost) as amount, currency, billing_cycle from falling where lost * unit_cost > 0
          group by currency, billing_cycle) m) as money,
      count(*) filter (where deactivate) > ${size.licenceLimit}::float8 or coalesce(sum(lost), 0) > ${size.quantityLimit}::numeric as "tooMuch"
    from falling`;
  const { ids, tooMuch, money, ...shrink } = found!;
  if (!tooMuch) return null;
  await hold(
    sql,
    ids,
    `This import would take away more than ${options.shrinkLimitPercent} % at once; a person decides.`,
  );
  return { ...shrink, money: money ?? [], active: size.active, limitPercent: options.shrinkLimitPercent };
}

/**
 * Equally suspicious: many of our licences are gone at the destination. If it shows none at all, perhaps because the
 * agent may not see them, every licence that is gone or named by a link is held.
 */
async function holdGone(sql: Sql | TransactionSql, scope: PlanScope, size: Size): Promise<Guarded['gone']> {
  const { importId, integrationId, sourceId, destinationId } = scope;
  const gone = await sql<
    { id: string; externalId: string; customerId: string; customerName: string | null }[]
  >`
    select i.id, i.external_id as "externalId", i.customer_id as "customerId", k.name as "customerName" from items i
    left join customers k on k.connection_id = ${sourceId} and k.id = i.customer_id
    where i.import_id = ${importId} and i.outcome = 'planned' and i.action = 'create'
      and (i.rule = ${rule('licence_gone')} or not ${size.shown} and exists (select 1 from links k
        where k.connection_id = ${destinationId} and k.third_party_id = i.external_id))
      and not ${approved(sql, integrationId)}
    order by i.seq`;
  if (gone.length <= (size.shown ? size.licenceLimit : 0)) return null;
  await hold(
    sql,
    gone.map(({ id }) => id),
    'Too many licences of this integration are gone in the PSA; a person decides.',
  );
  const customers = new Map(
    gone.map((item) => [item.customerId, { id: item.customerId, name: item.customerName }]),
  );
  return {
    externalIds: gone.map(({ externalId }) => externalId),
    active: Math.max(size.active, gone.length),
    customers: [...customers.values()],
  };
}

/** A person approved this item `i`. */
const approved = (sql: Sql | TransactionSql, integrationId: string) => sql`
  exists (select 1 from decisions d where d.integration_id = ${integrationId} and d.entity = 'subscription'
    and d.external_id = i.external_id and d.decision in ('approve', 'deactivate'))`;

/** A decrease that a person rejected is not written; the rest of its item is. */
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
 * Deletes decisions that no longer apply, so that they never answer a later question: an approval this plan did not
 * need, a decision to keep a licence that is active and complete again.
 */
export async function forgetDecisions(
  sql: Sql | TransactionSql,
  { importId, integrationId, sourceId, destinationId }: PlanScope,
): Promise<void> {
  await sql`delete from decisions d
    where d.integration_id = ${integrationId} and d.entity = 'subscription' and d.decision in ('approve', 'deactivate')
      and not exists (select 1 from items i where i.import_id = ${importId} and i.external_id = d.external_id and i.outcome in ('planned', 'held'))`;
  await sql`delete from decisions d using subscriptions s, baselines b, licences l
    where d.integration_id = ${integrationId} and d.entity = 'subscription' and d.decision = 'keep'
      and s.connection_id = ${sourceId} and s.id = d.external_id and s.status in ('active', 'suspended')
      and not exists (select 1 from absences a where a.connection_id = ${sourceId} and a.kind = 'subscriptions' and a.id = s.id)
      and b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id
      and s.quantity >= (b.sent ->> 'quantity')::numeric
      and l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted`;
}

const hold = (sql: Sql | TransactionSql, ids: string[], message: string) =>
  sql`update items set outcome = 'held', message = ${message}
    where id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::uuid)`;
