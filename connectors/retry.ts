import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, type FailureKind } from '../domain/failure.ts';

/** How long one read is retried. */
export interface Patience {
  /** Attempts in all, while answers fail. */
  tries: number;
  /** How many pauses (429) are accepted before giving up; they do not count as attempts. */
  pauses: number;
  /** The longest such pause to wait for, in milliseconds. */
  longestPauseMs: number;
  /** No attempt is started after this time, in milliseconds. */
  withinMs: number;
  /** Replaces the wait in tests. */
  pause?(ms: number, signal: AbortSignal): Promise<void>;
}

export const ofImports: Patience = {
  tries: 5,
  pauses: 8,
  longestPauseMs: 15 * 60_000,
  withinMs: Number.POSITIVE_INFINITY,
};

/** A person waits for the answer. */
export const ofPeople: Patience = { tries: 2, pauses: 0, longestPauseMs: 20_000, withinMs: 10_000 };

/** Failures that do not pass within seconds, so retrying in place is useless. */
const slow = new Set<FailureKind>(['certificate', 'internal']);

const longestMs = 8_000;

/** Back-off: 0.5 to 1 s after the first failure, doubling up to 8 s. */
const backoffMs = (failures: number) => Math.min(longestMs, 500 * 2 ** failures * (1 + Math.random()));

/**
 * Retries of one read: called with each failure, it either waits, after which the read may be retried, or throws the
 * failure. Own code, because retry libraries do not count failures and requested pauses separately.
 */
export function createRetry({ signal, patience = ofImports }: { signal: AbortSignal; patience?: Patience }) {
  const { pause = (ms) => sleep(ms, undefined, { signal }) } = patience;
  const began = performance.now();
  let failures = 0;
  let pauses = 0;
  return async (error: unknown): Promise<void> => {
    signal.throwIfAborted();
    if (!(error instanceof Failure) || !error.retryable || slow.has(error.kind)) throw error;
    if (performance.now() - began > patience.withinMs) throw error;
    const wished = error.details.retryAfterMs;
    if (error.kind === 'rate-limited') {
      if (++pauses > patience.pauses) throw error;
      // The call budget or the rate limiter holds the next call back too.
      return await pause(Math.max(1_000, wished ?? backoffMs(pauses)), signal);
    }
    if (++failures >= patience.tries) throw error;
    await pause(Math.max(backoffMs(failures - 1), Math.min(wished ?? 0, 60_000)), signal);
  };
}
