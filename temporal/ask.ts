import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { within } from './client.ts';
import { askWorkflowId, taskQueue } from './ids.ts';

/** A person's question that needs an outside system: one short workflow whose result is awaited. */
export interface Question {
  /** Part of the workflow id: `test`, `generate`, `refresh`. */
  what: string;
  subjectId: string;
  workflow: string;
  input: unknown;
}

/** No worker polls the task queue, so nobody would answer. */
export class NoWorker extends Error {
  override readonly name = 'NoWorker';
}

/** The workflow continues and stores its outcome as usual. */
export class StillWorking extends Error {
  override readonly name = 'StillWorking';
}

const waitMs = 45_000;
const fresh = 65_000;
/** TASK_QUEUE_TYPE_WORKFLOW */
const workflowTasks = 1;

export async function ask<Answer>(client: Client, question: Question, patienceMs = waitMs): Promise<Answer> {
  if (!(await workerPolls(client))) throw new NoWorker('no worker polls the task queue');
  const handle = await client.workflow.start(question.workflow, {
    workflowId: askWorkflowId(question.what, question.subjectId, randomUUID()),
    taskQueue,
    args: [question.input],
    // Ends a question that nobody waits for any more.
    workflowExecutionTimeout: '15 minutes',
  });
  const patience = AbortSignal.timeout(patienceMs);
  try {
    return (await client.withAbortSignal(patience, () => handle.result())) as Answer;
  } catch (error) {
    if (patience.aborted) throw new StillWorking(handle.workflowId);
    throw error;
  }
}

/** Whether a worker polled within the last minute: a waiting poll is renewed every 60 seconds. */
export async function workerPolls(client: Client, ms?: number): Promise<boolean> {
  const asked = () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowTasks,
    });
  const { pollers } = await within(client, asked, ms);
  return (pollers ?? []).some(({ lastAccessTime }) => {
    const seconds = Number(lastAccessTime?.seconds ?? 0);
    return Date.now() - seconds * 1_000 < fresh;
  });
}
