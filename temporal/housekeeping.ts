import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { housekeepingId, taskQueue } from './ids.ts';

/** Rows and workflows are brought together every minute; made once, kept by Temporal. */
export async function ensureHousekeeping(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: housekeepingId,
      spec: { intervals: [{ every: '1 minute' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'housekeeping',
        workflowId: housekeepingId,
        taskQueue,
        args: [],
      },
      state: { triggerImmediately: true },
    } as never);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // A worker that has just started looks at once: what a crash left is why it started.
    await client.schedule.getHandle(housekeepingId).trigger();
  }
}
