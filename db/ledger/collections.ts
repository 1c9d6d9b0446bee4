import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import type { ListingKind } from '../../domain/kinds.ts';
import { record } from '../audit/audit.ts';
import type { Database, Sql } from '../client.ts';
import { collections } from '../schema.ts';
import { columnsOf } from '../sql.ts';

/** The rows of `collections`: opened here, filled by the engine, shown by the API. */
export type CollectionRow = typeof collections.$inferSelect;

const columns = columnsOf(collections);

export interface CollectionRequest {
  connectionId: string;
  kind: ListingKind;
  /** null means all customers. */
  customerIds: string[] | null;
}

/** The running collection of this connection and kind, whatever it covers, or a new one; `by` if a person asks. */
export async function requestCollection(
  { sql }: Database,
  request: CollectionRequest,
  by?: Actor,
): Promise<CollectionRow> {
  const { connectionId, kind } = request;
  const customerIds = request.customerIds && JSON.stringify(request.customerIds);
  for (;;) {
    const inserted = await sql.begin(async (tx) => {
      const [row] = await tx<CollectionRow[]>`
        insert into collections (id, connection_id, kind, customer_ids, state)
        values (${uuid()}, ${connectionId}, ${kind}, ${customerIds}::text::jsonb, 'running')
        on conflict (connection_id, kind) where state = 'running' do nothing
        returning ${tx.unsafe(columns)}`;
      const entry = { target: ['connection', connectionId] as const, after: { kind } };
      if (row && by) await record(tx, by, { action: 'collection.start', ...entry });
      return row;
    });
    if (inserted) return inserted;
    const [running] = await sql<CollectionRow[]>`
      select ${sql.unsafe(columns)} from collections
      where connection_id = ${connectionId} and kind = ${kind} and state = 'running'`;
    // It ended between the two statements: open our own.
    if (running) return running;
  }
}

export async function getCollection({ sql }: Database, id: string): Promise<CollectionRow | null> {
  const [row] = await sql<CollectionRow[]>`select ${sql.unsafe(columns)} from collections where id = ${id}`;
  return row ?? null;
}

/** Newest first, one more than `limit` if there is a next page. Ids rise with time. */
export async function listCollections(
  { sql }: Database,
  filter: { connectionId: string; kind?: ListingKind },
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<CollectionRow[]> {
  return await sql<CollectionRow[]>`
    select ${sql.unsafe(columns)} from collections
    where connection_id = ${filter.connectionId}
      ${filter.kind ? sql`and kind = ${filter.kind}` : sql``}
      ${after ? sql`and id < ${after[0]}` : sql``}
    order by id desc limit ${limit + 1}`;
}

/** How a listing ended; null while it runs, or if there is none. */
export async function outcomeOf(sql: Sql, id: string): Promise<CollectionOutcome | null> {
  const [row] = await sql<CollectionOutcome[]>`
    select id as "collectionId", state, customer_ids as "customerIds", problem from collections
    where id = ${id} and state <> 'running'`;
  return row ?? null;
}

export type CollectionOutcome = Pick<CollectionRow, 'customerIds' | 'problem'> & {
  collectionId: string;
  state: Exclude<CollectionRow['state'], 'running'>;
};

/** Why a listing is incomplete; null if it is complete or was never checked. */
export async function incompleteBecause(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql<{ reason: string | null }[]>`
    select completeness ->> 'reason' as reason from collections where id = ${id}`;
  return row?.reason ?? null;
}

/** Collections that have run for a while. */
export async function runningCollections(
  sql: Sql,
): Promise<Pick<CollectionRow, 'id' | 'kind' | 'connectionId'>[]> {
  return await sql<Pick<CollectionRow, 'id' | 'kind' | 'connectionId'>[]>`
    select id, kind, connection_id as "connectionId" from collections
    where state = 'running' and started_at < now() - interval '60 seconds'`;
}

export async function cancelCollection(sql: Sql, id: string): Promise<void> {
  await sql`update collections set state = 'cancelled', finished_at = now() where id = ${id} and state = 'running'`;
}

/** When the last complete listing of all customers ended; null before the first. */
export async function lastComplete(
  db: Database,
  connectionId: string,
  kind: ListingKind,
): Promise<Date | null> {
  const [row] = await db.sql<{ at: Date }[]>`
    select finished_at as at from collections
    where connection_id = ${connectionId} and kind = ${kind} and state = 'complete' and customer_ids is null
    order by started_at desc limit 1`;
  return row?.at ?? null;
}
