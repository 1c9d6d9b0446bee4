import { createHash } from 'node:crypto';
import { failedAmong, type ItemFilter, itemIdsOf } from '../../../db/imports/groups.ts';
import {
  getImport,
  type ImportRequest,
  type ImportRow,
  importInputOf,
  type OpenedOnce,
  openImport,
  openImportOnce,
  overtaken,
  replayOf,
  setRun,
} from '../../../db/imports/imports.ts';
import { foreignItems } from '../../../db/imports/queries.ts';
import { integrationEndpoints } from '../../../db/integrations/integrations.ts';
import { unknownCustomers } from '../../../db/ledger/queries.ts';
import type { Actor } from '../../../domain/actor.ts';
import { loggedError } from '../../../security/redact.ts';
import { within } from '../../../temporal/client.ts';
import { startImport } from '../../../temporal/start.ts';
import type { Context } from '../../context.ts';
import { found, invalid, Problem } from '../../problem.ts';
import { definitionFor } from '../connections/input.ts';

/** From a request to a running import: checked, opened once, started. */
export interface Wanted {
  kind: ImportRow['kind'];
  mode: ImportRow['mode'];
  customerIds?: string[];
}

export async function requestOf(
  context: Context,
  integrationId: string,
  wanted: Wanted,
  startedBy: Actor,
): Promise<ImportRequest> {
  const { sourceId, destinationKind } = found(
    await integrationEndpoints(context.db, integrationId),
    'integration',
  );
  if (wanted.mode === 'preview' && definitionFor(destinationKind).flow === 'pull')
    throw new Problem(
      'not-applicable',
      `${destinationKind} reads from Tributary: nothing is written, so there is nothing to preview.`,
    );
  const customerIds = wanted.customerIds ? [...new Set(wanted.customerIds)] : null;
  if (customerIds) {
    const unknown = await unknownCustomers(context.db, sourceId, customerIds);
    if (unknown.length > 0)
      throw invalid(
        namedAt(
          'customerIds',
          wanted.customerIds!,
          unknown,
          'is not a customer in the ledger; collect customers first if it is new',
        ),
      );
  }
  const { kind, mode } = wanted;
  const whole = { previewId: null, itemIds: null };
  return { integrationId, kind, mode, trigger: 'manual', customerIds, ...whole, startedBy };
}

/** The refused ids of a list, each at its first position. */
function namedAt(field: string, given: string[], refused: string[], why: string) {
  const places = new Map<string, number>();
  for (const [place, id] of given.entries()) if (!places.has(id)) places.set(id, place);
  return refused.map((id) => ({ pointer: `/${field}/${places.get(id)}`, detail: `${id} ${why}` }));
}

const day = 24 * 3_600_000;

/** A selection of an import's items: the named ones plus all that match the filter. Without either, all. */
export interface Chosen {
  itemIds?: string[];
  filter?: ItemFilter;
}

/** The import that applies a preview, or why that is impossible. */
export async function applicationOf(
  { db }: Context,
  previewId: string,
  chosen: Chosen,
  startedBy: Actor,
): Promise<ImportRequest> {
  const preview = found(await getImport(db, previewId), 'import');
  if (preview.mode !== 'preview') throw new Problem('not-applicable', 'This import is not a preview.');
  if (['running', 'failed', 'cancelled'].includes(preview.state))
    throw new Problem(
      'not-applicable',
      `This preview is ${preview.state}; only a completed one can be applied.`,
    );
  await requireFresh(db, preview, 'preview');
  const { itemIds = null } = chosen;
  const foreign = itemIds ? await foreignItems(db, previewId, itemIds) : [];
  if (foreign.length > 0)
    throw invalid(namedAt('itemIds', itemIds!, foreign, 'is not an item of this preview'));
  return again(preview, {
    trigger: 'preview',
    itemIds: chosen.filter || itemIds ? await idsOf(db, previewId, chosen, 'planned') : null,
    startedBy,
  });
}

