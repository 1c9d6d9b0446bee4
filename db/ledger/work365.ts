import { createHash } from 'node:crypto';
import type { ImportKind } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';
import type { ScheduleSpec } from '../schema.ts';

/**
 * The ledger as Work 365 reads it: as it was when the last listing ended, although a running listing already writes
 * pages. Rows it has changed are served in their older version. Each answer is one statement, so it is consistent.
 */
export interface Provider {
  integrationId: string;
  name: string;
  sourceId: string;
  connectionId: string;
  settings: Record<string, unknown>;
  /** The sealed key. */
  credentials: string | null;
  schedule: ScheduleSpec | null;
  createdAt: Date;
  shrinkLimitPercent: number;
}

const provider = (sql: Sql) => sql`
  select i.id as "integrationId", i.name, i.source_id as "sourceId", d.id as "connectionId", d.settings, d.credentials,
    i.schedule, i.created_at as "createdAt", (i.options ->> 'shrinkLimitPercent')::float8 as "shrinkLimitPercent"
  from integrations i join connections d on d.id = i.destination_id
  where i.deleted_at is null and d.deleted_at is null and d.kind = 'work365'`;

export async function providerOf(sql: Sql, integrationId: string): Promise<Provider | null> {
  const [row] = await sql<Provider[]>`${provider(sql)} and i.id = ${integrationId}`;
  return row ?? null;
}

/** The provider of one connection, or all of them. */
export async function providersOf(sql: Sql, connectionId?: string): Promise<Provider[]> {
  const of = connectionId === undefined ? sql`` : sql`and d.id = ${connectionId}`;
  return await sql<Provider[]>`${provider(sql)} ${of} order by i.id`;
}

/** Rows, and when the last complete listing of all customers ended: null before the first. */
export interface Read<Row> {
  asOf: Date | null;
  rows: Row[];
}

export interface ServedCustomer {
  id: string;
  name: string;
  email: string | null;
  phone: string | null;
  domain: string | null;
  address: Record<string, string | null> | null;
  modifiedOn: Date;
}

export interface ServedSubscription {
  id: string;
  name: string;
  customerId: string;
  customerName: string | null;
  status: string;
  quantity: string | null;
  usage: boolean;
  trial: boolean;
  unitCost: string | null;
  unitPrice: string | null;
  currency: string | null;
  billingCycle: string | null;
  startDate: string | null;
  autoRenew: boolean | null;
  sku: string | null;
  vendorSku: string | null;
  /** No longer listed, and gone by the rules of "Going away". */
  gone: boolean;
  modifiedOn: Date;
}

/** Customers that may become clients; one requested by id is returned even if it is closed. */
export async function readCustomers(sql: Sql, of: Provider, id?: string): Promise<Read<ServedCustomer>> {
  const wanted =
    id === undefined ? sql`and status <> 'closed' and c.id not in (${gone(sql, of, 'customers')})` : sql``;
  const rows = await sql<(ServedCustomer & { asOf: Date | null })[]>`
    select l."asOf", c.id, c.name, c.email, c.phone, c.domain, c.address, c.valid_from as "modifiedOn"
    from (select ${completeAt(sql, of, 'customers')} as "asOf") l
      left join (${versions(sql, of, 'customers', { id })}) c on not c.own ${wanted}
    order by c.id`;
  return split(rows);
}

/** A customer's subscriptions, or the one with this id. */
export async function readSubscriptions(
  sql: Sql,
  of: Provider,
  customerId: string,
  id?: string,
): Promise<Read<ServedSubscription>> {
  const rows = await sql<(ServedSubscription & { asOf: Date | null })[]>`
    with owner as materialized (${versions(sql, of, 'customers', { id: customerId })})
    select l."asOf", s.id, s.name, s.customer_id as "customerId", (select name from owner) as "customerName", s.status,
      trim_scale(s.quantity)::text as quantity, s.usage, s.trial, trim_scale(s.unit_cost)::text as "unitCost",
      trim_scale(s.unit_price)::text as "unitPrice", s.currency, s.billing_cycle as "billingCycle",
      s.start_date as "startDate", s.auto_renew as "autoRenew", s.sku, s.vendor_sku as "vendorSku",
      s.id in (${gone(sql, of, 'subscriptions')}) as gone, s.valid_from as "modifiedOn"
    from (select ${completeAt(sql, of, 'subscriptions')} as "asOf") l
      left join (${versions(sql, of, 'subscriptions', { customerId, id })}) s
        on not exists (select 1 from owner where own)
    order by s.id`;
  return split(rows);
}

function split<Row extends { id: string }>(rows: (Row & { asOf: Date | null })[]): Read<Row> {
  return { asOf: rows[0]?.asOf ?? null, rows: rows.filter((row) => row.id !== null) };
}

/** When the last listing that reached its end ended, whatever it covered. */
const servedAt = (sql: Sql, { sourceId }: Provider, kind: ImportKind) => sql`
  (select finished_at from collections where connection_id = ${sourceId} and kind = ${kind}
    and state in ('complete', 'incomplete') order by started_at desc limit 1)`;

const completeAt = (sql: Sql, { sourceId }: Provider, kind: ImportKind, column = 'finished_at') => sql`
  (select ${sql(column)} from collections where connection_id = ${sourceId} and kind = ${kind}
    and state = 'complete' and customer_ids is null order by started_at desc limit 1)`;

