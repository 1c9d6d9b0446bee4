import type { TransactionSql } from 'postgres';
import type { Actor } from '../../domain/actor.ts';
import type { IntegrationMode } from '../../domain/kinds.ts';
import { record } from '../audit/audit.ts';
import type { Database, Sql } from '../client.ts';
import type { Keyset, NameKey } from '../ledger/queries.ts';
import type { mappings } from '../schema.ts';
import type { IntegrationEndpoints } from './integrations.ts';

/** Which client of the destination belongs to a distributor's customer. The engine reads the same rows in bulk. */
export type MappingRow = typeof mappings.$inferSelect;

export interface Mapping {
  customerId: string;
  customerName: string;
  /** null with an origin: a person decided that the next customer import creates it. */
  clientId: string | null;
  clientName: string | null;
  origin: MappingRow['origin'] | null;
  createdBy: Actor | null;
  createdAt: Date | null;
  /** Beside the integration's: the stricter of the two counts. */
  mode: IntegrationMode;
}

export type MappingState = (typeof mappingStates)[number];
/** `undecided`: an active customer without any decision; `unmapped`: without a client yet. */
export const mappingStates = ['mapped', 'unmapped', 'undecided'] as const;

export interface MappingFilter extends IntegrationEndpoints {
  state?: MappingState;
  search?: string;
  customerId?: string;
  mode?: IntegrationMode;
}

const inState: Record<MappingState, string> = {
  mapped: 'm.client_id is not null',
  unmapped: 'm.client_id is null',
  undecided: `m.customer_id is null and c.status = 'active'`,
};

