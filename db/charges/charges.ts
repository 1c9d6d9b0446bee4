import type { Actor } from '../../domain/actor.ts';
import type { ChargeDocument, ChargeState } from '../../domain/charges.ts';
import { record } from '../audit/audit.ts';
import type { Sql } from '../client.ts';
import { storable } from '../ledger/rows.ts';
import { bulkTransaction } from '../sql.ts';

/** A month of charges being read. Until it is closed, what was read before stands. */
export interface Reading {
  readingId: string;
  connectionId: string;
  month: string;
}

/** Documents that this reading has stored. */
export async function knownDocuments(sql: Sql, { readingId }: Reading): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`select id from charge_documents where reading_id = ${readingId}`;
  return new Set(rows.map(({ id }) => id));
}

/** One document with its lines, both or neither. */
export async function storeDocument(sql: Sql, of: Reading, document: ChargeDocument): Promise<void> {
  const { readingId, connectionId, month } = of;
  const problem = document.problem ?? (document.final ? null : `${document.id} is not final yet.`);
  await sql.begin(async (tx) => {
    await tx`insert into charge_documents (reading_id, id, connection_id, month, problem)
      values (${readingId}, ${document.id}, ${connectionId}, ${month}, ${problem}) on conflict do nothing`;
    await tx`
      insert into charges (reading_id, document, line, connection_id, month, subscription_id, vendor_subscription_id, customer_id, product,
        quantity, cost, price, currency, charged_from, charged_to)
      select ${readingId}, ${document.id}, place, ${connectionId}, ${month}, "subscriptionId", "vendorSubscriptionId", "customerId", product,
        quantity, cost, price, currency, "from", "to"
      from rows from (jsonb_to_recordset(${storable(JSON.stringify(document.lines))}::text::jsonb) as ("subscriptionId" text,
        "vendorSubscriptionId" text, "customerId" text, product text, quantity numeric, cost numeric, price numeric, currency text,
        "from" text, "to" text)) with ordinality as l("subscriptionId", "vendorSubscriptionId", "customerId", product, quantity, cost, price,
        currency, "from", "to", place)
      on conflict do nothing`;
  });
}

/**
 * The reading takes the place of the one before. Lines that name the vendor's id of a subscription alone, or one that the
 * ledger does not have, are looked up by what the ledger's records say of it.
 */
export async function closeReading(
  sql: Sql,
  { readingId, connectionId, month }: Reading,
  ended: { state: 'not-offered'; problem: string } | null,
): Promise<ChargeState> {
  return await bulkTransaction(sql, async (tx) => {
    await tx`
      with open as (
        select distinct vendor_subscription_id as vendor from charges c where reading_id = ${readingId} and vendor_subscription_id is not null
          and not exists (select 1 from subscriptions s where s.connection_id = ${connectionId} and s.id = c.subscription_id)
      ), known as (
        select min(s.id) as id, v.vendor from subscriptions s cross join lateral (select coalesce(
          s.raw ->> 'vendor_subscription_id', s.raw ->> 'vendor_license_id', s.raw ->> 'vendorSubscriptionId',
          s.raw ->> 'subscriptionId', s.raw ->> 'subscription_id') as vendor) v
        where s.connection_id = ${connectionId} and exists (select 1 from open) group by 2 having count(*) = 1
      )
      update charges c set subscription_id = k.id from open o join known k on k.vendor = o.vendor
      where c.reading_id = ${readingId} and c.vendor_subscription_id = o.vendor`;
    const [row] = await tx<[{ state: ChargeState }]>`
      with documents as (
        select count(*)::int as n, count(problem)::int as wrong, min(problem) as problem from charge_documents where reading_id = ${readingId}
      ), lines as (select count(*)::int as n from charges where reading_id = ${readingId})
      insert into charge_months (connection_id, month, state, problem, documents, lines, reading_id, read_at)
      select ${connectionId}, ${month}, coalesce(${ended?.state ?? null}::text, case when d.n = 0 then 'not-published' when d.wrong > 0 then 'incomplete' else 'read' end),
        coalesce(${ended?.problem ?? null}::text, case when d.wrong > 1 then d.problem || ' ' || (d.wrong - 1) || ' more are not whole.' else d.problem end),
        d.n, l.n, ${readingId}, now()
      from documents d, lines l
      on conflict (connection_id, month) do update set state = excluded.state, problem = excluded.problem, documents = excluded.documents,
        lines = excluded.lines, reading_id = excluded.reading_id, read_at = excluded.read_at
      returning state`;
    for (const table of ['charges', 'charge_documents'])
      await tx`delete from ${tx(table)} where connection_id = ${connectionId} and month = ${month} and reading_id <> ${readingId}`;
    return row!.state;
  });
}

