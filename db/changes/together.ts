import { customerKinds } from '../../domain/change.ts';
import type { Sql } from '../client.ts';
import type { ChangeRow } from './changes.ts';

/** Changes of one distributor that are carried out at the same time read it together. */
export interface Together {
  /** Whose subscriptions to list; null: the account's, which takes fewer calls. */
  customerIds: string[] | null;
  /** Whether others of them are still being sent, so that a listing now would be followed by another. */
  others: boolean;
  /** A listing of its customer that began after its order was sent; null: there is none yet. */
  listedBy: string | null;
  /** Such a listing has begun and not ended. */
  listing: boolean;
}

/** Beyond so many customers they are listed as an account. */
const manyCustomers = 50;

/** `pageSize`: subscriptions on one page of the account's list. */
export async function togetherWith(sql: Sql, row: ChangeRow, pageSize: number): Promise<Together> {
  const { connectionId, customerId } = row;
  const [found] = await sql<{ customers: string[]; others: boolean; held: number }[]>`
    select coalesce(array_agg(distinct customer_id) filter (where customer_id is not null), '{}') as customers,
      coalesce(bool_or(id <> ${row.id} and state in ('approved', 'placing') and decided_at > now() - interval '1 minute'), false) as others,
      (select count(*)::int from subscriptions s where s.connection_id = ${connectionId}) as held
    from changes where connection_id = ${connectionId} and kind not in ('create-customer', 'update-customer')
      and state in ('approved', 'placing', 'placed') and greatest(decided_at, placed_at) > now() - interval '10 minutes'`;
  const { customers, others, held } = found!;
  const customerIds = [...new Set([...customers, ...(customerId === null ? [] : [customerId])])].sort();
  const pages = Math.max(1, Math.ceil(held / pageSize));
  const listings = await sql<{ id: string; state: string }[]>`
    select id, state from collections where connection_id = ${connectionId} and kind = 'subscriptions'
      and ${!customerKinds.includes(row.kind)} and state in ('running', 'complete', 'incomplete') and started_at > ${row.placedAt}
      and (customer_ids is null or customer_ids ? ${customerId}) order by started_at desc`;
  return {
    customerIds: customerIds.length > Math.min(pages, manyCustomers) ? null : customerIds,
    others,
    listedBy: listings.find(({ state }) => state !== 'running')?.id ?? null,
    listing: listings.some(({ state }) => state === 'running'),
  };
}

/** Customers whose subscriptions changed and that this listing shows as they became: a destination takes them at once. */
export async function changedCustomers(
  sql: Sql,
  { connectionId, customerId }: ChangeRow,
  collectionId: string,
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select distinct c.customer_id as id from changes c join collections l on l.id = ${collectionId}
    where c.connection_id = ${connectionId} and c.customer_id is not null and c.state in ('placed', 'done', 'failed')
      and c.placed_at < l.started_at and coalesce(c.finished_at, now()) > now() - interval '15 minutes'
      and c.kind not in ('create-customer', 'update-customer')
      and (l.customer_ids is null or l.customer_ids ? c.customer_id)`;
  return [...new Set([...rows.map(({ id }) => id), ...(customerId === null ? [] : [customerId])])].sort();
}

/** Whether a listing began after the order was sent, so that it shows what became of it. */
export async function listedSince(
  sql: Sql,
  { id }: Pick<ChangeRow, 'id'>,
  collectionId: string,
): Promise<boolean> {
  const [row] = await sql<{ since: boolean }[]>`
    select l.started_at > coalesce(c.placed_at, c.intended_at, c.asked_at) as since
    from changes c, collections l where c.id = ${id} and l.id = ${collectionId}`;
  return row?.since ?? false;
}

/** An import of this integration that started after the change ended and covers its customer: the update is done. */
export async function hasFollowed(
  sql: Sql,
  {
    integrationId,
    kind,
    customerId,
    changeId,
  }: { integrationId: string; kind: string; customerId: string | null; changeId: string },
): Promise<boolean> {
  const rows = await sql`
    select 1 from imports i join changes c on c.id = ${changeId}
    where i.integration_id = ${integrationId} and i.kind = ${kind} and i.mode <> 'preview' and i.started_at > c.finished_at
      and i.state in ('completed', 'completed_with_errors', 'incomplete')
      and (i.customer_ids is null or i.customer_ids ? ${customerId ?? ''}) limit 1`;
  return rows.length > 0;
}
