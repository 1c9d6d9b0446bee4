import type { Sql } from '../client.ts';
import type { ChangeRow } from './changes.ts';
import { twinOf } from './customers.ts';

/**
 * What a request for something new has made, by the ledger: the customer or subscription its answer named, else the one
 * that appeared since it was sent and is what was requested. null: nothing is there yet.
 */
export async function findMade(
  sql: Sql,
  row: ChangeRow,
  taxNumberFields: readonly string[],
): Promise<string | null> {
  if (row.kind === 'create-customer') return await madeCustomer(sql, row, taxNumberFields);
  if (row.kind === 'create') return await madeSubscription(sql, row);
  return null;
}

async function madeCustomer(
  sql: Sql,
  { connectionId, customerId, wanted }: ChangeRow,
  taxNumberFields: readonly string[],
) {
  // Before it was sent there was none like it, so the one that is there now is ours.
  if (customerId === null)
    return (await twinOf(sql, connectionId, wanted.customer!, taxNumberFields))?.id ?? null;
  const [row] = await sql<{ id: string }[]>`
    select id from customers where connection_id = ${connectionId} and id = ${customerId}`;
  return row?.id ?? null;
}

async function madeSubscription(
  sql: Sql,
  { id, connectionId, customerId, subscriptionId, wanted, intendedAt }: ChangeRow,
) {
  const { sku, term, billingCycle } = wanted.product!;
  // An order may name the vendor's own id in place of the distributor's.
  const [named] = await sql<{ id: string }[]>`
    select id from subscriptions where connection_id = ${connectionId} and customer_id = ${customerId}
      and (id = ${subscriptionId} or raw ->> 'subscriptionId' = ${subscriptionId}) limit 1`;
  if (named || subscriptionId !== null) return named?.id ?? null;
  const [found] = await sql<{ id: string }[]>`
    select s.id from subscriptions s
    where s.connection_id = ${connectionId} and s.customer_id = ${customerId} and coalesce(s.vendor_sku, s.sku) = ${sku}
      and s.term is not distinct from ${term} and s.billing_cycle is not distinct from ${billingCycle}
      and s.valid_from >= ${intendedAt} and not exists (select 1 from ledger_history h
        where h.connection_id = s.connection_id and h.kind = 'subscriptions' and h.id = s.id and h.valid_from < ${intendedAt})
      and not exists (select 1 from changes o where o.connection_id = s.connection_id and o.subscription_id = s.id
        and o.kind = 'create' and o.id <> ${id})
    order by (s.quantity = ${wanted.quantity!}::numeric) desc, s.valid_from desc, s.id limit 1`;
  return found?.id ?? null;
}

/** The record, as last listed, that an order is made from: of the subscription, or of one of the same product. */
export async function orderRecord(
  sql: Sql,
  { kind, connectionId, customerId, subscriptionId, wanted }: ChangeRow,
): Promise<{ record: unknown; domain: string | null }> {
  const of = kind === 'create' ? wanted.product!.likeId : subscriptionId;
  const [subscription] =
    of === null
      ? []
      : await sql<{ raw: unknown }[]>`
    select raw from subscriptions where connection_id = ${connectionId} and id = ${of}`;
  const [customer] =
    kind !== 'create'
      ? []
      : await sql<{ domain: string | null }[]>`
    select domain from customers where connection_id = ${connectionId} and id = ${customerId}`;
  return { record: subscription?.raw ?? null, domain: customer?.domain ?? null };
}
