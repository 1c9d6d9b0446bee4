import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { noCounts, noProgress } from '../domain/import.ts';
import type { Database, Orm } from './client.ts';
import { idempotencyKeys, imports, integrations } from './schema.ts';

/** The rows of `imports`: opened here, filled by the engine, shown by the API. */
export type ImportRow = typeof imports.$inferSelect;

export interface ImportRequest {
  integrationId: string;
  kind: ImportRow['kind'];
  mode: ImportRow['mode'];
  trigger: ImportRow['trigger'];
  /** null: all customers. */
  customerIds: string[] | null;
  /** Set when a preview is applied, with the items chosen of it (null: all). */
  previewId: string | null;
  itemIds: string[] | null;
}

export type Opened =
  | { row: ImportRow; opened: 'new' | 'joined' }
  /** Another import of this kind runs, and the request cannot join it. */
  | { running: ImportRow };

/** Mints the import and inserts its row, or joins the one that runs if it does what is asked. */
export const openImport = (db: Database, request: ImportRequest): Promise<Opened> =>
  db.orm.transaction((tx) => open(tx, request, uuid()));

export type OpenedOnce = Opened | { row: ImportRow; opened: 'replayed' } | { reused: true };

/** The same under a key its caller chose: the same request again answers the same import, another one is refused. */
export async function openImportOnce(
  db: Database,
  request: ImportRequest,
  once: { key: string; fingerprint: string },
): Promise<OpenedOnce> {
  return await db.orm.transaction(async (tx): Promise<OpenedOnce> => {
    const importId = uuid();
    // A rival with the same key waits here for our commit, then sees our row.
    const [claimed] = await tx
      .insert(idempotencyKeys)
      .values({ ...once, importId })
      .onConflictDoUpdate({
        target: idempotencyKeys.key,
        set: { importId, fingerprint: once.fingerprint, createdAt: sql`now()` },
        setWhere: sql`${idempotencyKeys.createdAt} < now() - interval '24 hours'`,
      })
      .returning();
    if (!claimed) {
      const [kept] = await tx.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, once.key));
      if (kept?.fingerprint !== once.fingerprint) return { reused: true };
      const [row] = await tx.select().from(imports).where(eq(imports.id, kept.importId));
      if (row) return { row, opened: 'replayed' };
    }
    const opened = await open(tx, request, importId);
    // A refused request leaves its key free for the next try.
    if ('running' in opened) await tx.delete(idempotencyKeys).where(eq(idempotencyKeys.key, once.key));
    else
      await tx
        .update(idempotencyKeys)
        .set({ importId: opened.row.id })
        .where(eq(idempotencyKeys.key, once.key));
    return opened;
  });
}

/** Its integration was deleted, perhaps a moment ago. */
export class IntegrationGone extends Error {
  override readonly name = 'IntegrationGone';
}

async function open(tx: Pick<Orm, 'insert' | 'select'>, request: ImportRequest, id: string): Promise<Opened> {
  const [integration] = await tx
    .select({ deletedAt: integrations.deletedAt })
    .from(integrations)
    .where(eq(integrations.id, request.integrationId))
    .for('key share');
  if (!integration || integration.deletedAt)
    throw new IntegrationGone(`integration ${request.integrationId} is deleted`);
  for (;;) {
    const [inserted] = await tx
      .insert(imports)
      .values({ ...request, id, state: 'running', progress: noProgress, counts: noCounts })
      .onConflictDoNothing({ target: [imports.integrationId, imports.kind], where: sql`state = 'running'` })
      .returning();
    if (inserted) return { row: inserted, opened: 'new' };
    const [running] = await tx
      .select()
      .from(imports)
      .where(
        and(
          eq(imports.integrationId, request.integrationId),
          eq(imports.kind, request.kind),
          eq(imports.state, 'running'),
        ),
      );
    // Gone between the two statements: the way is free now.
    if (!running) continue;
    return joins(request, running) ? { row: running, opened: 'joined' } : { running };
  }
}

/** A running import does what is asked: same kind and mode, and it covers the customers. */
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

/** What its workflow is started with: `ImportInput` of temporal/messages, which stores do not import. */
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

/** The definitions say the same; stores do not import connectors. */
const pullKinds: readonly string[] = ['work365'];

export async function setRun(db: Database, importId: string, runId: string): Promise<void> {
  await db.orm.update(imports).set({ runId }).where(eq(imports.id, importId));
}

export async function getImport(db: Database, id: string): Promise<ImportRow | null> {
  const [row] = await db.orm.select().from(imports).where(eq(imports.id, id));
  return row ?? null;
}

/** A later import of its kind that wrote something, after which a preview no longer shows what would happen. */
export async function overtaken(db: Database, preview: ImportRow): Promise<string | null> {
  const [later] = await db.sql<{ id: string }[]>`
    select id from imports i
    where integration_id = ${preview.integrationId} and kind = ${preview.kind} and mode = 'apply'
      and id > ${preview.id} and exists (select 1 from items where import_id = i.id and outcome = 'applied')
    order by id limit 1`;
  return later?.id ?? null;
}

/** Nobody joins it from now on. */
export async function markCancelling(db: Database, importId: string): Promise<void> {
  await db.orm
    .update(imports)
    .set({ cancelling: true })
    .where(and(eq(imports.id, importId), eq(imports.state, 'running')));
}
