import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { ImportState } from '../../domain/kinds.ts';
import type { Database } from '../client.ts';
import { importEvents, imports, items } from '../schema.ts';
import type { ImportRow } from './imports.ts';

/** Pages of imports, of their items and of their events, for people. */
export type ItemRow = typeof items.$inferSelect;
export type EventRow = typeof importEvents.$inferSelect;

export interface ImportFilter {
  integrationId?: string;
  kind?: ImportRow['kind'];
  mode?: ImportRow['mode'];
  state?: ImportState;
}

/** Newest first, one more than `limit` where there is a next page. Ids rise with time. */
export async function listImports(
  db: Database,
  filter: ImportFilter,
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<ImportRow[]> {
  const where: (SQL | undefined)[] = [
    filter.integrationId ? eq(imports.integrationId, filter.integrationId) : undefined,
    filter.kind ? eq(imports.kind, filter.kind) : undefined,
    filter.mode ? eq(imports.mode, filter.mode) : undefined,
    filter.state ? eq(imports.state, filter.state) : undefined,
    after ? lt(imports.id, after[0]) : undefined,
  ];
  return await db.orm
    .select()
    .from(imports)
    .where(and(...where))
    .orderBy(desc(imports.id))
    .limit(limit + 1);
}

export async function listItems(
  db: Database,
  filter: { importId: string; outcome?: ItemRow['outcome']; action?: ItemRow['action'] },
  { limit, after }: { limit: number; after: [seq: number, id: string] | null },
): Promise<ItemRow[]> {
  return await db.orm
    .select()
    .from(items)
    .where(
      and(
        eq(items.importId, filter.importId),
        filter.outcome ? eq(items.outcome, filter.outcome) : undefined,
        filter.action ? eq(items.action, filter.action) : undefined,
        after ? sql`(${items.seq}, ${items.id}) > (${after[0]}, ${after[1]}::uuid)` : undefined,
      ),
    )
    .orderBy(asc(items.seq), asc(items.id))
    .limit(limit + 1);
}

/** Of the ids given, those that are not items of this import. */
export async function foreignItems(db: Database, importId: string, itemIds: string[]): Promise<string[]> {
  const own = await db.orm
    .select({ id: items.id })
    .from(items)
    .where(and(eq(items.importId, importId), inArray(items.id, itemIds)));
  const known = new Set(own.map(({ id }) => id));
  return itemIds.filter((id) => !known.has(id));
}

export async function eventsAfter(db: Database, importId: string, lastId: number): Promise<EventRow[]> {
  return await db.orm
    .select()
    .from(importEvents)
    .where(and(eq(importEvents.importId, importId), gt(importEvents.id, lastId)))
    .orderBy(asc(importEvents.id))
    .limit(500);
}
