import type { CustomerFields } from '../../domain/change.ts';
import { matchKey } from '../../domain/names.ts';
import type { Sql } from '../client.ts';
import { indexed } from '../ledger/rows.ts';
import { inIds, type Queryable } from '../sql.ts';

/** Customers in a distributor's ledger, for changes that create or change one. */
export interface Twin {
  id: string;
  name: string;
  /** What it was found by. */
  by: 'e-mail address' | 'tax number' | 'name';
  /** Whether it is the same customer, or only similar: a different name with the same e-mail address, or vice versa. */
  same: boolean;
}

/** An existing customer like the one to create: searched by e-mail address, tax number and name, in this order. */
export async function twinOf(
  sql: Queryable,
  connectionId: string,
  { name, email, taxNumber }: CustomerFields,
  taxNumberFields: readonly string[],
): Promise<Twin | null> {
  const key = indexed(matchKey(name ?? ''));
  const given = email?.trim().toLowerCase() ?? '';
  const tax = plain(taxNumber);
  const [row] = await sql<
    (Pick<Twin, 'id' | 'name' | 'by'> & { named: boolean; mailed: boolean; mail: boolean })[]
  >`
    select id, name, match_key = ${key} as named, mailed, email is not null and ${given} <> '' as mail,
      case when mailed then 'e-mail address' when taxed then 'tax number' else 'name' end as by
    from customers c, lateral (select
      ${given} <> '' and lower(trim(c.email)) = ${given} as mailed,
      ${tax} <> '' and exists (select 1 from ${inIds(sql, taxNumberFields)} f(field)
        where lower(regexp_replace(c.raw ->> f.field, '[^[:alnum:]]', '', 'g')) = ${tax}) as taxed) found
    where connection_id = ${connectionId} and status <> 'closed' and not own and (mailed or taxed or match_key = ${key})
      and not exists (select 1 from absences a where a.connection_id = c.connection_id and a.kind = 'customers' and a.id = c.id)
    order by mailed desc, taxed desc, id limit 1`;
  if (!row) return null;
  const { id, named, mailed, mail, by } = row;
  const same = by === 'tax number' || (named && (mailed || !mail));
  return { id, name: row.name, by, same };
}

const plain = (taxNumber: string | undefined) =>
  (taxNumber ?? '').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();

/** A customer's fields as last listed; null if there is no such customer. */
export async function customerFieldsOf(
  sql: Queryable,
  connectionId: string,
  id: string,
): Promise<CustomerFields | null> {
  const [row] = await sql<Record<string, unknown>[]>`
    select name, email, phone, domain, address from customers where connection_id = ${connectionId} and id = ${id} and not own`;
  return row
    ? (Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as CustomerFields)
    : null;
}

/**
 * Another request of this connection that creates the same customer, sent or about to be: it may not be in the ledger
 * yet. Two concurrent requests wait for each other here, so call it in the transaction that stores the intent.
 */
export async function rivalCreation(
  tx: Queryable,
  { id, connectionId, wanted }: { id: string; connectionId: string; wanted: { customer?: CustomerFields } },
): Promise<{ id: string; state: string } | null> {
  await tx`select pg_advisory_xact_lock(hashtext(${`customers of ${connectionId}`}))`;
  const rows = await tx<{ id: string; state: string; customer: CustomerFields }[]>`
    select id, state, wanted -> 'customer' as customer from changes
    where connection_id = ${connectionId} and kind = 'create-customer' and id <> ${id}
      and (state in ('placing', 'placed', 'ambiguous') or (state = 'done' and placed_at >
        (select max(l.started_at) from collections l where l.connection_id = ${connectionId} and l.kind = 'customers' and l.state = 'complete')))`;
  const mine = wanted.customer ?? {};
  return (
    rows.find(
      ({ customer }) =>
        matchKey(customer.name ?? '') === matchKey(mine.name ?? '') ||
        (mine.email && customer.email?.trim().toLowerCase() === mine.email.trim().toLowerCase()) ||
        (plain(mine.taxNumber) !== '' && plain(customer.taxNumber) === plain(mine.taxNumber)),
    ) ?? null
  );
}

/** The customer or subscription that a request of this integration has made, under the request's own id; null: none yet. */
export async function madeBy(
  sql: Sql,
  integrationId: string,
  changeId: string,
): Promise<{ customerId: string | null; subscriptionId: string | null } | null> {
  const [row] = await sql<{ customerId: string | null; subscriptionId: string | null }[]>`
    select customer_id as "customerId", subscription_id as "subscriptionId" from changes
    where id = ${changeId} and integration_id = ${integrationId} and kind in ('create', 'create-customer')`;
  return row ?? null;
}
