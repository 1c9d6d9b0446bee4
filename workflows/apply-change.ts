import {
  ActivityFailure,
  ApplicationFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import type { ChangeStep } from '../activities/changes/changes.ts';
import type { ImportKind } from '../domain/kinds.ts';
import { importWorkflowId } from '../temporal/ids.ts';
import type { ChangeInput } from '../temporal/messages.ts';
import { connectionKindKey, importKindKey, integrationKey, stateKey } from '../temporal/search-attributes.ts';
import { activities } from './activities.ts';
import { importCustomers } from './import-customers.ts';
import { importEnded } from './import-steps.ts';
import { importSubscriptions } from './import-subscriptions.ts';
import { collected } from './join-collection.ts';

/** Poll intervals of an order grow from seconds to a quarter of an hour; an order may take days. */
const firstPollMs = 5_000;
const lastPollMs = 900_000;
/** Changes approved within this time read the distributor together. */
const togetherMs = 1_000;
/** How many times to wait for others still being sent before the distributor is read. */
const waitsForOthers = 10;
/** Failed readings before an approved change ends unsent. */
const readings = 3;

/** Places an approved change at the distributor exactly once, then refreshes everything that reads from it. */
export async function applyChange(input: ChangeInput): Promise<void> {
  const { changeId } = input;
  // Workflows started before this patch read separately, and after the order's end.
  const together = patched('read-together');
  // 1 Compare what the distributor has now with what the requester saw and with the rules.
  if (!(await readBefore(input, together))) return;
  let step = await activities.checkChange({ changeId });
  // 2 Place the order once: intent, request, answer.
  if (step.state === 'ready') step = await placed(changeId);
  // The distributor is unreachable or asks for a pause: check again afterwards, its data may have changed.
  while (step.state === 'later') {
    await sleep(step.waitMs);
    if (!(await readBefore(input, together))) return;
    step = await activities.checkChange({ changeId });
    if (step.state === 'ready') step = await placed(changeId);
  }
  // 3 If the answer was lost, look the order up; never send it again on a guess.
  if (step.state === 'unknown') step = await foundAgain(input, together);
  // 4 Follow the order until it is final, however long that takes: the ledger shows the result, and Work 365 reads it there.
  const collectionId = together ? await shown(input, step) : await carriedOut(input, step);
  // 5 Update the destinations.
  if (collectionId !== null) await follow(input, together ? collectionId : undefined);
}

const listingOf = ({ customerId, listing }: ChangeInput): ImportKind =>
  listing ?? (customerId === null ? 'customers' : 'subscriptions');

/** Lists what the change is about, with what others carried out at the same time are about. Throws a listing's problem. */
async function readAgain(input: ChangeInput, together: boolean, shared = false): Promise<string> {
  const { changeId, connectionId, connectionKind, customerId } = input;
  setCurrentDetails('reading the distributor');
  const kind = listingOf(input);
  const enough = kind === 'customers' || customerId === null ? null : [customerId];
  let customerIds = enough;
  if (together && kind === 'subscriptions') {
    await sleep(togetherMs);
    const scope = shared ? await listedScope(changeId) : await activities.changeScope({ changeId });
    // A change made beside this one has listed it since.
    if (shared && scope.listedBy) return scope.listedBy;
    customerIds = scope.customerIds;
  }
  return (await collected({ connectionId, connectionKind, kind, customerIds, enough })).collectionId;
}

/** Waits for a listing that is running and shows this change too, rather than begin another as it ends. */
async function listedScope(changeId: string) {
  let scope = await activities.changeScope({ changeId });
  for (let pause = 1_000; scope.listing && !scope.listedBy; pause = Math.min(pause * 2, 30_000)) {
    await sleep(pause);
    scope = await activities.changeScope({ changeId });
  }
  return scope;
}

/** Before the order: false if the distributor cannot be read and the change has ended unsent. */
async function readBefore(input: ChangeInput, together: boolean): Promise<boolean> {
  for (let tried = 1; ; tried++) {
    try {
      await readAgain(input, together);
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (tried >= readings) {
        const ended = await activities.abandonChange({ changeId: input.changeId, why: wordsOf(error) });
        // It was sent before, so follow it to its end.
        if (ended) return false;
      }
      await sleep(Math.min(tried * 60_000, lastPollMs));
    }
  }
}

/** After the order the truth is read, however long the distributor stays away. */
async function readAfter(input: ChangeInput, shared = false): Promise<string> {
  for (let pause = 30_000; ; pause = Math.min(pause * 2, lastPollMs)) {
    try {
      return await readAgain(input, true, shared);
    } catch (error) {
      if (isCancellation(error)) throw error;
      setCurrentDetails(`the distributor cannot be read: ${wordsOf(error)}`);
      await sleep(pause);
    }
  }
}

const wordsOf = (error: unknown) => (error instanceof ApplicationFailure ? (error.message ?? '') : '');

async function placed(changeId: string): Promise<ChangeStep> {
  setCurrentDetails('placing the order');
  try {
    return await activities.placeChange({ changeId });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    // The worker died or our side failed: the row says whether an intent was stored.
    const step = await activities.checkChange({ changeId });
    return step.state === 'ready' ? { state: 'later', waitMs: 5_000 } : step;
  }
}

/** Looks at once, after five seconds and after a minute, when a request still in transit has arrived. */
async function foundAgain(input: ChangeInput, together: boolean): Promise<ChangeStep> {
  const { changeId } = input;
  for (const waitMs of [0, 5_000, 60_000]) {
    setCurrentDetails('the answer was lost: looking for the order');
    if (waitMs > 0) await sleep(waitMs);
    const last = waitMs === 60_000;
    if (together) await readAfter(input);
    else await readAgain(input, false);
    const step = await activities.findChange({ changeId, last });
    if (step.state !== 'unknown') return step;
  }
  return { state: 'unknown' };
}

/**
 * Most orders are carried out at once: one reading, shared with concurrent changes, shows that without polling. An
 * unfinished one is polled until it ends, then read. Returns the listing that showed its end; null if there is nothing
 * to follow.
 */
async function shown(input: ChangeInput, first: ChangeStep): Promise<string | null> {
  const { changeId } = input;
  let step = first;
  let pause = firstPollMs;
  for (let look = 0, late = 0; step.state === 'placed'; look++) {
    setCurrentDetails('waiting for the distributor to complete the order');
    await sleep(Math.round(pause));
    pause = Math.min(pause * 1.5, lastPollMs);
    if (look === 0) await othersPlaced(changeId);
    if (look === 0 || step.done) {
      const collectionId = await readAfter(input, look === 0);
      if (step.done && look > 0) late++;
      if (await activities.finishChange({ changeId, collectionId, late })) return collectionId;
    }
    if (!step.done) step = await polled(changeId, step);
  }
  return null;
}

/** Changes approved at the same time are sent first, so that one reading shows them all. */
async function othersPlaced(changeId: string): Promise<void> {
  for (let tried = 0; tried < waitsForOthers; tried++) {
    if (!(await activities.changeScope({ changeId })).others) return;
    await sleep(2_000);
  }
}

async function polled(changeId: string, step: ChangeStep & { state: 'placed' }): Promise<ChangeStep> {
  try {
    return await activities.pollChange({ changeId, operation: step.operation! });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    // The order itself cannot be polled, but the subscription can still be read.
    return { ...step, done: true };
  }
}

async function carriedOut(input: ChangeInput, first: ChangeStep): Promise<string | null> {
  const { changeId } = input;
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
  if (step.state !== 'placed') return null;
  const collectionId = await readAgain(input, false);
  await activities.finishChange({ changeId });
  return collectionId;
}

const imports = { customers: importCustomers, subscriptions: importSubscriptions };

/** Imports the changed customers for each destination from the listing of the change; waits for a running one. */
async function follow(input: ChangeInput, collectionId: string | undefined): Promise<void> {
  const { changeId, connectionId, connectionKind, customerId } = input;
  const kind = listingOf(input);
  if (collectionId === undefined && customerId === null) return;
  for (const integrationId of await activities.changeFollowers({ connectionId })) {
    for (;;) {
      setCurrentDetails('updating the destinations');
      const opened = await activities.openChangeImport(
        collectionId === undefined
          ? { integrationId, customerId }
          : { integrationId, customerId, changeId, collectionId, kind },
      );
      if (opened === null) break;
      if ('waitFor' in opened) {
        await importEnded(opened.waitFor);
        continue;
      }
      try {
        await executeChild(imports[kind], {
          args: [opened.input],
          workflowId: importWorkflowId(kind, integrationId, opened.input.importId),
          parentClosePolicy: ParentClosePolicy.ABANDON,
          staticSummary: `after a change: ${kind}`,
          typedSearchAttributes: [
            { key: integrationKey, value: integrationId },
            { key: connectionKindKey, value: connectionKind },
            { key: importKindKey, value: kind },
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
