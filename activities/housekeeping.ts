import { WorkflowNotFoundError } from '@temporalio/client';
import { importInputOf } from '../db/imports.ts';
import { sweepOld } from '../db/retention.ts';
import { endImport } from '../db/runs.ts';
import { collectWorkflowId, importWorkflowId } from '../temporal/ids.ts';
import type { ListingKind } from '../temporal/messages.ts';
import { startImport } from '../temporal/start.ts';
import type { Deps } from './deps.ts';

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
        const status = await workflowStatus(importWorkflowId(row.kind, row.integration_id, row.id));
        if (status === 'RUNNING') continue;
        if (status === null) {
          await startImport(deps.temporal, await importInputOf(deps.db, row.id));
          started++;
          continue;
        }
        await endImport(sql, {
          importId: row.id,
          cancelled: status === 'CANCELLED',
          problem:
            status === 'CANCELLED'
              ? null
              : {
                  type: 'upstream-failed',
                  title: 'The import was stopped from outside',
                  detail: `Its workflow ended as ${status.toLowerCase()} before it could finish. What was written is listed; start it again to do the rest.`,
                },
        });
        failed++;
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

    /** Drops what is older than its retention, and the ledgers of connections deleted 30 days ago. */
    async dropOld(): Promise<void> {
      await sweepOld(sql, deps.retentionDays);
    },
  };

  async function workflowStatus(workflowId: string): Promise<string | null> {
    try {
      return (await deps.temporal.workflow.getHandle(workflowId).describe()).status.name;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }
}
