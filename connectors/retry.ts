import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, type FailureKind } from '../domain/failure.ts';

/** How long one read is stood by. */
export interface Patience {
  /** Times it is asked in all, while answers fail. */
  tries: number;
  /** Pauses the host may ask for by 429 before it is given up; they use up no try. */
  pauses: number;
  /** The longest such pause that is waited for, in milliseconds. */
  longestPauseMs: number;
  /** After so long no further try is begun. */
  withinMs: number;
  /** Tests need not wait. */
  pause?(ms: number, signal: AbortSignal): Promise<void>;
}

export const ofImports: Patience = {
  tries: 5,
  pauses: 8,
  longestPauseMs: 15 * 60_000,
  withinMs: Number.POSITIVE_INFINITY,
};

/** Somebody waits for the answer. */
export const ofPeople: Patience = { tries: 2, pauses: 0, longestPauseMs: 20_000, withinMs: 10_000 };

/** What does not pass within seconds: a certificate, and trouble of our own database. */
const slow = new Set<FailureKind>(['certificate', 'internal']);

const longestMs = 8_000;

/** 0.5 to 1 s after the first failure, doubling up to 8 s. */
const backoffMs = (failures: number) => Math.min(longestMs, 500 * 2 ** failures * (1 + Math.random()));

/**
 * Stands by one read: each failure is handed in, and either a pause passes, after which it may be tried again, or the
 * failure is thrown on. Written by hand: libraries for this know no tries of different kinds, which must not add up.
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
      // The gate or the rate limiter holds the next call back as well.
      return await pause(Math.max(1_000, wished ?? backoffMs(pauses)), signal);
    }
    if (++failures >= patience.tries) throw error;
    await pause(Math.max(backoffMs(failures - 1), Math.min(wished ?? 0, 60_000)), signal);
  };
}
