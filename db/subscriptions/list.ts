import type { PendingQuery, Row } from 'postgres';
import type { SubscriptionState } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';
import { subscriptionsNamed } from '../ledger/name-search.ts';

/** An integration's subscriptions, each with its client and licence. */
export interface SubscriptionLine {
  id: string;
  customerId: string;
  customerName: string | null;
  name: string;
  status: string;
  quantity: string | null;
  unitCost: string | null;
  unitPrice: string | null;
  currency: string | null;
  billingCycle: string | null;
  term: string | null;
  endDate: string | null;
  renewalDate: string | null;
  sku: string | null;
  clientId: string | null;
  clientName: string | null;
  licenceId: string | null;
  licenceQuantity: string | null;
  licenceUnitPrice: string | null;
  licenceActive: boolean | null;
  state: SubscriptionState;
  changedAt: Date;
  /** The sort value, as text. */
  key: string;
}

export interface SubscriptionFilter {
  integrationId: string;
  sourceId: string;
  destinationId: string;
  search?: string;
  customerId?: string;
  status?: string;
  state?: SubscriptionState;
}

export const subscriptionSorts = [
  'customer',
  'name',
  'status',
  'quantity',
  'unitPrice',
  'changedAt',
] as const;
export type SubscriptionSort = (typeof subscriptionSorts)[number];

/** Sort columns: each with a value that is never null, and its type. */
const sorts: Record<SubscriptionSort, [expression: string, type: string]> = {
  customer: ['s.customer_id', 'text'],
  name: ['s.name', 'text'],
  status: ['s.status', 'text'],
  quantity: ['coalesce(s.quantity, -1)', 'numeric'],
  unitPrice: ['coalesce(s.unit_price, -1)', 'numeric'],
  changedAt: ['s.valid_from', 'timestamptz'],
};

export interface SubscriptionPage {
  sort: SubscriptionSort;
  descending: boolean;
  limit: number;
  after: [key: string, id: string] | null;
}

export async function listSubscriptionLines(
  sql: Sql,
  filter: SubscriptionFilter,
  { sort, descending, limit, after }: SubscriptionPage,
): Promise<SubscriptionLine[]> {
  const [expression, type] = sorts[sort];
  const key = sql.unsafe(expression);
  const direction = sql.unsafe(descending ? 'desc' : 'asc');
  const { fits } = await matching(sql, filter);
  const beyond = sql.unsafe(descending ? '<' : '>');
  return await sql<SubscriptionLine[]>`
    select s.id, s.customer_id as "customerId", k.name as "customerName", s.name, s.status, trim_scale(s.quantity)::text as quantity,
      trim_scale(s.unit_cost)::text as "unitCost", trim_scale(s.unit_price)::text as "unitPrice", s.currency,
      s.billing_cycle as "billingCycle", s.term, s.end_date as "endDate", s.renewal_date as "renewalDate", s.sku,
      m.client_id as "clientId", c.name as "clientName", l.id as "licenceId", l.fields ->> 'quantity' as "licenceQuantity",
      l.fields ->> 'unitPrice' as "licenceUnitPrice", l.active as "licenceActive", ${stateOf(sql)} as state,
      s.valid_from as "changedAt", ${key}::text as key
    from ${joined(sql, filter)}
      left join customers k on k.connection_id = s.connection_id and k.id = s.customer_id
      left join clients c on c.connection_id = ${filter.destinationId} and c.id = m.client_id
    where ${fits}
      ${after ? sql`and (${key}, s.id) ${beyond} (${after[0]}::text::${sql.unsafe(type)}, ${after[1]})` : sql``}
    order by ${key} ${direction}, s.id ${direction} limit ${limit + 1}`;
}

export type Facets = Record<'status' | 'state', Record<string, number>>;

/** Counts for each field, without that field's own filter. */
export async function subscriptionFacets(sql: Sql, filter: SubscriptionFilter): Promise<Facets> {
  const [byStatus, byState] = await Promise.all([
    count(sql, sql`s.status`, { ...filter, status: undefined }),
    count(sql, stateOf(sql), { ...filter, state: undefined }),
  ]);
  return { status: byStatus, state: byState };
}

async function count(sql: Sql, of: Fragment, filter: SubscriptionFilter): Promise<Record<string, number>> {
  const { fits } = await matching(sql, filter);
  const rows = await sql<{ value: string; n: number }[]>`
    select ${of} as value, count(*)::int as n from ${joined(sql, filter)} where ${fits} group by 1`;
  return Object.fromEntries(rows.map(({ value, n }) => [value, n]));
}

type Fragment = PendingQuery<Row[]>;

const joined = (
  sql: Sql,
  { integrationId, destinationId }: SubscriptionFilter,
): Fragment => sql`subscriptions s
  join integrations n on n.id = ${integrationId}
  left join mappings m on m.integration_id = n.id and m.customer_id = s.customer_id
  left join baselines b on b.integration_id = n.id and b.entity = 'licence' and b.external_id = s.id
  left join licences l on l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted`;

/** Prices are compared only if the integration writes them. */
const stateOf = (sql: Sql): Fragment => sql`case
  when s.status in ('cancelled', 'expired', 'deleted') and not coalesce(l.active, false) then 'ended'
  when m.client_id is null then 'unmapped'
  when l.id is null and b.record_id is not null then 'licence-gone'
  when l.id is null then 'not-written'
  when l.active <> (s.status in ('active', 'suspended')) or l.client_id <> m.client_id
    or (l.fields ->> 'quantity')::numeric <> s.quantity
    or (coalesce(n.options ->> 'currency', s.currency) is not distinct from s.currency
      and half_even((l.fields ->> 'unitPrice')::numeric, 4) <> half_even(s.unit_price, 4)) then 'differs'
  else 'in-step' end`;

async function matching(sql: Sql, filter: SubscriptionFilter): Promise<{ fits: Fragment }> {
  const { sourceId, search, customerId, status, state } = filter;
  const { named } = await subscriptionsNamed(sql, sourceId, search);
  return {
    fits: sql`s.connection_id = ${sourceId} and ${named}
    ${customerId ? sql`and s.customer_id = ${customerId}` : sql``}
    ${status ? sql`and s.status = ${status}` : sql``}
    ${state ? sql`and ${stateOf(sql)} = ${state}` : sql``}`,
  };
}