/** That a person asked for a month to be read. */
export async function recordReading(sql: Sql, connectionId: string, month: string, by: Actor): Promise<void> {
  const target = ['connection', connectionId] as const;
  await sql.begin((tx) => record(tx, by, { action: 'charges.read', target, after: { month } }));
}

export interface ChargeMonth {
  month: string;
  state: ChargeState;
  problem: string | null;
  documents: number;
  lines: number;
  readAt: Date;
}

const monthColumns = (sql: Sql) => sql`month, state, problem, documents, lines, read_at as "readAt"`;

/** Newest first, one more than `limit` where there is a next page. */
export async function listChargeMonths(
  sql: Sql,
  connectionId: string,
  { limit, after }: { limit: number; after: string | null },
): Promise<ChargeMonth[]> {
  return await sql<ChargeMonth[]>`
    select ${monthColumns(sql)} from charge_months where connection_id = ${connectionId}
      and (${after}::text is null or month < ${after}) order by month desc limit ${limit + 1}`;
}

export async function chargeMonth(
  sql: Sql,
  connectionId: string,
  month: string,
): Promise<ChargeMonth | null> {
  const [row] = await sql<ChargeMonth[]>`
    select ${monthColumns(sql)} from charge_months where connection_id = ${connectionId} and month = ${month}`;
  return row ?? null;
}

export interface ChargeRow {
  document: string;
  line: number;
  subscriptionId: string | null;
  vendorSubscriptionId: string | null;
  customerId: string | null;
  customerName: string | null;
  product: string | null;
  quantity: string | null;
  cost: string;
  price: string | null;
  currency: string | null;
  from: string | null;
  to: string | null;
}

/** The lines of a month as last read. */
export async function listCharges(
  sql: Sql,
  { connectionId, month }: { connectionId: string; month: string },
  filter: { subscriptionId?: string; customerId?: string; unassigned?: boolean },
  { limit, after }: { limit: number; after: [document: string, line: number] | null },
): Promise<ChargeRow[]> {
  return await sql<ChargeRow[]>`
    select c.document, c.line, c.subscription_id as "subscriptionId", c.vendor_subscription_id as "vendorSubscriptionId",
      c.customer_id as "customerId", k.name as "customerName", c.product, trim_scale(c.quantity)::text as quantity,
      trim_scale(c.cost)::text as cost, trim_scale(c.price)::text as price, c.currency, c.charged_from as "from", c.charged_to as "to"
    from charge_months m join charges c on c.reading_id = m.reading_id
    left join customers k on k.connection_id = m.connection_id and k.id = c.customer_id
    where m.connection_id = ${connectionId} and m.month = ${month}
      ${filter.subscriptionId ? sql`and c.subscription_id = ${filter.subscriptionId}` : sql``}
      ${filter.customerId ? sql`and c.customer_id = ${filter.customerId}` : sql``}
      ${filter.unassigned ? sql`and not exists (select 1 from subscriptions s where s.connection_id = m.connection_id and s.id = c.subscription_id)` : sql``}
      ${after ? sql`and (c.document, c.line) > (${after[0]}, ${after[1]}::int)` : sql``}
    order by c.document, c.line limit ${limit + 1}`;
}

/**
 * Last month's charges of distributors whose integrations run on a schedule: read until they are whole, twice a day, and
 * once a week where they are not offered.
 */
export async function dueCharges(
  sql: Sql,
  kinds: readonly string[],
): Promise<{ connectionId: string; kind: string; month: string }[]> {
  return await sql`
    select c.id as "connectionId", c.kind, w.month
    from connections c
    cross join lateral (select to_char((now() at time zone 'UTC') - interval '1 month', 'YYYY-MM') as month) w
    left join charge_months m on m.connection_id = c.id and m.month = w.month
    where c.deleted_at is null and c.kind in ${sql([...kinds])}
      and exists (select 1 from integrations i where i.source_id = c.id and i.deleted_at is null and i.schedule is not null
        and coalesce(i.options ->> 'mode', 'apply') <> 'paused')
      and (m.state is null or (m.state in ('not-published', 'incomplete') and m.read_at < now() - interval '12 hours')
        or (m.state = 'not-offered' and m.read_at < now() - interval '7 days'))`;
}
