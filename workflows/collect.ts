import {
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Completeness } from '../domain/import.ts';
import {
  type Collected,
  type CollectInput,
  collectedSignal,
  joinSignal,
  leaveSignal,
  resumeSignal,
} from '../temporal/messages.ts';
import { activities } from './activities.ts';
import { needsNewToken, problemFrom } from './problems.ts';

const tryAnywayMs = 3_600_000;

/** Lists one kind of one connection into the ledger, shared by all workflows that wait for it. */
export async function collect(input: CollectInput): Promise<Collected> {
  const { collectionId, kind } = input;
  const waiters = new Set(input.waiters);
  let attended = input.attended ?? false;
  let next: CollectInput | undefined;
  let resumed = false;
  const listing = new CancellationScope();

  setHandler(joinSignal, ({ waiter, asked }) => {
    if (waiter !== null) waiters.add(waiter);
    else attended = true;
    // The next collection's row was created after ours was closed: run it next, nobody else will.
    if (asked && asked.collectionId !== collectionId) next = asked;
  });
  setHandler(leaveSignal, ({ waiter }) => {
    waiters.delete(waiter);
    // Nobody waits for it any more, and nobody started it on its own.
    if (waiters.size === 0 && !attended) listing.cancel();
  });
  setHandler(resumeSignal, () => {
    resumed = true;
  });

  let outcome: Collected;
  try {
    const completeness = await listing.run(list);
    const state = completeness.complete ? 'complete' : 'incomplete';
    outcome = await activities.closeCollection({ collectionId, state, completeness, problem: null });
  } catch (error) {
    const problem = problemFrom(error);
    const state = problem ? 'failed' : 'cancelled';
    outcome = await CancellationScope.nonCancellable(() =>
      activities.closeCollection({ collectionId, state, completeness: null, problem }),
    );
  }
  await tell(outcome);
  if (next) await continueAsNew<typeof collect>({ ...next, attended: true });
  return outcome;

  async function list(): Promise<Completeness> {
    await patiently(() => activities.openCollection({ collectionId, importIds: importsWaiting() }));
    for (;;) {
      for (;;) {
        const so = await patiently(() =>
          activities.collectPages({ collectionId, importIds: importsWaiting() }),
        );
        setCurrentDetails(
          `**${kind}**: ${so.received} of ${so.total ?? 'an unknown number'} received, ${so.pages} pages`,
        );
        if (so.done) break;
        if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 700) {
          await continueAsNew<typeof collect>({ ...input, waiters: [...waiters], attended });
        }
      }
      const { again, completeness } = await activities.judgeCollection({ collectionId });
      if (!again) return completeness;
      setCurrentDetails(`**${kind}**: ${completeness.reason} Listing again.`);
    }
  }

  /** Only a person can replace a spent or revoked token: the listing pauses and resumes where it stopped. */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!needsNewToken(error)) throw error;
        await tokenEntered(error);
      }
    }
  }

  /** Waits until a token is entered, retrying every hour; waiting imports show it, including those that join later. */
  async function tokenEntered(error: unknown): Promise<void> {
    setCurrentDetails(`**${kind}**: waiting for a new refresh token.`);
    const told = new Set<string>();
    const untold = () => importsWaiting().filter((id) => !told.has(id));
    const until = Date.now() + tryAnywayMs;
    while (!resumed && Date.now() < until) {
      const importIds = untold();
      for (const id of importIds) told.add(id);
      if (importIds.length > 0) await activities.tellWaiting({ importIds, problem: problemFrom(error) });
      await condition(() => resumed || untold().length > 0, until - Date.now());
    }
    resumed = false;
    if (told.size > 0) await activities.tellWaiting({ importIds: [...told], problem: null });
  }

  function importsWaiting(): string[] {
    return [...waiters].filter((id) => id.startsWith('import/')).map((id) => id.split('/').at(-1)!);
  }

  /** Signals late joiners too: a join that arrives before the end is always seen. */
  async function tell(ended: Collected): Promise<void> {
    while (waiters.size > 0) {
      const [waiter] = waiters as Set<string> & Iterable<string>;
      waiters.delete(waiter!);
      try {
        await getExternalWorkflowHandle(waiter!).signal(collectedSignal, ended);
      } catch {
        // The waiter has ended meanwhile.
      }
    }
  }
}
