import type { PendingQuery, Row } from 'postgres';
import type { ItemAction, ItemOutcome, WriteAction } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';
import { inIds } from '../sql.ts';

/** Groups an import's items by rule, reason or action, with their money. */
export interface Money {
  amount: string;
  currency: string | null;
  cycle: string | null;
}

export interface ItemGroup {
  rule: string;
  action: ItemAction;
  outcome: ItemOutcome;
  count: number;
  customers: number;
  /** How many items change each field. */
  fields: Record<string, number>;
  /** Of those that have one, the reason of the first. */
  message: string | null;
  money: Money[];
}

export interface ItemFilter {
  rule?: string;
  action?: ItemAction;
  outcome?: ItemOutcome;
  customerId?: string;
  message?: string;
  /** A part of its name or its customer's name, or a whole id. */
  search?: string;
  ids?: string[];
}

/** A condition on the columns of `items`, of one import. */
export const itemsMatching = (sql: Sql, importId: string, filter: ItemFilter): PendingQuery<Row[]> => {
  const { rule, action, outcome, customerId, message, search, ids } = filter;
  const like = search && `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`import_id = ${importId}
    ${ids ? sql`and id in ${inIds(sql, ids, 'uuid')}` : sql``}
    ${rule ? sql`and rule = ${rule}` : sql``}
    ${action ? sql`and action = ${action}` : sql``}
    ${outcome ? sql`and outcome = ${outcome}` : sql``}
    ${customerId ? sql`and customer_id = ${customerId}` : sql``}
    ${message ? sql`and message = ${message}` : sql``}
    ${
      like
        ? sql`and (name ilike ${like} or external_id = ${search} or customer_id = ${search} or customer_id in (
          select c.id from imports m join integrations n on n.id = m.integration_id
          join customers c on c.connection_id = n.source_id where m.id = ${importId} and c.name ilike ${like}))`
        : sql``
    }`;
};

/**
 * An item's money is the change of what its client is billed per billing cycle: quantity times sale price, after minus
 * before. Values it does not change are the licence's, else the distributor's. For an item that writes nothing, it is
 * the value of the subscription.
 */
const valued = (sql: Sql, importId: string, filter: ItemFilter) => sql`
  select i.rule, i.action, i.outcome, i.seq, i.customer_id, i.after, i.message, v.currency, v.cycle, case
    when m.kind = 'customers' then null
    when i.action = 'deactivate' then -(v.quantity_before * v.price_before)
    when i.action = 'create' or i.after is null then v.quantity_after * v.price_after
    else v.quantity_after * v.price_after - v.quantity_before * v.price_before
  end as amount
  from (select * from items where ${itemsMatching(sql, importId, filter)}) i
  join imports m on m.id = i.import_id join integrations n on n.id = m.integration_id
  left join subscriptions s on s.connection_id = n.source_id and s.id = i.external_id
  left join licences l on l.connection_id = n.destination_id and l.id = i.record_id
  cross join lateral (
    select coalesce(i.before ->> 'quantity', l.fields ->> 'quantity')::numeric as quantity_before,
      coalesce(i.before ->> 'unitPrice', l.fields ->> 'unitPrice')::numeric as price_before,
      coalesce((i.after ->> 'quantity')::numeric, (l.fields ->> 'quantity')::numeric, s.quantity) as quantity_after,
      coalesce((i.after ->> 'unitPrice')::numeric, (l.fields ->> 'unitPrice')::numeric, s.unit_price) as price_after,
      coalesce(n.options ->> 'currency', s.currency) as currency,
      coalesce(i.after ->> 'billingCycle', l.fields ->> 'billingCycle', s.billing_cycle) as cycle
  ) v`;

const sums = (
  sql: Sql,
) => sql`jsonb_agg(jsonb_build_object('amount', trim_scale(amount)::text, 'currency', currency, 'cycle', cycle)
  order by currency, cycle)`;

/** Failed items are also grouped by reason, because they are retried together. */
export async function itemGroups(sql: Sql, importId: string, filter: ItemFilter = {}): Promise<ItemGroup[]> {
  return await sql<ItemGroup[]>`
    with valued as (${valued(sql, importId, filter)}),
    item as materialized (select *, case outcome when 'failed' then message end as reason from valued),
    money as (
      select rule, action, outcome, reason, ${sums(sql)} as money from (
        select rule, action, outcome, reason, currency, cycle, sum(amount) as amount from item where amount is not null group by 1, 2, 3, 4, 5, 6
      ) s group by 1, 2, 3, 4
    ), changed as (
      select rule, action, outcome, jsonb_object_agg(field, n order by field) as fields from (
        select rule, action, outcome, f.field, count(*)::int as n from item cross join lateral jsonb_object_keys(coalesce(item.after, '{}')) f(field)
        where action = 'update' group by 1, 2, 3, 4
      ) c group by 1, 2, 3
    )
    select i.rule, i.action, i.outcome, count(*)::int as count, count(distinct i.customer_id)::int as customers,
      coalesce((array_agg(c.fields))[1], '{}') as fields, (array_agg(i.message order by i.seq) filter (where i.message is not null))[1] as message,
      coalesce((array_agg(m.money))[1], '[]') as money
    from item i
    left join money m on (m.rule, m.action, m.outcome) = (i.rule, i.action, i.outcome) and m.reason is not distinct from i.reason
    left join changed c on (c.rule, c.action, c.outcome) = (i.rule, i.action, i.outcome)
    group by i.rule, i.action, i.outcome, i.reason
    order by array_position(array['planned', 'applied', 'held', 'failed', 'quarantined', 'stale', 'skipped'], i.outcome),
      array_position(array['create', 'update', 'deactivate', 'none'], i.action), count(*) desc, i.rule`;
}

/** The total change per billing cycle of all that is, or would be, written. */
export async function importMoney(sql: Sql, importId: string, filter: ItemFilter = {}): Promise<Money[]> {
  const [row] = await sql<{ money: Money[] }[]>`
    select coalesce(${sums(sql)}, '[]') as money from (
      select currency, cycle, sum(amount) as amount from (${valued(sql, importId, filter)}) item
      where amount is not null and outcome in ('planned', 'applied') group by 1, 2
    ) s`;
  return row!.money;
}

/** Ids of matching items of one outcome, in the order of writing. */
export async function itemIdsOf(
  sql: Sql,
  importId: string,
  filter: ItemFilter,
): Promise<{ id: string; customerId: string | null }[]> {
  return await sql<{ id: string; customerId: string | null }[]>`
    select id, customer_id as "customerId" from items
    where action <> 'none' and ${itemsMatching(sql, importId, filter)} order by seq`;
}

/** What a selection of items would write, and the first ones it would end. */
export interface Chosen {
  create: number;
  update: number;
  deactivate: number;
  money: Money[];
  endings: {
    name: string | null;
    externalId: string;
    customerId: string | null;
    customerName: string | null;
  }[];
}

const namedEndings = 12;

export async function chosenOf(sql: Sql, importId: string, ids: string[]): Promise<Chosen> {
  const filter: ItemFilter = { ids, outcome: 'planned' };
  const [counts, money, endings] = await Promise.all([
    sql<{ action: WriteAction; n: number }[]>`
      select action, count(*)::int as n from items where ${itemsMatching(sql, importId, filter)} group by 1`,
    importMoney(sql, importId, filter),
    sql<Chosen['endings']>`
      select i.name, i.external_id as "externalId", i.customer_id as "customerId", c.name as "customerName"
      from (select * from items where ${itemsMatching(sql, importId, { ...filter, action: 'deactivate' })}) i
      join imports m on m.id = i.import_id join integrations n on n.id = m.integration_id
      left join customers c on c.connection_id = n.source_id and c.id = i.customer_id
      order by i.seq limit ${namedEndings}`,
  ]);
  const count = (action: WriteAction) => counts.find((row) => row.action === action)?.n ?? 0;
  return {
    create: count('create'),
    update: count('update'),
    deactivate: count('deactivate'),
    money,
    endings,
  };
}

/** The given ids that are failed items. */
export async function failedAmong(sql: Sql, importId: string, itemIds: string[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select id from items where import_id = ${importId} and outcome = 'failed' and id in ${inIds(sql, itemIds, 'uuid')}`;
  return new Set(rows.map(({ id }) => id));
}

/** Counts for each outcome, action and rule, each without its own filter. */
export async function itemFacets(
  sql: Sql,
  importId: string,
  filter: ItemFilter,
): Promise<Record<'outcome' | 'action' | 'rule', Record<string, number>>> {
  const fields = ['outcome', 'action', 'rule'] as const;
  const counted = fields.map(async (field) => {
    const rows = await sql<{ value: string; n: number }[]>`
      select ${sql(field)} as value, count(*)::int as n from items
      where ${itemsMatching(sql, importId, { ...filter, [field]: undefined })} group by 1`;
    return [field, Object.fromEntries(rows.map(({ value, n }) => [value, n]))] as const;
  });
  return Object.fromEntries(await Promise.all(counted)) as never;
}
