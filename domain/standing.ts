import type { Counts } from './import.ts';

/** The state of an integration: the first that applies. `drifted`: the two sides differ and no person is asked. */
export const standings = ['running', 'paused', 'failed', 'held', 'drifted', 'in-step', 'never-run'] as const;
export type Standing = (typeof standings)[number];

export interface Tally {
  inStep: number;
  drifted: number;
  held: number;
}

/** Sums the last imports: what is equal on both sides now, what differs, and what waits for a person. */
export function tallyOf(last: readonly { mode: string; counts: Counts }[]): Tally {
  const sum = { inStep: 0, drifted: 0, held: 0 };
  for (const { mode, counts } of last) {
    const changes = counts.created + counts.updated + counts.deactivated;
    // If nothing is written, planned changes count as differences.
    const written = mode === 'apply' ? changes : 0;
    sum.inStep += counts.unchanged + written;
    sum.drifted += changes - written + counts.failed + counts.quarantined;
    sum.held += counts.held;
  }
  return sum;
}

export function standingOf(of: {
  running: boolean;
  paused: boolean;
  last: readonly { state: string }[];
  tally: Tally;
}): Standing {
  if (of.running) return 'running';
  if (of.paused) return 'paused';
  if (of.last.some(({ state }) => state === 'failed')) return 'failed';
  if (of.tally.held > 0) return 'held';
  if (of.tally.drifted > 0 || of.last.some(({ state }) => state === 'incomplete')) return 'drifted';
  return of.last.length > 0 ? 'in-step' : 'never-run';
}