/** The reseller itself is listed only once it is mapped. */
const fitting = (sql: Sql, filter: Omit<MappingFilter, 'state'>) => {
  const like = filter.search && `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`
    from customers c
      left join mappings m on m.integration_id = ${filter.integrationId} and m.customer_id = c.id
      left join customer_modes o on o.integration_id = ${filter.integrationId} and o.customer_id = c.id
      left join clients d on d.connection_id = ${filter.destinationId} and d.id = m.client_id
    where c.connection_id = ${filter.sourceId}
      and ${filter.customerId === undefined ? sql`(not c.own or m.customer_id is not null)` : sql`c.id = ${filter.customerId}`}
      ${filter.mode ? sql`and coalesce(o.mode, 'apply') = ${filter.mode}` : sql``}
      ${like ? sql`and (c.name ilike ${like} or d.name ilike ${like} or c.id = ${filter.search!} or m.client_id = ${filter.search!})` : sql``}`;
};

/** Customers of the source and their clients, by name. */
export async function listMappings(
  { sql }: Database,
  { state, ...filter }: MappingFilter,
  { limit, after }: Keyset<NameKey>,
): Promise<(Mapping & { key: string })[]> {
  return await sql<(Mapping & { key: string })[]>`
    select c.id as "customerId", c.match_key as key, c.name as "customerName", m.client_id as "clientId",
      d.name as "clientName", m.origin, m.created_by as "createdBy", m.created_at as "createdAt", coalesce(o.mode, 'apply') as mode
    ${fitting(sql, filter)}
      ${state ? sql`and ${sql.unsafe(inState[state])}` : sql``}
      ${after ? sql`and (c.match_key, c.id) > (${after[0]}, ${after[1]})` : sql``}
    order by c.match_key, c.id limit ${limit + 1}`;
}

/** How many customers are in each state. */
export async function countMappings(
  { sql }: Database,
  filter: Omit<MappingFilter, 'state'>,
): Promise<Record<MappingState, number>> {
  const counts = mappingStates.map((state) => `count(*) filter (where ${inState[state]})::int as ${state}`);
  const [row] = await sql<Record<MappingState, number>[]>`
    select ${sql.unsafe(counts.join(', '))} ${fitting(sql, filter)}`;
  return row!;
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

/** What a mapping is now, under a lock; null for none. May refuse by throwing. */
export type CheckMapping = (now: Pick<MappingRow, 'clientId' | 'origin' | 'createdAt'> | null) => void;

/** Maps manually; a client belongs to one customer of an integration. `clientId` null: to be created. */
export const mapByHand = ({ sql }: Database, ...asked: Asked): Promise<Mapped> =>
  sql.begin((tx) => putMapping(tx, ...asked));

type Asked = [mapping: Parameters<typeof putMapping>[1], by: Actor, check?: CheckMapping];

/** The same within a larger transaction. */
export async function putMapping(
  tx: TransactionSql,
  mapping: { integrationId: string; customerId: string; clientId: string | null },
  by: Actor,
  check?: CheckMapping,
): Promise<Mapped> {
  const { integrationId, customerId, clientId } = mapping;
  if (clientId !== null) {
    // Concurrent mappings wait here, so that the second learns who has the client.
    await tx`select pg_advisory_xact_lock(hashtextextended(${`${integrationId}/${clientId}`}, 0))`;
    const [holder] = await tx<{ customerId: string }[]>`
      select customer_id as "customerId" from mappings
      where integration_id = ${integrationId} and client_id = ${clientId}`;
    if (holder && holder.customerId !== customerId) return { taken: holder.customerId };
  }
  await tx`select pg_advisory_xact_lock(hashtextextended(${`${integrationId}/customer/${customerId}`}, 0))`;
  const [before] = await tx<NonNullable<Parameters<CheckMapping>[0]>[]>`
    select client_id as "clientId", origin, created_at as "createdAt" from mappings
    where integration_id = ${integrationId} and customer_id = ${customerId} for update`;
  check?.(before ?? null);
  await tx`
    insert into mappings (integration_id, customer_id, client_id, origin, created_by)
    values (${integrationId}, ${customerId}, ${clientId}, 'manual', ${tx.json({ ...by })})
    on conflict (integration_id, customer_id) do update set client_id = excluded.client_id, origin = excluded.origin,
      created_by = excluded.created_by, batch_id = null, created_at = now()`;
  const entry = { target: ['customer', customerId] as const, integrationId };
  await record(tx, by, {
    action: 'mapping.set',
    ...entry,
    before: before ? { clientId: before.clientId } : null,
    after: { clientId },
  });
  return { mapped: true };
}

export async function removeMapping(
  db: Database,
  integrationId: string,
  customerId: string,
  by: Actor,
  check: CheckMapping,
): Promise<boolean> {
  return await db.sql.begin(async (tx) => {
    const [now] = await tx<NonNullable<Parameters<CheckMapping>[0]>[]>`
      select client_id as "clientId", origin, created_at as "createdAt" from mappings
      where integration_id = ${integrationId} and customer_id = ${customerId} for update`;
    check(now ?? null);
    if (!now) return false;
    await tx`delete from mappings where integration_id = ${integrationId} and customer_id = ${customerId}`;
    const removed = { clientId: now.clientId, origin: now.origin };
    const target = ['customer', customerId] as const;
    await record(tx, by, { action: 'mapping.remove', target, integrationId, before: removed });
    return true;
  });
}

/** The two connections of *generate*; its customer list is stale after an hour. */
export interface MappingSources {
  sourceId: string;
  sourceKind: string;
  destinationId: string;
  destinationKind: string;
  stale: boolean;
}

export async function mappingSources({ sql }: Database, integrationId: string): Promise<MappingSources> {
  const [row] = await sql<MappingSources[]>`
    select n.source_id as "sourceId", s.kind as "sourceKind", n.destination_id as "destinationId", d.kind as "destinationKind",
      not exists (select 1 from collections c where c.connection_id = n.source_id and c.kind = 'customers'
        and c.customer_ids is null and c.state in ('complete', 'incomplete') and c.finished_at > now() - interval '1 hour') as stale
    from integrations n join connections s on s.id = n.source_id join connections d on d.id = n.destination_id
    where n.id = ${integrationId}`;
  return row!;
}

/** Whether a customer has a client by now. */
export async function isMapped(sql: Sql, integrationId: string, customerId: string): Promise<boolean> {
  const rows = await sql`select 1 from mappings where integration_id = ${integrationId}
    and customer_id = ${customerId} and client_id is not null`;
  return rows.length > 0;
}

/** Whether the destination has a client of the customer's name, compared by match key. */
export async function hasNamesake(
  sql: Sql,
  { integrationId, destinationId }: { integrationId: string; destinationId: string },
  customerId: string,
): Promise<boolean> {
  const rows = await sql`
    select 1 from clients c join customers s on s.match_key = c.match_key
    join integrations n on n.id = ${integrationId} and s.connection_id = n.source_id and s.id = ${customerId}
    where c.connection_id = ${destinationId} limit 1`;
  return rows.length > 0;
}

export async function mainSiteOf(sql: Sql, connectionId: string, clientId: string): Promise<string | null> {
  const [row] = await sql<{ site: string | null }[]>`
    select main_site_id as site from clients where connection_id = ${connectionId} and id = ${clientId}`;
  return row?.site ?? null;
}

export async function clientExists(db: Database, connectionId: string, clientId: string): Promise<boolean> {
  const rows = await db.sql`select 1 from clients where connection_id = ${connectionId} and id = ${clientId}`;
  return rows.length > 0;
}