/** The import that retries failed items, or why that is impossible. */
export async function retryOf(
  { db }: Context,
  importId: string,
  chosen: Chosen,
  startedBy: Actor,
): Promise<ImportRequest> {
  const row = found(await getImport(db, importId), 'import');
  if (row.mode !== 'apply')
    throw new Problem('not-applicable', `This import is of mode ${row.mode}: it wrote nothing.`);
  if (row.state === 'running') throw new Problem('not-applicable', 'This import still runs.');
  await requireFresh(db, row, 'import');
  const { itemIds = [] } = chosen;
  const failed = await failedAmong(db.sql, importId, itemIds);
  const others = itemIds.filter((id) => !failed.has(id));
  if (others.length > 0)
    throw invalid(namedAt('itemIds', itemIds, others, 'is not a failed item of this import'));
  return again(row, { trigger: 'manual', itemIds: await idsOf(db, importId, chosen, 'failed'), startedBy });
}

const again = (
  { id, integrationId, kind, customerIds }: ImportRow,
  more: Pick<ImportRequest, 'trigger' | 'itemIds' | 'startedBy'>,
): ImportRequest => ({ integrationId, kind, mode: 'apply', customerIds, previewId: id, ...more });

/** A listing that is planned again must not be older than a day, nor older than a later write. */
export async function requireFresh(
  db: Context['db'],
  row: ImportRow,
  what: 'preview' | 'import',
): Promise<void> {
  if (Date.now() - row.finishedAt!.getTime() > day)
    throw new Problem('preview-expired', `This ${what} is older than 24 hours.`);
  const later = await overtaken(db, row);
  if (later)
    throw new Problem('preview-expired', `A later import has written since this ${what} was made.`, {
      importId: later,
    });
}

/** Items of one outcome: the named ones plus all that match; all without either. */
export async function idsOf(
  db: Context['db'],
  importId: string,
  { itemIds, filter }: Chosen,
  outcome: 'planned' | 'failed',
): Promise<string[]> {
  const fitting = filter || !itemIds ? await itemIdsOf(db.sql, importId, { ...filter, outcome }) : [];
  if (fitting.length === 0 && !itemIds)
    throw invalid([
      {
        pointer: filter ? '/filter' : '/',
        detail: outcome === 'failed' ? 'no failed item matches' : 'no planned item matches',
      },
    ]);
  return [...new Set([...(itemIds ?? []), ...fitting.map(({ id }) => id)])];
}

export interface Started {
  row: ImportRow;
  joined: boolean;
}

/**
 * Opens and starts. `idempotencyKey` is the caller's, `wish` its request: a repetition is not checked again, because
 * the import it started may have changed what the check would now say.
 */
export async function openAndStart(
  context: Context,
  validate: () => Promise<ImportRequest>,
  idempotencyKey: string | undefined,
  wish: unknown[],
): Promise<Started> {
  const { db } = context;
  const once = idempotencyKey === undefined ? null : { key: idempotencyKey, fingerprint: fingerprint(wish) };
  const opened: OpenedOnce = once
    ? ((await replayOf(db.sql, once)) ?? (await openImportOnce(db, await validate(), once)))
    : await openImport(db, await validate());
  if ('reused' in opened)
    throw new Problem(
      'invalid-request',
      'This Idempotency-Key was used for another request within 24 hours.',
      {
        status: 422,
        errors: [{ pointer: '/idempotency-key', detail: 'was used for another request' }],
      },
    );
  if ('running' in opened)
    throw new Problem('import-running', `A ${opened.running.mode} of ${opened.running.kind} runs already.`, {
      importId: opened.running.id,
    });
  const { row } = opened;
  // A replay of a request whose start failed starts the import now; starting is idempotent.
  const runId = row.runId === null && row.state === 'running' ? await start(context, row) : row.runId;
  return { row: { ...row, runId }, joined: opened.opened === 'joined' };
}

/**
 * Once its row exists, the import will run: if Temporal is unavailable now, housekeeping starts the workflow as soon as
 * it is back. So 202 is true, and the caller need not ask again.
 */
async function start(context: Context, row: ImportRow): Promise<string | null> {
  try {
    const client = context.temporal();
    const input = await importInputOf(context.db, row.id);
    const runId = await within(client, () => startImport(client, input));
    // Not awaited: if this update is lost, the workflow stores the run when it begins.
    setRun(context.db, row.id, runId).catch((error) =>
      context.log?.warn(
        { err: loggedError(error), importId: row.id },
        'could not store the run of an import',
      ),
    );
    return runId;
  } catch (error) {
    context.log?.warn(
      { err: loggedError(error), importId: row.id },
      'the import will be started by housekeeping',
    );
    return null;
  }
}

const fingerprint = (body: unknown) => createHash('sha256').update(JSON.stringify(body)).digest('base64url');
