import type { Database, Sql } from '../client.ts';
import { customersLeft } from './left-customers.ts';
import { partOf, subscriptionsNamed } from './name-search.ts';

/** Pages of the ledger as last listed, for people: searched and filtered, one statement per page. */
export interface Keyset<Key> {
  limit: number;
  after: Key | null;
}

/** Sorted by comparable name, then id: case-insensitive and unambiguous. */
export type NameKey = [key: string, id: string];

export interface CustomerRow {
  id: string;
  key: string;
  name: string;
  status: string;
  own: boolean;
  email: string | null;
  phone: string | null;
  domain: string | null;
  tenantId: string | null;
  address: Record<string, string | null> | null;
  unreadable: string[];
  validFrom: Date;
}

export async function listCustomers(
  { sql }: Database,
  filter: { connectionId: string; search?: string; customerId?: string; status?: string },
  { limit, after }: Keyset<NameKey>,
): Promise<CustomerRow[]> {
  return await sql<CustomerRow[]>`
    select id, match_key as key, name, status, own, email, phone, domain, tenant_id as "tenantId", address,
      unreadable, valid_from as "validFrom"
    from customers where connection_id = ${filter.connectionId} ${matching(sql, filter.search)}
      ${filter.customerId ? sql`and id = ${filter.customerId}` : sql``}
      ${filter.status ? sql`and status = ${filter.status}` : sql``}
      ${after ? sql`and (match_key, id) > (${after[0]}, ${after[1]})` : sql``}
    order by match_key, id limit ${limit + 1}`;
}

export interface SubscriptionRow {
  id: string;
  customerId: string;
  customerName: string | null;
  name: string;
  status: string;
  statusText: string | null;
  quantity: string | null;
  usage: boolean;
  trial: boolean;
  unitCost: string | null;
  unitPrice: string | null;
  currency: string | null;
  billingCycle: string | null;
  term: string | null;
  startDate: string | null;
  endDate: string | null;
  renewalDate: string | null;
  autoRenew: boolean | null;
  vendor: string | null;
  sku: string | null;
  vendorSku: string | null;
  tenantId: string | null;
  unreadable: string[];
  validFrom: Date;
}

export async function listSubscriptions(
  { sql }: Database,
  filter: { connectionId: string; search?: string; customerId?: string; status?: string },
  { limit, after }: Keyset<[customerId: string, id: string]>,
): Promise<SubscriptionRow[]> {
  const { named } = await subscriptionsNamed(sql, filter.connectionId, filter.search);
  return await sql<SubscriptionRow[]>`
    select s.id, s.customer_id as "customerId", c.name as "customerName", s.name, s.status,
      s.status_text as "statusText", trim_scale(s.quantity)::text as quantity, s.usage, s.trial,
      trim_scale(s.unit_cost)::text as "unitCost", trim_scale(s.unit_price)::text as "unitPrice", s.currency,
      s.billing_cycle as "billingCycle", s.term, s.start_date as "startDate", s.end_date as "endDate",
      s.renewal_date as "renewalDate", s.auto_renew as "autoRenew", s.vendor, s.sku, s.vendor_sku as "vendorSku",
      s.tenant_id as "tenantId", s.unreadable, s.valid_from as "validFrom"
    from subscriptions s
      left join customers c on c.connection_id = s.connection_id and c.id = s.customer_id
    where s.connection_id = ${filter.connectionId} and ${named}
      ${filter.customerId ? sql`and s.customer_id = ${filter.customerId}` : sql``}
      ${filter.status ? sql`and s.status = ${filter.status}` : sql``}
      ${after ? sql`and (s.customer_id, s.id) > (${after[0]}, ${after[1]})` : sql``}
    order by s.customer_id, s.id limit ${limit + 1}`;
}

export interface ClientRow {
  id: string;
  key: string;
  name: string;
  inactive: boolean;
  topLevelId: string | null;
}

export async function listClients(
  { sql }: Database,
  filter: { connectionId: string; search?: string },
  { limit, after }: Keyset<NameKey>,
): Promise<ClientRow[]> {
  return await sql<ClientRow[]>`
    select id, match_key as key, name, inactive, top_level_id as "topLevelId"
    from clients where connection_id = ${filter.connectionId} ${matching(sql, filter.search)}
      ${after ? sql`and (match_key, id) > (${after[0]}, ${after[1]})` : sql``}
    order by match_key, id limit ${limit + 1}`;
}

/** The short lists of what a destination offers, as last read. */
export async function readOffers(
  { sql }: Database,
  connectionId: string,
  kind: 'top-levels' | 'agents',
): Promise<{ items: { id: string; name: string }[]; asOf: Date } | null> {
  const [row] = await sql<{ items: { id: string; name: string }[]; asOf: Date }[]>`
    select items, as_of as "asOf" from offers where connection_id = ${connectionId} and kind = ${kind}`;
  return row ?? null;
}

export async function storeOffers(
  sql: Sql,
  connectionId: string,
  kind: 'top-levels' | 'agents',
  items: readonly object[],
): Promise<void> {
  await sql`
    insert into offers (connection_id, kind, items, as_of)
    values (${connectionId}, ${kind}, ${sql.json(items as never)}, now())
    on conflict (connection_id, kind) do update set items = excluded.items, as_of = excluded.as_of`;
}

/** The customers to list one by one, without the reseller's own company and those that left. */
export async function customerIds(sql: Sql, connectionId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from customers where connection_id = ${connectionId} and not own
      and id not in (select id from (${customersLeft(sql, connectionId)}) l) order by id`;
  return rows.map((row) => row.id);
}

/** The given ids that are not in the ledger. */
export async function unknownCustomers(
  { sql }: Database,
  connectionId: string,
  ids: string[],
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select a.id from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) a(id)
    where not exists (select 1 from customers c where c.connection_id = ${connectionId} and c.id = a.id)`;
  return rows.map(({ id }) => id);
}

/** Matches names that contain the text, or exactly this id. */
const matching = (sql: Sql, search: string | undefined) =>
  search ? sql`and (name ilike ${partOf(search)} or id = ${search})` : sql``;
