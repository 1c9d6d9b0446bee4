import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.ts';
import { type OnProgress, since } from './progress.ts';

/** One of our servers that can be restarted. */
export interface Watched {
  name: string;
  /** null if it is not ours. */
  pid(): number | null;
  /** Restarts it at the same address, so that its clients reconnect by themselves. */
  startAgain(): Promise<void>;
}

/** Starts a server that can be watched; `address` shows whether it came back at the same place. `stop` ends it. */
export async function startWatched<S extends { pid: number | null; stop(): Promise<void> }>(
  name: string,
  start: () => Promise<S>,
  address: (server: S) => string,
): Promise<{ server: S; watched: Watched; stop(): Promise<void> }> {
  const server = await start();
  let now = server;
  const startAgain = async () => {
    now = await start();
    if (address(now) !== address(server))
      throw new Error(
        `${name} could not restart, because another program has taken its port. Stop Tributary, then start it again.`,
      );
  };
  return { server, watched: { name, pid: () => now.pid, startAgain }, stop: () => now.stop() };
}

interface Options {
  onProgress: OnProgress;
  /** Called if a server does not stay up: it ended at once, three times in a row, or could not be started. */
  onFailure(error: Error): void;
}

const everyMs = 1_000;
const atOnceMs = 15_000;
const patience = 3;

/** Restarts servers whose process has ended. Returns a function to stop this; it waits for a restart in progress. */
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
    if (inARow >= patience) throw new Error(`${what}, ${inARow} times in a row; see its log.`);
    onProgress({ state: 'note', text: `${what}; starting it again` });
    began = performance.now();
    await startAgain();
  }
}
