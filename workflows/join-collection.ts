import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ListingKind } from '../domain/kinds.ts';
import { collectWorkflowId } from '../temporal/ids.ts';
import { type Collected, collectedSignal, leaveSignal } from '../temporal/messages.ts';
import { activities } from './activities.ts';

export interface Wanted {
  connectionId: string;
  connectionKind: string;
  kind: ListingKind;
  /** null means all customers. */
  customerIds: string[] | null;
  /** The customers a listing must cover to be used, if it is requested for more; by default all of them. */
  enough?: string[] | null;
}

/** Waits for a listing that covers what is wanted: the running one if it does, else the next. Throws its problem. */
export async function collected(wanted: Wanted): Promise<Collected> {
  for (;;) {
    const outcome = await joined(wanted);
    if (outcome.problem) {
      throw ApplicationFailure.create({
        type: outcome.problem.type,
        message: outcome.problem.detail,
        nonRetryable: true,
        details: [outcome.problem],
      });
    }
    const { enough = wanted.customerIds } = wanted;
    if (outcome.state !== 'cancelled' && covers(outcome.customerIds, enough)) return outcome;
  }
}

async function joined({ enough: _, ...wanted }: Wanted): Promise<Collected> {
  const { workflowId } = workflowInfo();
  const told: Collected[] = [];
  setHandler(collectedSignal, (outcome) => {
    told.push(outcome);
  });
  const { collectionId } = await activities.joinCollection({ ...wanted, waiter: workflowId });
  try {
    for (let patience = 20_000; ; patience = Math.min(patience * 2, 600_000)) {
      const outcome = told.find((one) => one.collectionId === collectionId);
      if (outcome) return outcome;
      if (await condition(() => told.length > 0, patience)) {
        const mine = told.find((one) => one.collectionId === collectionId);
        if (mine) return mine;
        told.splice(0);
      }
      // No signal for a while: check whether the listing has ended or was terminated.
      const ended = await activities.collectionOutcome({ collectionId });
      if (ended) return ended;
      await activities.joinCollection({ ...wanted, waiter: workflowId });
    }
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      try {
        await getExternalWorkflowHandle(collectWorkflowId(wanted.kind, wanted.connectionId)).signal(
          leaveSignal,
          { waiter: workflowId },
        );
      } catch {
        // The listing has already ended.
      }
    });
    throw error;
  }
}

function covers(listed: string[] | null, wanted: string[] | null): boolean {
  if (listed === null) return true;
  if (wanted === null) return false;
  const known = new Set(listed);
  return wanted.every((id) => known.has(id));
}
