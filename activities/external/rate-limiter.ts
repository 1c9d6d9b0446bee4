import { setTimeout as sleep } from 'node:timers/promises';

/** How fast one process may ask one connection's host. */
export interface RateLimiter {
  /** Waits for a turn; the answer gives it back. */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Begins nothing for so long: the host asked for it. */
  pause(ms: number): void;
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
    async enter(signal) {
      await seat(signal);
      try {
        // Turns are given out in order, a gap apart; a pause that comes meanwhile holds them back too.
        const turn = Math.max(performance.now(), nextAt, pausedUntil);
        nextAt = turn + 1000 / callsPerSecond;
        for (;;) {
          const ms = Math.max(turn, pausedUntil) - performance.now();
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
  };
}
