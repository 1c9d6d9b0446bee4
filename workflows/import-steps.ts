import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Applied } from '../activities/items.ts';
import type { ListingKind } from '../domain/kinds.ts';
import type { ImportInput } from '../temporal/messages.ts';
import { stateKey } from '../temporal/search-attributes.ts';
import { activities } from './activities.ts';
import { collected } from './join-collection.ts';
import { problemFrom } from './problems.ts';

/** The frame of every import: begins it, runs its steps, and always stores its outcome. */
export async function asImport(input: ImportInput, steps: () => Promise<void>): Promise<void> {
  const { importId } = input;
  let failure: unknown = null;
  try {
    await activities.beginImport({ importId });
    await steps();
  } catch (error) {
    failure = error;
  }
  const state = await CancellationScope.nonCancellable(() =>
    activities.endImport({
      importId,
      problem: failure === null ? null : problemFrom(failure),
      cancelled: isCancellation(failure),
    }),
  );
  upsertSearchAttributes([{ key: stateKey, value: state }]);
  setCurrentDetails(`**${input.kind} import**: ${state}`);
  // Only a cancelled import ends its workflow as cancelled; a failed one has its problem in its row.
  if (isCancellation(failure)) throw failure;
}

/** Shows in the Temporal UI where an import is. */
export const step = (input: ImportInput, text: string) =>
  setCurrentDetails(`**${input.kind} ${input.mode}**: ${text}`);

/** Lists the distributor and attaches the listing to the import. */
export async function collectSource(input: ImportInput): Promise<void> {
  const { importId, sourceId, connectionKind, customerIds, kind } = input;
  if (input.collectionId)
    return await activities.attachCollection({ importId, collectionId: input.collectionId });
  if (input.previewId)
    return await activities.attachPreviewCollection({ importId, previewId: input.previewId });
  step(input, 'listing the distributor');
  const { collectionId } = await collected({
    connectionId: sourceId,
    connectionKind,
    kind,
    customerIds: kind === 'subscriptions' ? customerIds : null,
  });
  await activities.attachCollection({ importId, collectionId });
}

/** Reads what the destination holds now. An incomplete list would make us create duplicates, so it ends the import. */
export async function readDestination(input: ImportInput, kinds: ListingKind[]): Promise<void> {
  step(input, `reading the destination's ${kinds.join(', ')}`);
  for (const kind of kinds) {
    const outcome = await collected({
      connectionId: input.destinationId,
      connectionKind: 'destination',
      kind,
      customerIds: null,
    });
    if (outcome.state === 'incomplete')
      await activities.refuseIncomplete({ kind, collectionId: outcome.collectionId });
  }
}

/** Plans. External links are read only if something would be created; then the plan is made again with them. */
export async function plan(input: ImportInput): Promise<void> {
  const { importId, kind, mode } = input;
  step(input, 'planning');
  const { needsLinks } = await activities.planImport({ importId, kind, mode, linksRead: false });
  if (!needsLinks) return;
  await readDestination(input, ['links']);
  await activities.planImport({ importId, kind, mode, linksRead: true });
}

/** Settles what an earlier import left ambiguous before this one plans. */
export const settleEarlier = (input: ImportInput): Promise<void> =>
  untilDone(input, 'settling earlier writes', () => activities.settleEarlierWrites(input));

/** Writes batch by batch; after a lost answer, waits before the read-back. */
async function untilDone(input: ImportInput, text: string, work: () => Promise<Applied>): Promise<void> {
  for (;;) {
    step(input, text);
    const worked = await work();
    if (worked.state === 'done') return;
    if (worked.state === 'wait') {
      step(input, 'an answer was lost: waiting before reading back');
      await sleep(worked.waitMs);
    }
  }
}

export async function apply(input: ImportInput): Promise<void> {
  const { importId, kind } = input;
  await untilDone(input, 'writing to the destination', () => activities.applyItems({ importId }));
  if (await activities.hasAmbiguousWrites({ importId }))
    await readDestination(input, kind === 'customers' ? ['clients', 'links'] : ['licences', 'links']);
  await activities.resolveDuplicates({ importId, kind });
}

/** Waits for an import run by another workflow; returns its final state. */
export async function importEnded(importId: string) {
  for (let pause = 2_000; ; pause = Math.min(pause * 2, 60_000)) {
    const state = await activities.importState({ importId });
    if (state !== 'running') return state;
    await sleep(pause);
  }
}
