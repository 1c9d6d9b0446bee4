import {
  ActivityFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import type { ChangeStep } from '../activities/changes.ts';
import { importWorkflowId } from '../temporal/ids.ts';
import type { ChangeInput } from '../temporal/messages.ts';
import { connectionKindKey, importKindKey, integrationKey, stateKey } from '../temporal/search-attributes.ts';
import { activities } from './activities.ts';
import { importEnded } from './import-steps.ts';
import { importSubscriptions } from './import-subscriptions.ts';
import { collected } from './join-collection.ts';

/** Poll intervals of an order grow from seconds to a quarter of an hour; an order may take days. */
const firstPollMs = 5_000;
const lastPollMs = 900_000;

/** Places an approved change at the distributor exactly once, then refreshes everything that reads from it. */
export async function applyChange(input: ChangeInput): Promise<void> {
  const { changeId } = input;
  // 1 Compare what the distributor has now with what the requester saw and with the rules.
  await readAgain(input);
  let step = await activities.checkChange({ changeId });
  // 2 Place the order once: intent, request, answer.
  if (step.state === 'ready') step = await placed(changeId);
  // The distributor is unreachable or asks for a pause: check again afterwards, its data may have changed.
  while (step.state === 'later') {
    await sleep(step.waitMs);
    await readAgain(input);
    step = await activities.checkChange({ changeId });
    if (step.state === 'ready') step = await placed(changeId);
  }
  // 3 If the answer was lost, look the order up; never send it again on a guess.
  if (step.state === 'unknown') step = await foundAgain(input);
  // 4 Poll the order until it is final, however long that takes.
  step = await carriedOut(changeId, step);
  if (step.state !== 'placed') return;
  // 5 List again: the ledger shows the result, Work 365 reads it from there, and the destinations are updated.
  await readAgain(input);
  await activities.finishChange({ changeId });
  await follow(input);
}

async function readAgain({ connectionId, connectionKind, customerId }: ChangeInput): Promise<void> {
  setCurrentDetails('reading the distributor');
  const customerIds = customerId === null ? null : [customerId];
  const kind = customerId === null ? 'customers' : 'subscriptions';
  await collected({ connectionId, connectionKind, kind, customerIds });
}

async function placed(changeId: string): Promise<ChangeStep> {
  setCurrentDetails('placing the order');
  try {
    return await activities.placeChange({ changeId });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    // The worker died or our side failed: the row says whether an intent was stored.
    return await activities.checkChange({ changeId });
  }
}

/** Looks at once, after five seconds and after a minute, when a request still in transit has arrived. */
async function foundAgain(input: ChangeInput): Promise<ChangeStep> {
  const { changeId } = input;
  for (const waitMs of [0, 5_000, 60_000]) {
    setCurrentDetails('the answer was lost: looking for the order');
    if (waitMs > 0) await sleep(waitMs);
    const last = waitMs === 60_000;
    await readAgain(input);
    const step = await activities.findChange({ changeId, last });
    if (step.state !== 'unknown') return step;
  }
  return { state: 'unknown' };
}

async function carriedOut(changeId: string, first: ChangeStep): Promise<ChangeStep> {
  let step = first;
  for (
    let pause = firstPollMs;
    step.state === 'placed' && !step.done;
    pause = Math.min(pause * 1.5, lastPollMs)
  ) {
    setCurrentDetails('waiting for the distributor to complete the order');
    await sleep(Math.round(pause));
    step = await activities.pollChange({ changeId, operation: step.operation! });
  }
  return step;
}

/** Imports the customer for each destination; waits for an import that is already running. */
async function follow({ connectionId, connectionKind, customerId }: ChangeInput): Promise<void> {
  if (customerId === null) return;
  for (const integrationId of await activities.changeFollowers({ connectionId })) {
    for (;;) {
      setCurrentDetails('updating the destinations');
      const opened = await activities.openChangeImport({ integrationId, customerId });
      if (opened === null) break;
      if ('waitFor' in opened) {
        await importEnded(opened.waitFor);
        continue;
      }
      try {
        await executeChild(importSubscriptions, {
          args: [opened.input],
          workflowId: importWorkflowId('subscriptions', integrationId, opened.input.importId),
          parentClosePolicy: ParentClosePolicy.ABANDON,
          staticSummary: 'after a change: subscriptions, 1 customer',
          typedSearchAttributes: [
            { key: integrationKey, value: integrationId },
            { key: connectionKindKey, value: connectionKind },
            { key: importKindKey, value: 'subscriptions' },
            { key: stateKey, value: 'running' },
          ],
        });
      } catch {
        // The import's row holds its outcome.
      }
      break;
    }
  }
}
