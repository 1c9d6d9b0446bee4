import { inspect } from 'node:util';
import { DefaultLogger, NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { buildApp } from '../../api/app.ts';
import { builtConsole } from '../../console/build.ts';
import { readEnvironment } from '../../security/environment.ts';
import { logOptions } from '../../security/redact.ts';
import { createWorker } from '../../worker.ts';
import { installRuntime } from './runtime.ts';
import type { Parts } from './stack.ts';

export interface Running {
  stop(): Promise<void>;
}

const logOf = ({ log }: Parts) => pino({ level: 'debug', ...logOptions }, log);

/** The SDK logs for the whole process: its lines go to every stack of it, so that none goes unsearched. */
const listening = new Set<Parts['log']>();
const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
  for (const each of listening) each.write(`${level} ${message} ${inspect(meta, { depth: 10 })}`);
});
function listenToSdk(log: Parts['log']): () => void {
  installRuntime({ logger });
  listening.add(log);
  return () => void listening.delete(log);
}

/** A worker in this process, as `worker.ts` makes it. */
export async function startWorker(parts: Parts): Promise<Running> {
  const deafen = listenToSdk(parts.log);
  const connection = await NativeConnection.connect({ address: parts.temporalAddress });
  const worker = await createWorker({ ...parts, connection, log: logOf(parts), allowPrivate: true });
  const ended = worker.run();
  // A worker that fails is heard of when it is stopped; until then its work shows that it is gone.
  ended.catch(() => {});
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended.finally(() => connection.close());
    deafen();
  };
  return {
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** The API on a port of its own. */
export async function startApi(parts: Parts): Promise<Running & { url: string }> {
  const app = await buildApp({
    ...parts,
    environment: {
      allowPrivateTargets: true,
      temporalUiUrl: parts.temporalUiUrl,
      inForce: readEnvironment({ TRIBUTARY_API_KEY: parts.apiKey }).inForce,
    },
    consoleFolder: await builtConsole(),
    log: logOf(parts),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, stop: () => app.close() };
}
