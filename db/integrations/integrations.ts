import type { TransactionSql } from 'postgres';
import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import { changedFields } from '../audit/changed.ts';
import type { Database } from '../client.ts';
import { type ConnectionRow, connectionsShared } from '../connections/connections.ts';
import { type IntegrationOptions, integrations, type ScheduleSeen, type ScheduleSpec } from '../schema.ts';
import { columnsOf } from '../sql.ts';

/** The rows of `integrations`: one distributor connection feeding one destination connection. */
export type IntegrationRow = typeof integrations.$inferSelect;

const columns = columnsOf(integrations);

export interface NewIntegration {
  name: string;
  sourceId: string;
  destinationId: string;
  options: IntegrationOptions;
}

export type Added = { row: IntegrationRow } | { pairTaken: true };

/** `check` gets both connections, locked against deletion, and may refuse by throwing. */
export async function addIntegration(
  { sql }: Database,
  integration: NewIntegration,
  check: (source: ConnectionRow | null, destination: ConnectionRow | null) => void,
  by: Actor,
): Promise<Added> {
  return await sql.begin(async (tx): Promise<Added> => {
    const { name, sourceId, destinationId, options } = integration;
    const found = await connectionsShared(tx, [sourceId, destinationId]);
    const byId = (id: string) => found.find((row) => row.id === id) ?? null;
    check(byId(sourceId), byId(destinationId));
    const [row] = await tx<IntegrationRow[]>`
      insert into integrations (id, name, source_id, destination_id, options)
      values (${uuid()}, ${name}, ${sourceId}, ${destinationId}, ${tx.json(options as never)})
      on conflict do nothing returning ${tx.unsafe(columns)}`;
    if (!row) return { pairTaken: true };
    await record(tx, by, entryOf('integration.create', row.id, { after: { ...integration } }));
    return { row };
  });
}

export async function getIntegration({ sql }: Database, id: string): Promise<IntegrationRow | null> {
  const [row] = await sql<IntegrationRow[]>`
    select ${sql.unsafe(columns)} from integrations where id = ${id} and deleted_at is null`;
  return row ?? null;
}

/** The two connections of an integration. */
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

/** What its schedule lists; null without one. */
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

