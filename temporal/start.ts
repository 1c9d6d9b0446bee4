import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { changeWorkflowId, collectWorkflowId, importWorkflowId, taskQueue } from './ids.ts';
import { type ChangeInput, type CollectInput, type ImportInput, joinSignal } from './messages.ts';
import { connectionKindKey, importKindKey, integrationKey, stateKey } from './search-attributes.ts';

const importWorkflows = { customers: 'importCustomers', subscriptions: 'importSubscriptions' } as const;

/** Starts an import's workflow; one that was started already, running or ended, is left alone. Returns its run. */
export async function startImport(client: Client, input: ImportInput): Promise<string> {
  const workflowId = importWorkflowId(input.kind, input.integrationId, input.importId);
  try {
    const handle = await client.workflow.start(importWorkflows[input.kind], {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      // Ids and kinds only: neither is encoded, and history holds no names.
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

/** Joins the collection that runs or starts it; a waiter is told when it ends. Returns its run. */
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

/** Starts what carries out an approved change; one that was started already is left alone. */
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
