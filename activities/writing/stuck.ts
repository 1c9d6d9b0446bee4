import { countFailedInVain, type Stuck, stuckItems } from '../../db/imports/stuck.ts';
import { failItems, type PlannedItem } from '../../db/imports/writes.ts';
import { Failure } from '../../domain/failure.ts';
import { outageMs } from '../failures.ts';
import type { Writing } from './context.ts';

/** So many stuck items without a success in between are an outage of writing, fewer are the items' own fault. */
const outageFrom = 5;

/** So many items that failed one by one end the import: the cause is not the items. */
const mostFailed = 50;

/** What stuck items mean for what is written next. */
export interface Verdict {
  /** Why every write fails; null if that is not so. */
  outage: string | null;
  /** To be written alone before anything else; null if there is none. */
  first: PlannedItem | null;
}

export const nothingStuck: Verdict = { outage: null, first: null };

/**
 * Items that failed again after another write worked are to blame and fail. While none works, writing is given as long
 * as any other outage, by the time since the last success, one item at a time; then the import fails.
 */
export async function judgeStuck(run: Writing): Promise<Verdict> {
  const stuck = await stuckItems(run.sql, run.importId);
  const settled = stuck.filter(({ open }) => !open);
  const blamed = settled.filter(({ othersWorked }) => othersWorked);
  await fail(run, blamed);
  if (blamed.length > 0 && (await countFailedInVain(run.sql, run.importId)) >= mostFailed)
    throw writesFail('Many writes failed at the destination.', blamed[0]!);
  const silent = stuck.filter(({ othersWorked, worksAgain }) => !othersWorked && !worksAgain);
  const again = settled.find(({ othersWorked, worksAgain }) => worksAgain && !othersWorked)?.item ?? null;
  if (silent.length < outageFrom) return { outage: null, first: again };
  const { outageMs: patienceMs = outageMs } = run.patience ?? {};
  if (Math.max(...silent.map(({ quietMs }) => quietMs)) > patienceMs) {
    await fail(run, silent);
    throw writesFail('Every write failed at the destination.', silent[0]!);
  }
  return { outage: reasonOf(silent[0]!), first: silent.find(({ open }) => !open)?.item ?? null };
}

/** Fails what is stuck when nothing else is left to write; false if nothing is. */
export async function failStuck(run: Writing): Promise<boolean> {
  const stuck = await stuckItems(run.sql, run.importId);
  await fail(run, stuck);
  return stuck.length > 0;
}

const reasonOf = ({ message }: Stuck) =>
  message?.replace(/^(dropped|timeout|answered): /, '') ?? 'No answer was received.';

async function fail(run: Writing, stuck: Stuck[]): Promise<void> {
  for (const one of stuck)
    await failItems(
      run.sql,
      run.importId,
      [one.item],
      `Failed after ${one.item.tries} tries. ${reasonOf(one)}`,
    );
}

const writesFail = (what: string, stuck: Stuck) =>
  new Failure('unavailable', `${what} ${reasonOf(stuck)}`, {
    retryable: false,
    remedy: 'The items show what was written. Import again once the destination works.',
  });

/** What a running import shows while every write fails. */
export const writingOutage = (reason: string) =>
  new Failure('unavailable', `Every write fails at the destination. ${reason}`, {
    remedy: 'Tributary goes on trying.',
  });
