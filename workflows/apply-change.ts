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

/** Polls of an order begin close together and end a quarter of an hour apart; an order may take days. */
const firstPollMs = 5_000;
const lastPollMs = 900_000;

/** Carries an approved change to the distributor, once, and everything that reads the distributor after it. */
export async function applyChange(input: ChangeInput): Promise<void> {
  const { changeId } = input;
  // 1 What the distributor has now, against what the asker saw and against the rules.
  await readAgain(input);
  let step = await activities.checkChange({ changeId });
  // 2 The order, sent once: intent, request, answer.
  if (step.state === 'ready') step = await placed(changeId);
  // The distributor cannot be reached or asks for a pause: what was checked may have moved by then.
  while (step.state === 'later') {
    await sleep(step.waitMs);
    await readAgain(input);
    step = await activities.checkChange({ changeId });
    if (step.state === 'ready') step = await placed(changeId);
  }
  // 3 A lost answer is looked up, and never sent again on a guess.
  if (step.state === 'unknown') step = await foundAgain(input);
  // 4 To its real end, however long that takes.
  step = await carriedOut(changeId, step);
  if (step.state !== 'placed') return;
  // 5 Read again: the ledger says how it ended, Work 365 reads it from there, and the destinations follow.
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
    // Its worker died or our side failed: the row says whether an intent was stored.
    return await activities.checkChange({ changeId });
  }
}

/** At once, after five seconds and after a minute, when a request still on its way has arrived. */
async function foundAgain(input: ChangeInput): Promise<ChangeStep> {
  const { changeId } = input;
  for (const waitMs of [0, 5_000, 60_000]) {
    setCurrentDetails('no answer came: looking for the order');
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
    setCurrentDetails('the distributor works on the order');
    await sleep(Math.round(pause));
    step = await activities.pollChange({ changeId, operation: step.operation! });
  }
  return step;
}

/** An import of the customer for each destination; one that runs is waited for. */
async function follow({ connectionId, connectionKind, customerId }: ChangeInput): Promise<void> {
  if (customerId === null) return;
  for (const integrationId of await activities.changeFollowers({ connectionId })) {
    for (;;) {
      setCurrentDetails('the destinations follow');
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
        // Its row says how it ended.
      }
      break;
    }
  }
}
