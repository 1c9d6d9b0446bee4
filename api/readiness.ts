import { migrationState } from '../db/migrate.ts';
import { workerPolls } from '../temporal/ask.ts';
import type { Context } from './context.ts';

/** What the installation needs, in the order in which to repair it. */
export type Part = 'database' | 'migrations' | 'temporal' | 'worker';

/** A part that has not answered within this time counts as missing. */
const patienceMs = 3_000;

/** Names what is missing. A part that hangs counts as missing, because a probe must be answered. */
export async function missingParts({ db, temporal }: Pick<Context, 'db' | 'temporal'>): Promise<Part[]> {
  const [data, flow] = await Promise.all([missingData(db), missingFlow(temporal)]);
  return [...data, ...flow];
}

async function missingData({ sql }: Context['db']): Promise<Part[]> {
  const state = await inTime(() => migrationState(sql));
  if (state === null) return ['database'];
  return state.applied === state.expected ? [] : ['migrations'];
}

async function missingFlow(temporal: Context['temporal']): Promise<Part[]> {
  // Shorter than the probe, so that no attempt outlives it.
  const polls = await inTime(() => workerPolls(temporal(), patienceMs - 500));
  if (polls === null) return ['temporal', 'worker'];
  return polls ? [] : ['worker'];
}

async function inTime<T>(look: () => Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  try {
    return await Promise.race([look().catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
