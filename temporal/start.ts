import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  changeWorkflowId,
  chargesWorkflowId,
  collectWorkflowId,
  importWorkflowId,
  noticeWorkflowId,
  taskQueue,
} from './ids.ts';
import {
  type ChangeInput,
  type ChargesInput,
  type CollectInput,
  type ImportInput,
  joinSignal,
} from './messages.ts';
import { connectionKindKey, importKindKey, integrationKey, stateKey } from './search-attributes.ts';

const importWorkflows = { customers: 'importCustomers', subscriptions: 'importSubscriptions' } as const;

/** Starts an import's workflow unless it was started before, running or ended. Returns its run id. */
export async function startImport(client: Client, input: ImportInput): Promise<string> {
  const workflowId = importWorkflowId(input.kind, input.integrationId, input.importId);
  try {
    const handle = await client.workflow.start(importWorkflows[input.kind], {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      // Ids and kinds only: Temporal does not encode these, and history must hold no names.
      staticSummary: `${input.previewId ? 'apply a preview' : input.mode}: ${input.kind}, ${input.customerIds?.length ?? 'all'} customers`,
      typedSearchAttributes: [
        { key: integrationKey, value: input.integrationId },
        { key: connectionKindKey, value: input.connectionKind },
        { key: importKindKey, value: input.kind },
        { key: stateKey, value: 'running' },
      ],
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return (await client.workflow.getHandle(workflowId).describe()).runId;
  }
}

/** Joins the running collection or starts it; a waiter is signalled when it ends. Returns its run id. */
export async function startCollection(
  client: Client,
  input: CollectInput,
  waiter: string | null,
): Promise<string> {
  const handle = await client.workflow.signalWithStart('collect', {
    workflowId: collectWorkflowId(input.kind, input.connectionId),
    taskQueue,
    args: [input],
    signal: joinSignal,
    signalArgs: [waiter === null ? { waiter, asked: input } : { waiter }],
    staticSummary: `list ${input.kind}, ${input.customerIds?.length ?? 'all'} customers`,
    typedSearchAttributes: [{ key: connectionKindKey, value: input.connectionKind }],
  });
  return handle.signaledRunId;
}

/** Starts the workflow of an approved change unless it was started before. */
export async function startChange(client: Client, input: ChangeInput): Promise<void> {
  try {
    await client.workflow.start('applyChange', {
      workflowId: changeWorkflowId(input.changeId),
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: 'place a change at the distributor',
      typedSearchAttributes: [{ key: connectionKindKey, value: input.connectionKind }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Starts what sends a notice; one that was started already, running or ended, is left alone. */
export async function startNotice(client: Client, noticeId: string): Promise<void> {
  try {
    await client.workflow.start('sendNotice', {
      workflowId: noticeWorkflowId(noticeId),
      taskQueue,
      args: [{ noticeId }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: 'send a notice',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Starts a reading of a month's charges, or joins the one that runs. */
export async function startCharges(client: Client, input: ChargesInput): Promise<void> {
  const { connectionId, month, connectionKind } = input;
  await client.workflow.start('readCharges', {
    workflowId: chargesWorkflowId(connectionId, month),
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `read the charges of ${month}`,
    typedSearchAttributes: [{ key: connectionKindKey, value: connectionKind }],
  });
}
