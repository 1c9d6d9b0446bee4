import { WorkflowNotFoundError } from '@temporalio/client';
import { watchLedger } from '../db/findings/ledger-age.ts';
import { warnOfTokens } from '../db/findings/token-expiry.ts';
import { importInputOf } from '../db/imports/imports.ts';
import { endImport } from '../db/imports/progress.ts';
import { providersOf } from '../db/ledger/work365.ts';
import { sweepOld } from '../db/retention.ts';
import type { ListingKind } from '../domain/kinds.ts';
import { collectWorkflowId, importWorkflowId } from '../temporal/ids.ts';
import { ledgerLimit } from '../temporal/schedule-spec.ts';
import { startImport } from '../temporal/start.ts';
import type { Deps } from './deps.ts';
import { withHeartbeat } from './external/open-connection.ts';

export function housekeepingActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Rows and workflows agree again: an import whose workflow was never started is started, one whose workflow ended
     * without saying so is failed. Young rows are left alone: their workflow is just being started.
     */
    async reconcileImports(): Promise<{ started: number; failed: number }> {
      const running = await sql<{ id: string; kind: string; integration_id: string }[]>`
        select id, kind, integration_id from imports where state = 'running' and started_at < now() - interval '15 seconds'`;
      let started = 0;
      let failed = 0;
      for (const row of running) {
        try {
          const done = await reconcile(row);
          if (done === 'started') started++;
          if (done === 'failed') failed++;
        } catch (error) {
          // One that cannot be helped now must not keep the others waiting.
          deps.log.warn(
            { importId: row.id, error: (error as Error).name },
            'an import could not be reconciled',
          );
        }
      }
      return { started, failed };
    },

    /** Listings whose workflow is gone do not block the next. */
    async reconcileCollections(): Promise<number> {
      const running = await sql<{ id: string; kind: ListingKind; connection_id: string }[]>`
        select id, kind, connection_id from collections where state = 'running' and started_at < now() - interval '60 seconds'`;
      let closed = 0;
      for (const row of running) {
        if ((await workflowStatus(collectWorkflowId(row.kind, row.connection_id))) === 'RUNNING') continue;
        await sql`update collections set state = 'cancelled', finished_at = now() where id = ${row.id} and state = 'running'`;
        closed++;
      }
      return closed;
    },

    /** Tells of ledgers that Work 365 reads and that stand still. */
    async watchLedgers(): Promise<void> {
      for (const provider of await providersOf(sql))
        await watchLedger(sql, provider, ledgerLimit(provider.schedule));
    },

    /** Tells of refresh tokens that are near their end. */
    async watchTokens(): Promise<void> {
      await warnOfTokens(sql);
    },

    /** Drops what is older than its retention, and the ledgers of connections deleted 30 days ago. */
    async dropOld(): Promise<void> {
      await withHeartbeat(() => sweepOld(sql, deps.retentionDays));
    },
  };

  async function reconcile(row: { id: string; kind: string; integration_id: string }) {
    const status = await workflowStatus(importWorkflowId(row.kind, row.integration_id, row.id));
    if (status === 'RUNNING') return null;
    if (status === null) {
      await startImport(deps.temporal, await importInputOf(deps.db, row.id));
      return 'started';
    }
    const cancelled = status === 'CANCELLED';
    const problem = {
      type: 'upstream-failed',
      title: 'The import was stopped from outside',
      detail: `Its workflow ended as ${status.toLowerCase()} before it could finish. What was written is listed; start it again to do the rest.`,
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
