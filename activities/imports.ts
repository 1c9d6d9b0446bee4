import { Context } from '@temporalio/activity';
import type { Distributor, PushDestination } from '../connectors/contract.ts';
import { report } from '../db/findings/lifecycle.ts';
import { reportOddRecords } from '../db/findings/odd-records.ts';
import { watchRenewals } from '../db/findings/renewals.ts';
import { reportUnlisted } from '../db/findings/unlisted-customers.ts';
import {
  findDuplicates,
  intendDeactivation,
  sentTwice,
  settleDuplicate,
  unlinkedCandidates,
} from '../db/imports/duplicates.ts';
import {
  attachListing,
  attachListingOf,
  getImport,
  type ImportRow,
  importInputOf,
  noteRun,
  openImport,
} from '../db/imports/imports.ts';
import { type Ending, emit, endImport, showWaiting } from '../db/imports/progress.ts';
import type { PlannedItem } from '../db/imports/writes.ts';
import { scheduleOf } from '../db/integrations/integrations.ts';
import { incompleteBecause } from '../db/ledger/collections.ts';
import { planScope } from '../db/planner/scope.ts';
import { bySchedule } from '../domain/actor.ts';
import { Failure } from '../domain/failure.ts';
import { finding } from '../domain/findings/finding.ts';
import type { ImportProblem } from '../domain/import.ts';
import { type ImportState, importKinds } from '../domain/kinds.ts';
import { importWorkflowId } from '../temporal/ids.ts';
import type { ImportInput } from '../temporal/messages.ts';
import type { Deps } from './deps.ts';
import { countCalls, openConnection, withHeartbeat } from './external/open-connection.ts';
import { distributorNames } from './plans.ts';
import { openWriting } from './writing/context.ts';
import { readSentTwice } from './writing/sent-twice.ts';

/** Up to this many clients with records sent twice are checked one by one; beyond that, the lists are read again. */
const fewPlaces = 40;

const placesOf = (items: PlannedItem[]) =>
  new Set(items.map(({ clientId, externalId }) => clientId ?? externalId)).size;

