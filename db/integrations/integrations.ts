import { and, asc, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import { changedFields } from '../audit/changed.ts';
import type { Database } from '../client.ts';
import type { ConnectionRow } from '../connections/connections.ts';
import { connections, type IntegrationOptions, imports, integrations, type ScheduleSpec } from '../schema.ts';

/** The rows of `integrations`: one distributor connection feeding one destination connection. */
export type IntegrationRow = typeof integrations.$inferSelect;

export interface NewIntegration {
  name: string;
  sourceId: string;
  destinationId: string;
  options: IntegrationOptions;
}

export type Added = { row: IntegrationRow } | { pairTaken: true };

/** `check` sees the two connections, locked against deletion, and may refuse by throwing. */
export async function addIntegration(
  db: Database,
  integration: NewIntegration,
  check: (source: ConnectionRow | null, destination: ConnectionRow | null) => void,
  by: Actor,
): Promise<Added> {
  return await db.orm.transaction(async (tx): Promise<Added> => {
    const found = await tx
      .select()
      .from(connections)
      .where(
        and(
          inArray(connections.id, [integration.sourceId, integration.destinationId]),
          isNull(connections.deletedAt),
        ),
      )
      .orderBy(asc(connections.id))
      .for('share');
    const byId = (id: string) => found.find((row) => row.id === id) ?? null;
    check(byId(integration.sourceId), byId(integration.destinationId));
    const [row] = await tx
      .insert(integrations)
      .values({ id: uuid(), ...integration })
      .onConflictDoNothing()
      .returning();
    if (!row) return { pairTaken: true };
    await record(tx, by, entryOf('integration.create', row.id, { after: { ...integration } }));
    return { row };
  });
}

export async function getIntegration(db: Database, id: string): Promise<IntegrationRow | null> {
  const [row] = await db.orm
    .select()
    .from(integrations)
    .where(and(eq(integrations.id, id), isNull(integrations.deletedAt)));
  return row ?? null;
}

/** What an integration runs between. */
export interface IntegrationEndpoints {
  integrationId: string;
  sourceId: string;
  destinationId: string;
  destinationKind: string;
}

export async function integrationEndpoints(
  { sql }: Database,
  integrationId: string,
): Promise<IntegrationEndpoints | null> {
  const [ends] = await sql<IntegrationEndpoints[]>`
    select i.id as "integrationId", i.source_id as "sourceId", i.destination_id as "destinationId", d.kind as "destinationKind"
    from integrations i join connections d on d.id = i.destination_id
    where i.id = ${integrationId} and i.deleted_at is null`;
  return ends ?? null;
}

/** What it lists on schedule; null without one. */
export async function scheduleOf({ sql }: Database, integrationId: string): Promise<ScheduleSpec | null> {
  const [row] = await sql<{ schedule: ScheduleSpec | null }[]>`
    select schedule from integrations where id = ${integrationId} and deleted_at is null
      and coalesce(options ->> 'mode', 'apply') <> 'paused'`;
  return row?.schedule ?? null;
}

export async function scheduledIntegrations({
  sql,
}: Database): Promise<{ id: string; schedule: ScheduleSpec }[]> {
  return await sql<{ id: string; schedule: ScheduleSpec }[]>`
    select id, schedule from integrations where deleted_at is null and schedule is not null`;
}

/** Oldest first, one more than `limit` where there is a next page. Ids rise with time. */
export async function listIntegrations(
  db: Database,
  filter: { connectionId?: string },
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<IntegrationRow[]> {
  const { connectionId } = filter;
  return await db.orm
    .select()
    .from(integrations)
    .where(
      and(
        isNull(integrations.deletedAt),
        connectionId
          ? or(eq(integrations.sourceId, connectionId), eq(integrations.destinationId, connectionId))
          : undefined,
        after ? gt(integrations.id, after[0]) : undefined,
      ),
    )
    .orderBy(asc(integrations.id))
    .limit(limit + 1);
}

export type IntegrationChange = Partial<Pick<IntegrationRow, 'name' | 'options'>>;

/** Changes a row under its lock; `change` sees it as it is and may refuse by throwing. */
export async function changeIntegration(
  db: Database,
  id: string,
  change: (row: IntegrationRow) => IntegrationChange,
  by: Actor,
): Promise<IntegrationRow | null> {
  return await withIntegration(db, id, async (row, tx) => {
    const changes = change(row);
    if (Object.keys(changes).length === 0) return row;
    const [changed] = await tx
      .update(integrations)
      .set({ ...changes, version: row.version + 1, updatedAt: new Date() })
      .where(eq(integrations.id, id))
      .returning();
    await record(tx, by, entryOf('integration.update', id, changedFields(told(row), told(changed!))));
    return changed!;
  });
}

/** An integration for people to read: option by option. */
const told = ({ name, options }: IntegrationRow): Record<string, unknown> => ({ name, ...options });

const entryOf = (
  action: string,
  id: string,
  values: { before?: Record<string, unknown>; after?: Record<string, unknown> },
) => ({ action, target: ['integration', id] as const, integrationId: id, ...values });

/** Sets or clears the schedule; `apply` changes Temporal's side, and if it fails the row stays as it was. */
export async function changeSchedule(
  db: Database,
  id: string,
  schedule: ScheduleSpec | null,
  apply: (row: IntegrationRow) => Promise<void>,
  by: Actor,
): Promise<IntegrationRow | null> {
  return await withIntegration(db, id, async (row, tx) => {
    await apply(row);
    const [changed] = await tx
      .update(integrations)
      .set({ schedule })
      .where(eq(integrations.id, id))
      .returning();
    const values = changedFields({ ...row.schedule }, { ...schedule });
    await record(tx, by, entryOf(schedule ? 'schedule.set' : 'schedule.remove', id, values));
    return changed!;
  });
}

export type RemovedIntegration = { removed: IntegrationRow } | { running: string } | null;

/** Deletes an integration of which no import runs; `last` sees the row and does what must not be left undone. */
export async function removeIntegration(
  db: Database,
  id: string,
  last: (row: IntegrationRow) => Promise<void>,
  by: Actor,
): Promise<RemovedIntegration> {
  return await withIntegration<Exclude<RemovedIntegration, null>>(db, id, async (row, tx) => {
    const [running] = await tx
      .select({ id: imports.id })
      .from(imports)
      .where(and(eq(imports.integrationId, id), eq(imports.state, 'running')))
      .limit(1);
    if (running) return { running: running.id };
    await last(row);
    await tx
      .update(integrations)
      .set({ deletedAt: new Date(), schedule: null, version: row.version + 1 })
      .where(eq(integrations.id, id));
    const before = { ...told(row), schedule: row.schedule };
    await record(tx, by, entryOf('integration.delete', id, { before }));
    return { removed: row };
  });
}

type Transaction = Parameters<Parameters<Database['orm']['transaction']>[0]>[0];

async function withIntegration<T>(
  db: Database,
  id: string,
  use: (row: IntegrationRow, tx: Transaction) => Promise<T>,
): Promise<T | null> {
  return await db.orm.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(integrations)
      .where(and(eq(integrations.id, id), isNull(integrations.deletedAt)))
      .for('update');
    return row ? await use(row, tx) : null;
  });
}
