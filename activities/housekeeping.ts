import { WorkflowNotFoundError } from '@temporalio/client';
import { watchLedger } from '../db/findings/ledger-age.ts';
import { watchRenewals } from '../db/findings/renewals.ts';
import { warnOfTokens } from '../db/findings/token-expiry.ts';
import { importInputOf, runningImports } from '../db/imports/imports.ts';
import { endImport } from '../db/imports/progress.ts';
import { cancelCollection, runningCollections } from '../db/ledger/collections.ts';
import { providersOf } from '../db/ledger/work365.ts';
import { sweepOld } from '../db/retention.ts';
import { collectWorkflowId, importWorkflowId } from '../temporal/ids.ts';
import { ledgerLimit } from '../temporal/schedule-spec.ts';
import { startImport } from '../temporal/start.ts';
import type { Deps } from './deps.ts';
import { withHeartbeat } from './external/open-connection.ts';

export function housekeepingActivities(deps: Deps) {
  const { sql } = deps.db;
  let renewalsWatched = 0;

  return {
    /**
     * Reconciles imports with their workflows: starts a workflow that was never started, fails an import whose workflow
     * ended without saying so. Skips young rows: their workflow is just being started.
     */
    async reconcileImports(): Promise<{ started: number; failed: number }> {
      let started = 0;
      let failed = 0;
      for (const row of await runningImports(sql)) {
        try {
          const done = await reconcile(row);
          if (done === 'started') started++;
          if (done === 'failed') failed++;
        } catch (error) {
          // One failure must not keep the others waiting.
          deps.log.warn(
            { importId: row.id, error: (error as Error).name },
            'could not match an import with its workflow',
          );
        }
      }
      return { started, failed };
    },

    /** Cancels listings whose workflow is gone, so that they do not block the next one. */
    async reconcileCollections(): Promise<number> {
      let closed = 0;
      for (const row of await runningCollections(sql)) {
        if ((await workflowStatus(collectWorkflowId(row.kind, row.connectionId))) === 'RUNNING') continue;
        await cancelCollection(sql, row.id);
        closed++;
      }
      return closed;
    },

    /** Opens findings about ledgers that Work 365 reads and that are out of date. */
    async watchLedgers(): Promise<void> {
      for (const provider of await providersOf(sql))
        await watchLedger(sql, provider, ledgerLimit(provider.schedule));
    },

    /** Opens findings about refresh tokens that expire soon. */
    async watchTokens(): Promise<void> {
      await warnOfTokens(sql);
    },

    /** Opens findings about terms that end soon; hourly is enough, as they are counted in days. */
    async watchRenewals(): Promise<void> {
      if (Date.now() - renewalsWatched < 3_600_000) return;
      await withHeartbeat(() => watchRenewals(sql));
      renewalsWatched = Date.now();
    },

    /** Deletes data past its retention, and the ledgers of connections deleted 30 days ago. */
    async dropOld(): Promise<void> {
      await withHeartbeat(() => sweepOld(sql, deps.retentionDays));
    },
  };

  async function reconcile(row: { id: string; kind: string; integrationId: string }) {
    const status = await workflowStatus(importWorkflowId(row.kind, row.integrationId, row.id));
    if (status === 'RUNNING') return null;
    if (status === null) {
      await startImport(deps.temporal, await importInputOf(deps.db, row.id));
      return 'started';
    }
    const cancelled = status === 'CANCELLED';
    const problem = {
      type: 'upstream-failed',
      title: 'The workflow of the import ended early',
      detail: `Its workflow ended as ${status.toLowerCase()} before the import finished. What was written is listed in its items; start the import again to do the rest.`,
    };
    await endImport(sql, { importId: row.id, cancelled, problem: cancelled ? null : problem });
    return 'failed';
  }

  async function workflowStatus(workflowId: string): Promise<string | null> {
    try {
      return (await deps.temporal.workflow.getHandle(workflowId).describe()).status.name;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }
}
