import { executeChild, ParentClosePolicy, setCurrentDetails } from '@temporalio/workflow';
import { importWorkflowId } from '../temporal/ids.ts';
import type { ImportInput, SyncInput } from '../temporal/messages.ts';
import { connectionKindKey, importKindKey, integrationKey, stateKey } from '../temporal/search-attributes.ts';
import { activities } from './activities.ts';
import { importCustomers } from './import-customers.ts';
import { importEnded } from './import-steps.ts';
import { importSubscriptions } from './import-subscriptions.ts';

const workflows = { customers: importCustomers, subscriptions: importSubscriptions };

/** Started by schedules: customers, then subscriptions unless the customer import failed or was cancelled. */
export async function syncIntegration({ integrationId }: SyncInput): Promise<void> {
  const wanted = await activities.scheduledKinds({ integrationId });
  for (const kind of wanted) {
    setCurrentDetails(`importing ${kind}`);
    const state = await importAll(integrationId, kind);
    if (state === 'failed' || state === 'cancelled') return;
  }
}

/** Imports all customers; waits for an import that is already running and then starts its own. */
async function importAll(integrationId: string, kind: ImportInput['kind']) {
  for (;;) {
    const opened = await activities.openScheduledImport({ integrationId, kind });
    if ('waitFor' in opened) {
      await importEnded(opened.waitFor);
      continue;
    }
    const { input } = opened;
    try {
      await executeChild(workflows[kind], {
        args: [input],
        workflowId: importWorkflowId(kind, integrationId, input.importId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `scheduled: ${kind}, all customers`,
        typedSearchAttributes: [
          { key: integrationKey, value: integrationId },
          { key: connectionKindKey, value: input.connectionKind },
          { key: importKindKey, value: kind },
          { key: stateKey, value: 'running' },
        ],
      });
    } catch {
      // The import's row holds its outcome; one that was already started is waited for below.
    }
    return await importEnded(input.importId);
  }
}
