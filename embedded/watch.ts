import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.ts';
import { type OnProgress, since } from './progress.ts';

/** A server of ours. */
export interface Watched {
  name: string;
  pid(): number | null;
  /** Starts it where it was, so that those who use it connect again by themselves. */
  startAgain(): Promise<void>;
}

interface Options {
  onProgress: OnProgress;
  /** One that does not stay up: it ended at once, three times in a row, or could not be started. */
  onFailure(error: Error): void;
}

const everyMs = 1_000;
const atOnceMs = 15_000;
const patience = 3;

/** Starts servers again whose process has ended. Returns how to end that: a start under way is waited out. */
export function watch(servers: Watched[], options: Options): () => Promise<void> {
  const ending = new AbortController();
  const watching = servers.map((server) => keepUp(server, options, ending.signal).catch(options.onFailure));
  return async () => {
    ending.abort();
    await Promise.all(watching);
  };
}

async function keepUp({ name, pid, startAgain }: Watched, { onProgress }: Options, signal: AbortSignal) {
  let began = performance.now();
  let inARow = 0;
  for (;;) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
    const id = pid();
    if (signal.aborted || id === null) return;
    if (isAlive(id)) continue;
    inARow = performance.now() - began < atOnceMs ? inARow + 1 : 1;
    const what = `${name} ended after ${since(began)}`;
    if (inARow >= patience) throw new Error(`${what}, ${inARow} times in a row; its log tells why.`);
    onProgress({ state: 'note', text: `${what}; it starts again` });
    began = performance.now();
    await startAgain();
  }
}
