import type { TransactionSql } from 'postgres';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import { changedFields } from '../audit/changed.ts';
import type { Database, Sql } from '../client.ts';
import { connections, type MarkerSupport } from '../schema.ts';
import { columnsOf, inIds } from '../sql.ts';

/** The rows of `connections`. Credentials are stored sealed and returned only to code that opens them. */
export type ConnectionRow = typeof connections.$inferSelect;

const connectionColumns = columnsOf(connections);

type NewConnection = Pick<ConnectionRow, 'id' | 'kind' | 'role' | 'name' | 'settings' | 'credentials'>;

export async function addConnection(
  { sql }: Database,
  { id, kind, role, name, settings, credentials }: NewConnection,
  by: Actor,
): Promise<ConnectionRow> {
  return await sql.begin(async (tx) => {
    const [row] = await tx<ConnectionRow[]>`
      insert into connections (id, kind, role, name, settings, credentials)
      values (${id}, ${kind}, ${role}, ${name}, ${tx.json(settings as never)}, ${credentials})
      returning ${tx.unsafe(connectionColumns)}`;
    const target = ['connection', id] as const;
    await record(tx, by, { action: 'connection.create', target, after: told(row!) });
    return row!;
  });
}

/** A connection as shown to people, without its credentials. */
const told = ({ kind, name, settings }: ConnectionRow) => ({ kind, name, settings });

export async function getConnection(
  { sql }: Pick<Database, 'sql'>,
  id: string,
): Promise<ConnectionRow | null> {
  const [row] = await sql<ConnectionRow[]>`
    select ${sql.unsafe(connectionColumns)} from connections where id = ${id} and deleted_at is null`;
  return row ?? null;
}

/** Oldest first, one more than `limit` if there is a next page. Ids rise with time. */
export async function listConnections(
  { sql }: Database,
  { kind, role }: { kind?: string; role?: string },
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<ConnectionRow[]> {
  return await sql<ConnectionRow[]>`
    select ${sql.unsafe(connectionColumns)} from connections
    where deleted_at is null ${kind ? sql`and kind = ${kind}` : sql``}
      ${role ? sql`and role = ${role}` : sql``}
      ${after ? sql`and id > ${after[0]}` : sql``}
    order by id limit ${limit + 1}`;
}

/** The kind of a connection, deleted or not. */
export async function connectionKind(sql: Sql, id: string): Promise<string> {
  const [row] = await sql<{ kind: string }[]>`select kind from connections where id = ${id}`;
  return row!.kind;
}

/** The account the connection belongs to; stores the one found if there was none. */
export async function rememberAccount(sql: Sql, id: string, found: string | null): Promise<string | null> {
  const [row] = await sql<{ identity: string | null }[]>`
    update connections set identity = coalesce(identity, ${found}) where id = ${id} returning identity`;
  return row?.identity ?? null;
}

export async function recordTest(
  sql: Sql,
  id: string,
  tested: Omit<NonNullable<ConnectionRow['lastTest']>, 'at'>,
): Promise<void> {
  const lastTest = { at: new Date().toISOString(), ...tested };
  await sql`update connections set last_test = ${sql.json(lastTest as never)} where id = ${id}`;
}

/** Stores what the first create at a destination showed about markers. */
export async function rememberMarkerSupport(
  sql: Sql,
  id: string,
  entity: 'client' | 'licence',
  support: MarkerSupport,
): Promise<void> {
  await sql`update connections set traces = traces || ${sql.json({ [entity]: support })} where id = ${id}`;
}

export type Change = Partial<Pick<ConnectionRow, 'name' | 'settings' | 'credentials'>>;

/** Changes a row under its lock; `change` gets the current row and may refuse by throwing. */
export async function changeConnection(
  { sql }: Database,
  id: string,
  change: (row: ConnectionRow) => Change,
  by: Actor,
): Promise<ConnectionRow | null> {
  return await sql.begin(async (tx) => {
    const row = await lockedConnection(tx, id);
    if (!row) return null;
    const changes = change(row);
    if (Object.keys(changes).length === 0) return row;
    const { name, settings, credentials } = { ...row, ...changes };
    const [changed] = await tx<ConnectionRow[]>`
      update connections set name = ${name}, settings = ${tx.json(settings as never)}, credentials = ${credentials},
        version = version + 1, updated_at = now()
      where id = ${id} returning ${tx.unsafe(connectionColumns)}`;
    const { before, after } = changedFields(told(row), told(changed!));
    if (changes.credentials !== undefined) after.credentials = 'changed';
    await record(tx, by, { action: 'connection.update', target: ['connection', id], before, after });
    return changed!;
  });
}

/** The given connections that are not deleted, locked against deletion until the transaction ends. */
export async function connectionsShared(tx: TransactionSql, ids: string[]): Promise<ConnectionRow[]> {
  return await tx<ConnectionRow[]>`
    select ${tx.unsafe(connectionColumns)} from connections
    where id in ${inIds(tx, ids, 'uuid')} and deleted_at is null order by id for share`;
}

async function lockedConnection(tx: TransactionSql, id: string): Promise<ConnectionRow | null> {
  const [row] = await tx<ConnectionRow[]>`
    select ${tx.unsafe(connectionColumns)} from connections where id = ${id} and deleted_at is null for update`;
  return row ?? null;
}

export type Removed = { removed: ConnectionRow } | { inUse: { id: string; name: string }[] } | null;

/**
 * Deletes a connection that no integration or notice channel uses: credentials and tokens at once; its ledger at once
 * with `purge`, otherwise by housekeeping after 30 days. `check` gets the row first and may refuse by throwing.
 */
export async function removeConnection(
  { sql }: Database,
  id: string,
  { purge, by }: { purge: boolean; by: Actor },
  check: (row: ConnectionRow) => void = () => {},
): Promise<Removed> {
  const outcome = await sql.begin(async (tx): Promise<Removed> => {
    const row = await lockedConnection(tx, id);
    if (!row) return null;
    check(row);
    const users = await tx<{ id: string; name: string }[]>`
      select id, name from integrations
      where deleted_at is null and (source_id = ${id} or destination_id = ${id})
      union all select id, name from notice_channels where settings ->> 'connectionId' = ${id}`;
    if (users.length > 0) return { inUse: [...users] };
    await tx`delete from token_attempts where connection_id = ${id}`;
    await tx`delete from tokens where connection_id = ${id}`;
    await tx`
      update connections set credentials = null, deleted_at = now(), version = version + 1 where id = ${id}`;
    const entry = { before: told(row), after: { ledger: purge ? 'purged' : 'kept for 30 days' } };
    await record(tx, by, { action: 'connection.delete', target: ['connection', id], ...entry });
    return { removed: row };
  });
  if (purge && outcome && 'removed' in outcome) await purgeLedger(sql, id);
  return outcome;
}

const ledgerTables = [
  'customers', 'subscriptions', 'clients', 'licences', 'links', 'absences', 'ledger_history', 'offers',
  'people', 'agent_mappings', 'subscription_names',
  'charge_months', 'charge_documents', 'charges',
]; // biome-ignore format: a table

/** Deletes what was listed of a connection; its imports keep their items. */
export async function purgeLedger(sql: Sql, connectionId: string): Promise<void> {
  for (const table of ledgerTables)
    await sql`delete from ${sql(table)} where connection_id = ${connectionId}`;
  await sql`delete from collections where connection_id = ${connectionId}`;
}
