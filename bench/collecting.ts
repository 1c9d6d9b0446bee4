import { v7 as uuid } from 'uuid';
import { importInputOf, openImport } from '../db/imports/imports.ts';
import { requestCollection } from '../db/ledger/collections.ts';
import { bySystem } from '../domain/actor.ts';
import { collectWorkflowId, importWorkflowId } from '../temporal/ids.ts';
import { startCollection, startImport } from '../temporal/start.ts';
import { type Cost, costOf } from './history.ts';
import type { Installation } from './installation.ts';

/** One listing through the engine, as the API starts it; the time includes the last word of its workflow. */
export async function collectOnce(
  at: Installation,
  connectionId: string,
): Promise<{ seconds: number; cost: Cost }> {
  const { temporal } = at.servers;
  const began = performance.now();
  const row = await requestCollection(at.db, { connectionId, kind: 'subscriptions', customerIds: null });
  const input = {
    collectionId: row.id,
    connectionId,
    kind: 'subscriptions',
    connectionKind: 'arrowsphere',
    customerIds: null,
  } as const;
  const runId = await startCollection(temporal, input, null);
  const id = collectWorkflowId('subscriptions', connectionId);
  const outcome = await temporal.workflow.getHandle(id, runId).result();
  const seconds = (performance.now() - began) / 1000;
  if (outcome.state !== 'complete') throw new Error(`the collection is ${JSON.stringify(outcome)}`);
  return { seconds, cost: await costOf(temporal, id, runId) };
}

export interface Imported {
  id: string;
  seconds: number;
  counts: Record<string, number>;
  calls: number;
  cost: Cost;
}

/** One import of an integration, to its end. */
export async function importOnce(
  at: Installation,
  integrationId: string,
  kind: 'customers' | 'subscriptions',
  mode: 'apply' | 'preview' = 'apply',
): Promise<Imported> {
  const { temporal } = at.servers;
  const began = performance.now();
  const opened = await openImport(at.db, {
    integrationId, kind, mode, trigger: 'manual', customerIds: null, previewId: null, itemIds: null,
    startedBy: bySystem,
  }); // biome-ignore format: one line
  if (!('row' in opened)) throw new Error('an import runs already');
  const { id } = opened.row;
  await startImport(temporal, await importInputOf(at.db, id));
  const workflowId = importWorkflowId(kind, integrationId, id);
  await temporal.workflow.getHandle(workflowId).result();
  const seconds = (performance.now() - began) / 1000;
  const [row] = await at.sql`select state, counts, progress, problem from imports where id = ${id}`;
  if (row!.state !== 'completed') throw new Error(`the import is ${row!.state}: ${JSON.stringify(row)}`);
  const cost = await costOf(temporal, workflowId);
  return { id, seconds, counts: row!.counts, calls: row!.progress.calls, cost };
}

/** The ledger of a fresh installation, without making one. */
export async function emptyLedger(at: Installation): Promise<void> {
  await at.sql`truncate subscriptions, customers, ledger_history, absences, quarantine, collection_pages, collection_scopes, collections cascade`;
}

export const newId = uuid;