/** The rows as of that time: those unchanged since, and the last earlier version of the others. */
function versions(
  sql: Sql,
  of: Provider,
  kind: ImportKind,
  { id, customerId }: { id?: string; customerId?: string },
) {
  const at = servedAt(sql, of, kind);
  const byId = (column: ReturnType<Sql>) => (id === undefined ? sql`` : sql`and ${idIs(sql, column, id)}`);
  const byCustomer = (column: ReturnType<Sql>) =>
    customerId === undefined ? sql`` : sql`and ${idIs(sql, column, customerId)}`;
  return sql`
    select t.* from ${sql(kind)} t
    where t.connection_id = ${of.sourceId} ${byId(sql`t.id`)} ${byCustomer(sql`t.customer_id`)} and t.valid_from <= ${at}
    union all
    select v.* from ledger_history h, jsonb_populate_record(null::${sql(kind)}, h.row || jsonb_build_object(
      'connection_id', h.connection_id, 'id', h.id, 'valid_from', h.valid_from)) v
    where h.connection_id = ${of.sourceId} and h.kind = ${kind} ${byId(sql`h.id`)}
      ${byCustomer(sql`(h.row ->> 'customer_id')`)} and h.valid_to > ${at} and h.valid_from <= ${at}`;
}

/**
 * Rows active at the distributor's last word that two complete listings, an hour apart, did not show. If many go at
 * once, a person must approve first.
 */
function gone(sql: Sql, of: Provider, kind: ImportKind, believed = true) {
  const alive =
    kind === 'subscriptions' ? sql`and t.status not in ('cancelled', 'expired', 'deleted')` : sql``;
  const few = sql`case when together <= 3 then true else together <= ${of.shrinkLimitPercent / 100}::float8 *
    (select count(*) from ${sql(kind)} t where t.connection_id = ${of.sourceId} ${alive}) end`;
  const approved = sql`exists (select 1 from decisions d where d.integration_id = ${of.integrationId}
    and d.entity = ${kind.slice(0, -1)} and d.external_id = g.id and d.decision = 'approve' and d.at > g.since)`;
  return sql`
    select g.id from (
      select t.id, a.since, count(*) over (partition by a.since) as together
      from absences a join ${sql(kind)} t on t.connection_id = a.connection_id and t.id = a.id ${alive}
      where a.connection_id = ${of.sourceId} and a.kind = ${kind}
        and a.since <= ${completeAt(sql, of, kind, 'started_at')} - interval '1 hour'
    ) g where ${believed ? sql`` : sql`not`} (${few} or ${approved})`;
}

/** The subscription served under this id, with its own ids. */
export async function servedSubscription(
  sql: Sql,
  { sourceId }: Provider,
  given: string,
): Promise<{ id: string; customerId: string; quantity: string | null; autoRenew: boolean | null } | null> {
  const [row] = await sql<
    { id: string; customerId: string; quantity: string | null; autoRenew: boolean | null }[]
  >`
    select id, customer_id as "customerId", trim_scale(quantity)::text as quantity, auto_renew as "autoRenew" from subscriptions
    where connection_id = ${sourceId} and ${idIs(sql, sql`id`, given)}`;
  return row ?? null;
}

/** The distributor's own id of the customer that is served under this id; null: none is. */
export async function servedCustomerId(
  sql: Sql,
  { sourceId }: Provider,
  given: string,
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from customers where connection_id = ${sourceId} and ${idIs(sql, sql`id`, given)} limit 1`;
  return row?.id ?? null;
}

/** Subscriptions that went all at once: still shown until a person approves. */
export async function doubtedSubscriptions(sql: Sql, of: Provider): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`${gone(sql, of, 'subscriptions', false)} order by 1`;
  return rows.map(({ id }) => id);
}

/** When each kind was last listed completely. */
export async function ledgerTimes(sql: Sql, of: Provider): Promise<Record<ImportKind, Date | null>> {
  const [row] = await sql<Record<ImportKind, Date | null>[]>`
    select ${completeAt(sql, of, 'customers')} as customers, ${completeAt(sql, of, 'subscriptions')} as subscriptions`;
  return row!;
}

const longestId = 50;
const prefix = 'sha256-';
const digits = longestId - prefix.length;

/** The contract allows ids of at most 50 characters: a longer one is replaced by its digest, always the same. */
export const servedId = (id: string): string =>
  id.length <= longestId ? id : prefix + createHash('sha256').update(id).digest('hex').slice(0, digits);

const idIs = (sql: Sql, column: ReturnType<Sql>, given: string) =>
  given.length === longestId && given.startsWith(prefix)
    ? sql`(${column} = ${given} or (octet_length(${column}) > ${longestId}
        and ${prefix} || left(encode(sha256(convert_to(${column}, 'UTF8')), 'hex'), ${digits}) = ${given}))`
    : sql`${column} = ${given}`;

/** The outcome of a test, where every connection keeps it. */
export async function keepTest(sql: Sql, connectionId: string, tested: object): Promise<void> {
  const kept = JSON.stringify({ at: new Date().toISOString(), ...tested });
  await sql`update connections set last_test = ${kept}::text::jsonb where id = ${connectionId}`;
}
