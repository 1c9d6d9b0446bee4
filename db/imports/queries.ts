import type { ImportKind, ImportMode, ImportState } from '../../domain/kinds.ts';
import type { Database } from '../client.ts';
import { importEvents, imports, items } from '../schema.ts';
import { columnsOf, inIds } from '../sql.ts';
import { type ItemFilter, itemsMatching } from './groups.ts';
import type { ImportRow } from './imports.ts';

/** Pages of imports, of their items and of their events, for people. */
export type ItemRow = typeof items.$inferSelect & { customerName: string | null };
export type EventRow = typeof importEvents.$inferSelect;

export interface ImportFilter {
  integrationId?: string;
  kind?: ImportKind;
  mode?: ImportMode;
  state?: ImportState;
}

const importColumns = columnsOf(imports);
const itemColumns = columnsOf(items);
const eventColumns = columnsOf(importEvents);

/** Newest first, one more than `limit` if there is a next page. Ids rise with time. */
export async function listImports(
  { sql }: Database,
  { integrationId, kind, mode, state }: ImportFilter,
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<ImportRow[]> {
  return await sql<ImportRow[]>`
    select ${sql.unsafe(importColumns)} from imports
    where true ${integrationId ? sql`and integration_id = ${integrationId}` : sql``}
      ${kind ? sql`and kind = ${kind}` : sql``}
      ${mode ? sql`and mode = ${mode}` : sql``}
      ${state ? sql`and state = ${state}` : sql``}
      ${after ? sql`and id < ${after[0]}` : sql``}
    order by id desc limit ${limit + 1}`;
}

export async function listItems(
  { sql }: Database,
  { importId, ...filter }: ItemFilter & { importId: string },
  { limit, after }: { limit: number; after: [seq: number, id: string] | null },
): Promise<ItemRow[]> {
  return await sql<ItemRow[]>`
    select i.*, c.name as "customerName" from (
      select ${sql.unsafe(itemColumns)} from items
      where ${itemsMatching(sql, importId, filter)}
        ${after ? sql`and (seq, id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
      order by seq, id limit ${limit + 1}
    ) i
    join imports m on m.id = i."importId" join integrations n on n.id = m.integration_id
    left join customers c on c.connection_id = n.source_id and c.id = i."customerId"
    order by i.seq, i.id`;
}

/** The given ids that are not items of this import. */
export async function foreignItems(
  { sql }: Database,
  importId: string,
  itemIds: string[],
): Promise<string[]> {
  const own = await sql<{ id: string }[]>`
    select id from items where import_id = ${importId} and id in ${inIds(sql, itemIds, 'uuid')}`;
  const known = new Set(own.map(({ id }) => id));
  return itemIds.filter((id) => !known.has(id));
}

export async function eventsAfter({ sql }: Database, importId: string, lastId: number): Promise<EventRow[]> {
  return await sql<EventRow[]>`
    select ${sql.unsafe(eventColumns)} from import_events
    where import_id = ${importId} and id > ${lastId} order by id limit 500`;
}
