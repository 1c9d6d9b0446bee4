import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until there is an answer (anything but false, null or undefined) and returns it; a time-out says what was missing. */
export async function waitFor<T>(
  ask: () => T | Promise<T>,
  what: string,
  { timeoutMs = 180_000, everyMs = 100 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (let last: unknown; ; await sleep(everyMs)) {
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) return answer as never;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() < deadline) continue;
    const options = last instanceof Error ? { cause: last } : undefined;
    throw new Error(`waited ${timeoutMs / 1000} s for ${what}; at last: ${String(last)}`, options);
  }
}
