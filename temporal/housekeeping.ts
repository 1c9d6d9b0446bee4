import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { housekeepingId, taskQueue } from './ids.ts';

/** Creates the schedule that reconciles rows with workflows every minute. */
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
    // Run now: a worker that restarts after a crash should reconcile at once.
    await client.schedule.getHandle(housekeepingId).trigger();
  }
}
