import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type { ListingKind } from '../../domain/kinds.ts';
import type { Database } from '../client.ts';
import { collections } from '../schema.ts';

/** The rows of `collections`: opened here, filled by the engine, shown by the API. */
export type CollectionRow = typeof collections.$inferSelect;

export interface CollectionRequest {
  connectionId: string;
  kind: ListingKind;
  /** null: all customers. */
  customerIds: string[] | null;
}

/** The collection of this connection and kind that runs, whoever it covers, or a new one. */
export async function requestCollection(db: Database, request: CollectionRequest): Promise<CollectionRow> {
  for (;;) {
    const [inserted] = await db.orm
      .insert(collections)
      .values({ ...request, id: uuid(), state: 'running' })
      .onConflictDoNothing({
        target: [collections.connectionId, collections.kind],
        where: sql`state = 'running'`,
      })
      .returning();
    if (inserted) return inserted;
    const [running] = await db.orm
      .select()
      .from(collections)
      .where(
        and(
          eq(collections.connectionId, request.connectionId),
          eq(collections.kind, request.kind),
          eq(collections.state, 'running'),
        ),
      );
    // Ended between the two statements: open our own.
    if (running) return running;
  }
}

export async function getCollection(db: Database, id: string): Promise<CollectionRow | null> {
  const [row] = await db.orm.select().from(collections).where(eq(collections.id, id));
  return row ?? null;
}

/** Newest first, one more than `limit` where there is a next page. Ids rise with time. */
export async function listCollections(
  db: Database,
  filter: { connectionId: string; kind?: ListingKind },
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<CollectionRow[]> {
  return await db.orm
    .select()
    .from(collections)
    .where(
      and(
        eq(collections.connectionId, filter.connectionId),
        filter.kind ? eq(collections.kind, filter.kind) : undefined,
        after ? lt(collections.id, after[0]) : undefined,
      ),
    )
    .orderBy(desc(collections.id))
    .limit(limit + 1);
}

/** When a complete listing of all customers last ended; null before the first. */
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
