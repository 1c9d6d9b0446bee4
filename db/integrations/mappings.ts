import { and, eq, sql } from 'drizzle-orm';
import type { Database, Orm } from '../client.ts';
import type { Keyset, NameKey } from '../ledger/queries.ts';
import { mappings } from '../schema.ts';
import type { IntegrationEndpoints } from './integrations.ts';

/** Which client of the destination a distributor's customer is. The engine reads the same rows set-wise. */
export type MappingRow = typeof mappings.$inferSelect;

export interface Mapping {
  customerId: string;
  customerName: string;
  /** null with an origin: a person decided that the next customer import creates it. */
  clientId: string | null;
  clientName: string | null;
  origin: MappingRow['origin'] | null;
}

/** The customers of the source with their clients; `unmapped` are those that have none yet. */
export async function listMappings(
  { sql }: Database,
  filter: IntegrationEndpoints & { state?: 'mapped' | 'unmapped'; search?: string; customerId?: string },
  { limit, after }: Keyset<NameKey>,
): Promise<(Mapping & { key: string })[]> {
  const like = filter.search && `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
  return await sql<(Mapping & { key: string })[]>`
    select c.id as "customerId", c.match_key as key, c.name as "customerName", m.client_id as "clientId",
      d.name as "clientName", m.origin
    from customers c
      left join mappings m on m.integration_id = ${filter.integrationId} and m.customer_id = c.id
      left join clients d on d.connection_id = ${filter.destinationId} and d.id = m.client_id
    where c.connection_id = ${filter.sourceId}
      ${filter.customerId === undefined ? sql`` : sql`and c.id = ${filter.customerId}`}
      ${filter.state === 'mapped' ? sql`and m.client_id is not null` : sql``}
      ${filter.state === 'unmapped' ? sql`and m.client_id is null` : sql``}
      ${like ? sql`and (c.name ilike ${like} or d.name ilike ${like} or c.id = ${filter.search!} or m.client_id = ${filter.search!})` : sql``}
      ${after ? sql`and (c.match_key, c.id) > (${after[0]}, ${after[1]})` : sql``}
    order by c.match_key, c.id limit ${limit + 1}`;
}

export async function getMapping(
  db: Database,
  ends: IntegrationEndpoints,
  customerId: string,
): Promise<Mapping | null> {
  const [mapping] = await listMappings(db, { ...ends, customerId }, { limit: 1, after: null });
  return mapping ?? null;
}

export type Mapped = { mapped: true } | { taken: string };

/** Maps by hand, in a transaction; a client belongs to one customer of an integration. `clientId` null: to be created. */
export async function putMapping(
  orm: Pick<Orm, 'execute' | 'insert' | 'select'>,
  mapping: { integrationId: string; customerId: string; clientId: string | null },
): Promise<Mapped> {
  const { integrationId, clientId } = mapping;
  if (clientId !== null) {
    // Two people at once take turns here, so that the second is told whose it is.
    await orm.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`${integrationId}/${clientId}`}, 0))`,
    );
    const [holder] = await orm
      .select({ customerId: mappings.customerId })
      .from(mappings)
      .where(and(eq(mappings.integrationId, integrationId), eq(mappings.clientId, clientId)));
    if (holder && holder.customerId !== mapping.customerId) return { taken: holder.customerId };
  }
  const manual = { clientId, origin: 'manual' as const, createdAt: new Date() };
  await orm
    .insert(mappings)
    .values({ ...mapping, ...manual })
    .onConflictDoUpdate({ target: [mappings.integrationId, mappings.customerId], set: manual });
  return { mapped: true };
}

export async function removeMapping(
  db: Database,
  integrationId: string,
  customerId: string,
): Promise<boolean> {
  const removed = await db.orm
    .delete(mappings)
    .where(and(eq(mappings.integrationId, integrationId), eq(mappings.customerId, customerId)))
    .returning();
  return removed.length > 0;
}

export async function clientExists(db: Database, connectionId: string, clientId: string): Promise<boolean> {
  const rows = await db.sql`select 1 from clients where connection_id = ${connectionId} and id = ${clientId}`;
  return rows.length > 0;
}
