import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { collectWorkflowId, taskQueue, tokenWorkflowId } from './ids.ts';
import { resumeSignal, type Wake, wakeSignal } from './messages.ts';

export type WakeKeeper = (connectionId: string, wake: Wake) => Promise<void>;

/** Wakes a connection's token keeper, starting it if needed; signals merge, so any number of callers may wake it. */
export const wakeKeeperWith =
  (client: Client): WakeKeeper =>
  async (connectionId, wake) => {
    await client.withDeadline(Date.now() + 10_000, () =>
      client.workflow.signalWithStart('tokenKeeper', {
        workflowId: tokenWorkflowId(connectionId),
        taskQueue,
        args: [{ connectionId }],
        signal: wakeSignal,
        signalArgs: [wake],
      }),
    );
  };

/** After a new refresh token was entered: wakes its keeper and resumes the listings that wait for it. */
export async function resumeWith(client: Client, connectionId: string): Promise<void> {
  await wakeKeeperWith(client)(connectionId, {});
  for (const kind of ['customers', 'subscriptions'] as const) {
    const listing = client.workflow.getHandle(collectWorkflowId(kind, connectionId));
    await client
      .withDeadline(Date.now() + 10_000, () => listing.signal(resumeSignal))
      .catch((error) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
  }
}