/** Oldest first, one more than `limit` if there is a next page. Ids rise with time. */
export async function listIntegrations(
  { sql }: Database,
  { connectionId }: { connectionId?: string },
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<IntegrationRow[]> {
  return await sql<IntegrationRow[]>`
    select ${sql.unsafe(columns)} from integrations
    where deleted_at is null
      ${connectionId ? sql`and (source_id = ${connectionId} or destination_id = ${connectionId})` : sql``}
      ${after ? sql`and id > ${after[0]}` : sql``}
    order by id limit ${limit + 1}`;
}

export type IntegrationChange = Partial<Pick<IntegrationRow, 'name' | 'options'>>;

/** Changes a row under its lock; `change` gets the current row and may refuse by throwing. */
export async function changeIntegration(
  db: Database,
  id: string,
  change: (row: IntegrationRow) => IntegrationChange,
  by: Actor,
): Promise<IntegrationRow | null> {
  return await withIntegration(db, id, async (row, tx) => {
    const changes = change(row);
    if (Object.keys(changes).length === 0) return row;
    const { name, options } = { ...row, ...changes };
    const [changed] = await tx<IntegrationRow[]>`
      update integrations set name = ${name}, options = ${tx.json(options as never)}, version = version + 1,
        updated_at = now()
      where id = ${id} returning ${tx.unsafe(columns)}`;
    await record(tx, by, entryOf('integration.update', id, changedFields(told(row), told(changed!))));
    return changed!;
  });
}

/** An integration as shown to people, option by option. */
const told = ({ name, options }: IntegrationRow): Record<string, unknown> => ({ name, ...options });

const entryOf = (
  action: string,
  id: string,
  values: { before?: Record<string, unknown>; after?: Record<string, unknown> },
) => ({ action, target: ['integration', id] as const, integrationId: id, ...values });

/** Sets or clears the schedule; `apply` changes it in Temporal, and if that fails the row stays as it was. */
export async function changeSchedule(
  db: Database,
  id: string,
  schedule: ScheduleSpec | null,
  apply: (row: IntegrationRow) => Promise<void>,
  by: Actor,
): Promise<IntegrationRow | null> {
  return await withIntegration(db, id, async (row, tx) => {
    await apply(row);
    const [changed] = await tx<IntegrationRow[]>`
      update integrations set schedule = ${schedule && JSON.stringify(schedule)}::text::jsonb, scheduled_at = now(), schedule_seen = null
      where id = ${id} returning ${tx.unsafe(columns)}`;
    const values = changedFields({ ...row.schedule }, { ...schedule });
    await record(tx, by, entryOf(schedule ? 'schedule.set' : 'schedule.remove', id, values));
    return changed!;
  });
}

/** Runs are expected from now on: those of a pause are not missed. */
export async function expectRunsFromNow({ sql }: Pick<Database, 'sql'>, id: string): Promise<void> {
  await sql`update integrations set scheduled_at = now(), schedule_seen = null where id = ${id}`;
}

export interface WatchedSchedule {
  id: string;
  name: string;
  schedule: ScheduleSpec;
  seen: ScheduleSeen | null;
}

/** Schedules as they are wanted, with what was last seen of each at Temporal. */
export async function watchedSchedules({ sql }: Pick<Database, 'sql'>): Promise<WatchedSchedule[]> {
  return await sql<WatchedSchedule[]>`
    select id, name, schedule, schedule_seen as seen from integrations
    where deleted_at is null and schedule is not null order by id`;
}

export async function rememberSchedule(
  { sql }: Pick<Database, 'sql'>,
  id: string,
  seen: ScheduleSeen,
): Promise<void> {
  const text = JSON.stringify(seen);
  await sql`
    update integrations set schedule_seen = ${text}::text::jsonb
    where id = ${id} and schedule is not null and schedule_seen is distinct from ${text}::text::jsonb`;
}

/** Hands on the schedule that is wanted, null for none, while nobody else can change it. */
export async function withWantedSchedule(
  { sql }: Pick<Database, 'sql'>,
  id: string,
  use: (schedule: ScheduleSpec | null) => Promise<void>,
): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx<{ schedule: ScheduleSpec | null; gone: boolean }[]>`
      select schedule, deleted_at is not null as gone from integrations where id = ${id} for update`;
    await use(row && !row.gone ? row.schedule : null);
  });
}

export type RemovedIntegration = { removed: IntegrationRow } | { running: string } | null;

/** Deletes an integration without running imports; `last` gets the row and cleans up what depends on it. */
export async function removeIntegration(
  db: Database,
  id: string,
  last: (row: IntegrationRow) => Promise<void>,
  by: Actor,
): Promise<RemovedIntegration> {
  return await withIntegration<Exclude<RemovedIntegration, null>>(db, id, async (row, tx) => {
    const [running] = await tx<{ id: string }[]>`
      select id from imports where integration_id = ${id} and state = 'running' limit 1`;
    if (running) return { running: running.id };
    await last(row);
    await tx`
      update integrations set deleted_at = now(), schedule = null, version = version + 1 where id = ${id}`;
    const before = { ...told(row), schedule: row.schedule };
    await record(tx, by, entryOf('integration.delete', id, { before }));
    return { removed: row };
  });
}

async function withIntegration<T>(
  { sql }: Database,
  id: string,
  use: (row: IntegrationRow, tx: TransactionSql) => Promise<T>,
): Promise<T | null> {
  return (await sql.begin(async (tx) => {
    const [row] = await tx<IntegrationRow[]>`
      select ${tx.unsafe(columns)} from integrations where id = ${id} and deleted_at is null for update`;
    return row ? await use(row, tx) : null;
  })) as T | null;
}
