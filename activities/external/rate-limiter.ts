import { setTimeout as sleep } from 'node:timers/promises';

/** Limits how fast one process calls one connection's host. */
export interface RateLimiter {
  /** Waits for a turn and returns its release. Throws `LongPause` if the host asked for a pause longer than allowed. */
  enter(signal: AbortSignal, entry?: Entry): Promise<() => void>;
  /** Starts no call for this long, because the host asked for it. */
  pause(ms: number): void;
  /** Milliseconds left of such a pause. */
  pausedMs(): number;
  /** Ends the pause: the host answers again. */
  resume(): void;
}

export interface Entry {
  /** Throw instead of waiting for a longer pause. */
  longestPauseMs?: number;
  /** Ignore a pause, to check whether the host answers again. */
  probing?: boolean;
}

/** The host asked for a pause longer than the caller waits. */
export class LongPause extends Error {
  override readonly name = 'LongPause';
  readonly ms: number;
  constructor(ms: number) {
    super(`paused for ${ms} ms`);
    this.ms = ms;
  }
}

export interface RateSettings {
  maxInFlight: number;
  callsPerSecond: number;
}

export function createRateLimiter({ maxInFlight, callsPerSecond }: RateSettings): RateLimiter {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let nextAt = 0;
  let pausedUntil = 0;

  const pausedMs = () => Math.max(0, pausedUntil - performance.now());

  const leave = () => {
    inFlight--;
    waiting.shift()?.();
  };

  const seat = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const take = () => {
        signal.removeEventListener('abort', abort);
        inFlight++;
        resolve();
      };
      const abort = () => {
        waiting.splice(waiting.indexOf(take), 1);
        reject(signal.reason);
      };
      signal.throwIfAborted();
      if (inFlight < maxInFlight) return take();
      signal.addEventListener('abort', abort, { once: true });
      waiting.push(take);
    });

  return {
    async enter(signal, { longestPauseMs = Number.POSITIVE_INFINITY, probing = false } = {}) {
      await seat(signal);
      try {
        // Turns are spaced in order; a pause that starts meanwhile delays them too.
        const pauseEnd = () => {
          if (probing) return 0;
          if (pausedMs() > longestPauseMs) throw new LongPause(pausedMs());
          return pausedUntil;
        };
        const turn = Math.max(performance.now(), nextAt, pauseEnd());
        nextAt = turn + 1000 / callsPerSecond;
        for (;;) {
          const ms = Math.max(turn, pauseEnd()) - performance.now();
          if (ms <= 0) return leave;
          await sleep(ms, undefined, { signal });
        }
      } catch (error) {
        leave();
        throw error;
      }
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, performance.now() + ms);
    },
    pausedMs,
    resume() {
      pausedUntil = 0;
      nextAt = 0;
    },
  };
}
