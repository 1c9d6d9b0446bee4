import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { within } from './client.ts';
import { askWorkflowId, taskQueue } from './ids.ts';

/** A person's question that needs the outside world: one short workflow, waited for. */
export interface Question {
  /** In the workflow's id: `test`, `generate`, `refresh`. */
  what: string;
  subjectId: string;
  workflow: string;
  input: unknown;
}

/** No worker polls, so nobody would answer. */
export class NoWorker extends Error {
  override readonly name = 'NoWorker';
}

/** The workflow goes on; its outcome will be stored where it always is. */
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
    // A question nobody waits for any more must not live on for ever.
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

/** Whether a worker asked for work within the last minute: a waiting poll is renewed every 60 seconds. */
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
