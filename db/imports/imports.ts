import type { TransactionSql } from 'postgres';
import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { noCounts, noProgress } from '../../domain/import.ts';
import type { IntegrationMode } from '../../domain/kinds.ts';
import { record } from '../audit/audit.ts';
import type { Database, Sql } from '../client.ts';
import { quarantineItems } from '../planner/quarantine.ts';
import { imports } from '../schema.ts';
import { columnsOf } from '../sql.ts';

/** The rows of `imports`: opened here, filled by the engine, shown by the API. */
export type ImportRow = typeof imports.$inferSelect;

export interface ImportRequest {
  integrationId: string;
  kind: ImportRow['kind'];
  mode: ImportRow['mode'];
  trigger: ImportRow['trigger'];
  /** null means all customers. */
  customerIds: string[] | null;
  /** Set when a preview is applied, with its selected items (null for all). */
  previewId: string | null;
  itemIds: string[] | null;
  startedBy: Actor;
}

const importColumns = columnsOf(imports);

export type Opened =
  | { row: ImportRow; opened: 'new' | 'joined' }
  /** Another import of this kind is running and cannot be joined. */
  | { running: ImportRow };

/** Creates an import, or joins the running one if it does what is asked. */
export async function openImport({ sql }: Database, request: ImportRequest): Promise<Opened> {
  return (await sql.begin((tx) => open(tx, request, uuid()))) as Opened;
}

/** The earlier use of a key: the same request gets the same answer, another request is refused. */
export type Replayed = { row: ImportRow; opened: 'replayed' } | { reused: true };
export type OpenedOnce = Opened | Replayed;

export interface Once {
  key: string;
  fingerprint: string;
}

/** What the key was used for within 24 hours; null if it is unused. */
export async function replayOf(sql: Sql | TransactionSql, once: Once): Promise<Replayed | null> {
  const [kept] = await sql<{ fingerprint: string; import_id: string }[]>`
    select fingerprint, import_id from idempotency_keys
    where key = ${once.key} and created_at >= now() - interval '24 hours'`;
  if (!kept) return null;
  if (kept.fingerprint !== once.fingerprint) return { reused: true };
  const row = await getImport({ sql }, kept.import_id);
  return row && { row, opened: 'replayed' };
}

/** The same with the caller's idempotency key: the same request returns the same import, a different one is refused. */
export async function openImportOnce(
  { sql }: Database,
  request: ImportRequest,
  once: Once,
): Promise<OpenedOnce> {
  return (await sql.begin(async (tx): Promise<OpenedOnce> => {
    const importId = uuid();
    // A concurrent request with the same key waits here for our commit, then sees our row.
    const claimed = await tx`
      insert into idempotency_keys as k (key, fingerprint, import_id) values (${once.key}, ${once.fingerprint}, ${importId})
      on conflict (key) do update set import_id = excluded.import_id, fingerprint = excluded.fingerprint, created_at = now()
        where k.created_at < now() - interval '24 hours'`;
    if (claimed.count === 0) {
      const replayed = await replayOf(tx, once);
      if (replayed) return replayed;
    }
    const opened = await open(tx, request, importId);
    // A refused request does not use up its key.
    if ('running' in opened) await tx`delete from idempotency_keys where key = ${once.key}`;
    else await tx`update idempotency_keys set import_id = ${opened.row.id} where key = ${once.key}`;
    return opened;
  })) as OpenedOnce;
}

/** Refuses what the mode forbids: applying a preview if it only observes, everything but previews if it is paused. */
export class ModeForbids extends Error {
  override readonly name = 'ModeForbids';
  readonly mode: IntegrationMode;

  constructor(mode: IntegrationMode) {
    super(`the integration's mode is ${mode}`);
    this.mode = mode;
  }
}

/** Its integration was deleted, perhaps just now. */
export class IntegrationGone extends Error {
  override readonly name = 'IntegrationGone';
}

async function open(tx: TransactionSql, request: ImportRequest, id: string): Promise<Opened> {
  const { integrationId, kind, trigger, previewId } = request;
  const [integration] = await tx<{ mode: IntegrationMode }[]>`
    select coalesce(options ->> 'mode', 'apply') as mode from integrations where id = ${integrationId} and deleted_at is null for key share`;
  if (!integration) throw new IntegrationGone(`integration ${integrationId} is deleted`);
  const mode = modeOf(request, integration.mode);
  for (;;) {
    const [inserted] = await tx<ImportRow[]>`
      insert into imports (id, integration_id, kind, mode, trigger, preview_id, customer_ids, item_ids, started_by, state, progress, counts)
      values (${id}, ${integrationId}, ${kind}, ${mode}, ${trigger}, ${previewId}, ${json(request.customerIds)}::text::jsonb,
        ${json(request.itemIds)}::text::jsonb, ${json(request.startedBy)}::text::jsonb, 'running', ${json(noProgress)}::text::jsonb, ${json(noCounts)}::text::jsonb)
      on conflict (integration_id, kind) where state = 'running' do nothing
      returning ${tx.unsafe(importColumns)}`;
    if (inserted) {
      await record(tx, request.startedBy, startOf(inserted));
      return { row: inserted, opened: 'new' };
    }
    const [running] = await tx<ImportRow[]>`
      select ${tx.unsafe(importColumns)} from imports
      where integration_id = ${integrationId} and kind = ${kind} and state = 'running'`;
    // It ended between the two statements: try again.
    if (!running) continue;
    return joins({ ...request, mode }, running) ? { row: running, opened: 'joined' } : { running };
  }
}

