import type { Client } from '@temporalio/client';
import { taskQueue, tokenWorkflowId } from './ids.ts';
import { type Wake, wakeSignal } from './messages.ts';

export type WakeKeeper = (connectionId: string, wake: Wake) => Promise<void>;

/** Tells a connection's token keeper, starting it if need be: a signal, so any number of callers may. */
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
