import { useSyncExternalStore } from 'react';

/** Whether Tributary answers. Every request reports here; while it does not answer, it is polled until it does. */
let lost = false;
const listeners = new Set<() => void>();
let healed: () => void = () => {};

/** Called once it answers again. */
export function onHealed(act: () => void): void {
  healed = act;
}

export function connectionWorks(): void {
  if (lost) set(false);
}

export function connectionFails(): void {
  if (lost) return;
  set(true);
  void askUntilItAnswers();
}

/** True while Tributary does not answer. */
export const useConnectionLost = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => lost,
  );

function set(now: boolean): void {
  lost = now;
  for (const listener of listeners) listener();
  if (!now) healed();
}

async function askUntilItAnswers(): Promise<void> {
  while (lost) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    // A hidden page does not poll.
    if (document.hidden) continue;
    const answers = await fetch('/healthz', { cache: 'no-store' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) connectionWorks();
  }
}