function modeOf({ mode, previewId }: ImportRequest, integration: IntegrationMode): ImportRow['mode'] {
  if (mode !== 'apply' || integration === 'apply') return mode;
  if (integration === 'paused' || previewId !== null) throw new ModeForbids(integration);
  return 'observe';
}

const startOf = ({ id, integrationId, kind, mode, customerIds, previewId, itemIds }: ImportRow) => ({
  action: 'import.start',
  target: ['import', id] as const,
  integrationId,
  importId: id,
  after: { kind, mode, customers: customerIds?.length ?? 'all', previewId, items: itemIds?.length ?? 'all' },
});

const json = (value: object | null) => value && JSON.stringify(value);

/** Whether a running import does what is asked: same kind and mode, and it covers the customers. */
function joins(request: ImportRequest, running: ImportRow): boolean {
  const covered = running.customerIds && new Set(running.customerIds);
  return (
    request.mode === running.mode &&
    request.previewId === null &&
    running.previewId === null &&
    !running.cancelling &&
    (!covered || (request.customerIds?.every((id) => covered.has(id)) ?? false))
  );
}

/** The input of its workflow: `ImportInput` of temporal/messages, which stores must not import. */
export interface ImportStart {
  importId: string;
  integrationId: string;
  kind: ImportRow['kind'];
  mode: ImportRow['mode'];
  connectionKind: string;
  sourceId: string;
  destinationId: string;
  flow: 'push' | 'pull';
  customerIds: string[] | null;
  previewId: string | null;
}

export async function importInputOf(db: Database, importId: string): Promise<ImportStart> {
  const [found] = await db.sql<(Omit<ImportStart, 'flow'> & { destinationKind: string })[]>`
    select m.id as "importId", m.integration_id as "integrationId", m.kind, m.mode, s.kind as "connectionKind",
      i.source_id as "sourceId", i.destination_id as "destinationId", d.kind as "destinationKind",
      m.customer_ids as "customerIds", m.preview_id as "previewId"
    from imports m join integrations i on i.id = m.integration_id
      join connections s on s.id = i.source_id join connections d on d.id = i.destination_id
    where m.id = ${importId}`;
  if (!found) throw new Error(`import ${importId} does not exist`);
  const { destinationKind, ...input } = found;
  return { ...input, flow: pullKinds.includes(destinationKind) ? 'pull' : 'push' };
}

/** The same as in the connectors' definitions, which stores must not import. */
const pullKinds: readonly string[] = ['work365'];

/** Stores the run that works on it; false if it was stored before. */
export async function noteRun(sql: Sql, importId: string, runId: string): Promise<boolean> {
  const { count } = await sql`
    update imports set run_id = ${runId} where id = ${importId} and run_id is distinct from ${runId}`;
  return count > 0;
}

/** Attaches a listing: its completeness decides what may be deactivated; its unreadable records become items. */
export async function attachListing(sql: Sql, importId: string, collectionId: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`
      update imports i set collection_id = c.id, completeness = c.completeness
      from collections c where i.id = ${importId} and c.id = ${collectionId}`;
    await quarantineItems(tx, { importId, collectionId });
  });
}

/** An applied preview uses the listing the preview was made from. */
export async function attachListingOf(sql: Sql, importId: string, previewId: string): Promise<void> {
  await sql`
    update imports i set collection_id = p.collection_id, completeness = p.completeness
    from imports p where i.id = ${importId} and p.id = ${previewId}`;
}

type Running = Pick<ImportRow, 'id' | 'kind' | 'integrationId'>;

/** Imports that have run for a while. */
export async function runningImports(sql: Sql): Promise<Running[]> {
  return await sql<Running[]>`
    select id, kind, integration_id as "integrationId" from imports
    where state = 'running' and started_at < now() - interval '15 seconds'`;
}

export async function setRun({ sql }: Database, importId: string, runId: string): Promise<void> {
  await sql`update imports set run_id = ${runId} where id = ${importId}`;
}

export async function getImport(
  { sql }: { sql: Sql | TransactionSql },
  id: string,
): Promise<ImportRow | null> {
  const [row] = await sql<ImportRow[]>`select ${sql.unsafe(importColumns)} from imports where id = ${id}`;
  return row ?? null;
}

/** A later import of this kind that wrote something, so that a preview is out of date. */
export async function overtaken(db: Database, preview: ImportRow): Promise<string | null> {
  const [later] = await db.sql<{ id: string }[]>`
    select id from imports i
    where integration_id = ${preview.integrationId} and kind = ${preview.kind} and mode = 'apply'
      and id > ${preview.id} and exists (select 1 from items where import_id = i.id and outcome = 'applied')
    order by id limit 1`;
  return later?.id ?? null;
}

/** From now on nobody can join it. */
export async function markCancelling({ sql }: Database, importId: string, by: Actor): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx<{ integrationId: string }[]>`
      update imports set cancelling = true where id = ${importId} and state = 'running' and not cancelling
      returning integration_id as "integrationId"`;
    if (row)
      await record(tx, by, { action: 'import.cancel', target: ['import', importId], importId, ...row });
  });
}