export function importActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** Marks the import as running and stores its run id. */
    async beginImport({ importId }: { importId: string }): Promise<void> {
      const { runId } = Context.current().info.workflowExecution!;
      if (await noteRun(sql, importId, runId)) await emit(sql, importId, 'state', [{ state: 'running' }]);
    },

    /** Authenticates both systems and checks that they are still the accounts of their first test. */
    async authorise({ importId, sourceId, destinationId, flow, previewId }: ImportInput): Promise<void> {
      // Applying a preview does not call the distributor.
      if (!previewId) await authoriseSource(sourceId);
      if (flow === 'pull') return;
      const destination = await openConnection<PushDestination>(deps, destinationId);
      try {
        await withHeartbeat(() => destination.context.token());
      } finally {
        await countCalls(deps, importId, destination);
      }
    },

    /**
     * Attaches a listing to the import: its completeness decides what may be deactivated. Unreadable records become
     * items, so that they are reported whatever the destination.
     */
    async attachCollection({
      importId,
      collectionId,
    }: {
      importId: string;
      collectionId: string;
    }): Promise<void> {
      await attachListing(sql, importId, collectionId);
      await reportUnlisted(sql, importId);
      await reportOddRecords(sql, importId);
      const { kind, integrationId } = (await getImport(deps.db, importId))!;
      if (kind === 'subscriptions') await watchRenewals(sql, integrationId);
    },

    /** Ends an import whose destination list is incomplete: nothing can be planned from it. */
    async refuseIncomplete({ kind, collectionId }: { kind: string; collectionId: string }): Promise<never> {
      const reason = await incompleteBecause(sql, collectionId);
      throw new Failure('bad-answer', `The destination's list of ${kind} is incomplete. ${reason ?? ''}`, {
        retryable: false,
        remedy:
          'Nothing was written. Check which records the API agent may see at the destination, then import again.',
      });
    },

    /** A preview is applied with the listing it was made from. */
    async attachPreviewCollection({
      importId,
      previewId,
    }: {
      importId: string;
      previewId: string;
    }): Promise<void> {
      await attachListingOf(sql, importId, previewId);
    },

    /**
     * Whether the search for duplicates needs fresh lists: so many creates were sent twice that checking each costs
     * more, or a record we do not know may be ours and has a link we have not read.
     */
    async hasAmbiguousWrites({ importId }: { importId: string }): Promise<boolean> {
      return (
        placesOf(await sentTwice(sql, importId)) > fewPlaces ||
        (await unlinkedCandidates(sql, importId, distributorNames))
      );
    },

    /** Of two records with one distributor id, deactivates the newer one of ours and reports it. */
    async resolveDuplicates({
      importId,
      kind,
    }: {
      importId: string;
      kind: ImportInput['kind'];
    }): Promise<number> {
      const doubtful = await sentTwice(sql, importId);
      if (doubtful.length > 0 && placesOf(doubtful) <= fewPlaces) {
        const run = await openWriting(deps, importId);
        try {
          await withHeartbeat(() => readSentTwice(run, doubtful));
        } finally {
          await countCalls(deps, importId, run.to);
        }
      }
      const found = await findDuplicates(sql, importId, kind, distributorNames);
      if (found.length === 0) return 0;
      const { destinationId, integrationId } = await planScope(sql, importId, distributorNames);
      const to = await openConnection<PushDestination>(deps, destinationId);
      for (const double of found) {
        const { newer: id, clientId } = double;
        const write = await intendDeactivation(sql, { ...double, importId, kind });
        if (kind === 'customers') await withHeartbeat(() => to.connector.deactivateClient(to.context, id));
        else {
          const fields = { status: 'cancelled', active: false };
          await withHeartbeat(() => to.connector.updateLicences(to.context, [{ id, clientId, fields }]));
        }
        // Report before settling: a retry would no longer find the duplicate.
        await report(sql, [
          finding('doubles', {
            ...double,
            integrationId,
            importId,
            entity: kind === 'customers' ? 'customer' : 'subscription',
          }),
        ]);
        await settleDuplicate(sql, { ...double, ...write, importId, integrationId, destinationId, kind });
      }
      await countCalls(deps, importId, to);
      return found.length;
    },

    /** Shows on running imports that they wait for a person, or that they no longer do. */
    async tellWaiting({
      importIds,
      problem,
    }: {
      importIds: string[];
      problem: ImportProblem | null;
    }): Promise<void> {
      await showWaiting(sql, importIds, problem);
    },

    async endImport(ending: Ending): Promise<ImportState> {
      return await withHeartbeat(() => endImport(sql, ending));
    },

    /** What an integration's schedule runs, in order. */
    async scheduledKinds({ integrationId }: { integrationId: string }): Promise<ImportInput['kind'][]> {
      const schedule = await scheduleOf(deps.db, integrationId);
      return importKinds.filter((kind) => schedule?.[kind]);
    },

    /** For a schedule: opens an import, or returns the running one to wait for. */
    async openScheduledImport({
      integrationId,
      kind,
    }: {
      integrationId: string;
      kind: ImportInput['kind'];
    }): Promise<{ input: ImportInput } | { waitFor: string }> {
      const opened = await openImport(deps.db, {
        integrationId,
        kind,
        mode: 'apply',
        trigger: 'schedule',
        startedBy: bySchedule(integrationId),
        customerIds: null,
        previewId: null,
        itemIds: null,
      });
      if ('running' in opened) return { waitFor: opened.running.id };
      if (opened.opened === 'joined' && !(await isOurs(opened.row))) return { waitFor: opened.row.id };
      return { input: await importInputOf(deps.db, opened.row.id) };
    },

    async importState({ importId }: { importId: string }): Promise<ImportState> {
      const row = await getImport(deps.db, importId);
      if (!row) throw new Failure('not-found', 'The import was not found.', { retryable: false });
      return row.state;
    },
  };

  async function authoriseSource(sourceId: string): Promise<void> {
    try {
      const source = await openConnection<Distributor>(deps, sourceId);
      if (source.connector.definition.auth === 'client-credentials')
        await withHeartbeat(() => source.context.token());
    } catch (error) {
      // The listing waits for a token that a person must replace.
      if (!(error instanceof Failure) || error.kind !== 'reauth-required') throw error;
    }
  }

  /** Whether an earlier attempt of this activity opened the import and never started its workflow. */
  async function isOurs({ id, kind, integrationId, trigger, runId }: ImportRow): Promise<boolean> {
    if (trigger !== 'schedule' || runId !== null) return false;
    try {
      await deps.temporal.workflow.getHandle(importWorkflowId(kind, integrationId, id)).describe();
      return false;
    } catch {
      return true;
    }
  }
}
