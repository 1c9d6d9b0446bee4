import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { consoleFiles } from '../console/build.ts';
import { migrate } from '../db/migrate.ts';
import { newApiKey } from '../security/api-key.ts';
import type { Environment } from '../security/environment.ts';
import { newKeyRing } from '../security/key-ring.ts';
import { searchAttributes } from '../temporal/search-attributes.ts';
import { runnable } from './compile.ts';
import { keptPort, lockHome, openHome, readOrCreate } from './home.ts';
import { startPostgres } from './postgres/postgres.ts';
import { orAborted } from './processes.ts';
import { createPrograms, type Program, stopLeftPrograms, tail } from './programs.ts';
import { type OnProgress, since } from './progress.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { startTemporal } from './temporal/temporal.ts';
import { startWatched, watch } from './watch.ts';

export interface StackOptions {
  environment: Environment;
  /** Default: `TRIBUTARY_HOME`. */
  home?: string;
  /** Additional programs; called once no earlier start of them is left. */
  besides?(home: string): Promise<Program[]>;
  onProgress: OnProgress;
  /** Cancels the start; everything already started is stopped. */
  signal: AbortSignal;
  /** Called if a program does not stay up; the stack must still be stopped. */
  onFailure(error: Error): void;
}

export interface Stack {
  home: string;
  apiUrl: string;
  /** Temporal's web UI; null if TEMPORAL_ADDRESS names a server and TEMPORAL_UI_URL is not set. */
  uiUrl: string | null;
  apiKey: string;
  /** Where the key is stored and whether it is new; null if TRIBUTARY_API_KEY is set. */
  apiKeyFile: { path: string; isNew: boolean } | null;
  databaseUrl: string;
  temporalAddress: string;
  /** Stops API, worker, additional programs, Temporal, PostgreSQL, in this order. */
  stop(): Promise<void>;
}

type Stop = () => Promise<void>;

/** PostgreSQL, Temporal, a worker and the API on this machine, ready for work. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { environment, onProgress, signal, onFailure } = options;
  const home = await openHome(options.home ?? environment.home);
  const lock = await lockHome(home);
  // In the order of starting; stopped in reverse.
  const undo: Stop[] = [async () => lock.release()];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(undo, onProgress);
    return stopping;
  };

  try {
    const left = await orAborted(stopLeftPrograms(home), signal);
    if (left.length > 0)
      onProgress({ state: 'note', text: `stopped what an earlier start left running: ${left.join(', ')}` });
    await requirePort(environment.host, environment.port);

    const programs = createPrograms({ home, onProgress, onFailure });
    // Prepared in the background; a failure is reported when it is needed.
    const compiled = Promise.all([runnable('worker.ts'), runnable('api/server.ts')]);
    compiled.catch(() => {});
    // The API works without it.
    const console = consoleFiles().catch((error: Error) => {
      onProgress({ state: 'note', text: error.message });
      return undefined;
    });
    const { postgres, temporal, watched } = await startServers(options, home, undo, signal);
    undo.push(() => programs.stopAll());
    for (const program of (await options.besides?.(home)) ?? []) programs.start(program);
    signal.throwIfAborted();

    const { apiKey, keys, apiKeyFile } = await keysOf(environment, home);
    // A port that is free now and outside the range for outgoing connections, so that nobody takes it meanwhile.
    const port = environment.port || (await keptPort(home, 'api', 3000, onProgress));
    const apiUrl = `http://${shown(environment.host)}:${port}`;
    const settings = {
      ...process.env,
      ...temporalSettings(home, temporal),
      DATABASE_URL: postgres.url,
      TRIBUTARY_KEYS: keys,
      TRIBUTARY_API_KEY: apiKey,
      HOST: environment.host,
      PORT: String(port),
      ALLOW_PRIVATE_TARGETS: String(environment.allowPrivateTargets),
    };
    const began = performance.now();
    onProgress({ state: 'working', text: 'starting the worker and the API' });
    const [worker, api] = await orAborted(compiled, signal);
    const env = { ...settings, TRIBUTARY_CONSOLE: await orAborted(console, signal) };
    programs.start({ name: 'worker', args: worker, env });
    undo.push(() => programs.stop('worker'));
    programs.start({ name: 'api', args: api, env });
    undo.push(() => programs.stop('api'));
    await waitUntilReady(apiUrl, home, signal);
    undo.push(watch(watched, { onProgress, onFailure }));
    onProgress({ state: 'done', text: `worker and API on ${apiUrl} (${since(began)})` });
    return {
      home,
      apiUrl,
      uiUrl: temporal.uiUrl,
      apiKey,
      apiKeyFile,
      databaseUrl: postgres.url,
      temporalAddress: temporal.address,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopAll(undo: Stop[], onProgress: OnProgress): Promise<void> {
  const began = performance.now();
  const wasUp = undo.length > 1;
  if (wasUp) onProgress({ state: 'working', text: 'stopping' });
  const problems: string[] = [];
  // One that does not stop must not keep the others running.
  for (const stop of undo.reverse()) await stop().catch((error) => problems.push((error as Error).message));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (wasUp) onProgress({ state: 'done', text: `stopped (${since(began)})` });
}

/** In parallel, because neither needs the other. The database is migrated meanwhile. */
async function startServers(
  { environment, onProgress }: StackOptions,
  home: string,
  undo: Stop[],
  signal: AbortSignal,
) {
  const database = async () => {
    const given = environment.databaseUrl;
    const start = async () =>
      given ? { url: given, pid: null, stop: async () => {} } : startPostgres({ home, onProgress, signal });
    const { server, watched, stop } = await startWatched('PostgreSQL', start, ({ url }) => url);
    undo.push(stop);
    if (given) onProgress({ state: 'done', text: `PostgreSQL at ${new URL(given).host} (DATABASE_URL)` });
    const began = performance.now();
    await migrate(server.url).catch((error: Error) => {
      throw new Error(
        `the database schema could not be updated: ${error.message || String(error)}${given ? '. Check DATABASE_URL.' : ''}`,
      );
    });
    onProgress({ state: 'done', text: `database schema is up to date (${since(began)})` });
    return { server, watched };
  };
  const flow = async () => {
    // Shared by all homes below it, so that the program is downloaded once.
    const cacheDir = process.env.TRIBUTARY_CACHE || join(await openHome(environment.home), 'bin');
    const start = () => startTemporal({ home, cacheDir, searchAttributes, onProgress, signal });
    const { server, watched, stop } = await startWatched('Temporal', start, ({ address }) => address);
    undo.push(stop);
    if (environment.temporalAddress)
      await orAborted(registerAt(environment.temporalAddress, onProgress), signal);
    return { server, watched };
  };
  const [data, work] = await Promise.allSettled([database(), flow()]);
  signal.throwIfAborted();
  if (data.status === 'rejected') throw data.reason;
  if (work.status === 'rejected') throw work.reason;
  return {
    postgres: data.value.server,
    temporal: work.value.server,
    watched: [data.value.watched, work.value.watched],
  };
}

/** An external server may not allow registration: then its operator does it. */
async function registerAt(address: string, onProgress: OnProgress): Promise<void> {
  const namespace = process.env.TEMPORAL_NAMESPACE || undefined;
  await ensureSearchAttributes(address, searchAttributes, namespace).catch((error: Error) => {
    const names = Object.entries(searchAttributes).map(([name, type]) => `--name ${name} --type ${type}`);
    onProgress({
      state: 'note',
      text: `The search attributes could not be registered at Temporal (${error.message}). If they are missing, run: temporal operator search-attribute create ${names.join(' ')}`,
    });
  });
}

/** If the server is ours, the user's own Temporal profile must not affect it. */
function temporalSettings(home: string, { pid, address, uiUrl }: Awaited<ReturnType<typeof startTemporal>>) {
  if (pid === null) return {};
  const none = Object.keys(process.env)
    .filter((name) => name.startsWith('TEMPORAL_'))
    .map((name) => [name, undefined]);
  return {
    ...Object.fromEntries(none),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_UI_URL: uiUrl ?? undefined,
    TEMPORAL_CONFIG_FILE: join(home, 'no-temporal-profile.toml'),
  };
}

async function keysOf(environment: Environment, home: string) {
  const given = process.env.TRIBUTARY_KEYS?.trim();
  const keys = environment.keys && given ? given : await readOrCreate(home, 'keys', newKeyRing);
  if (environment.apiKey) return { keys, apiKey: environment.apiKey, apiKeyFile: null };
  const path = join(home, 'api-key');
  const isNew = !existsSync(path);
  return { keys, apiKey: await readOrCreate(home, 'api-key', newApiKey), apiKeyFile: { path, isNew } };
}

async function requirePort(host: string, port: number): Promise<void> {
  const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)));
  });
  if (problem?.code === 'EADDRINUSE')
    throw new Error(
      `Port ${port} is taken by another program. Stop that one, or set PORT to another, for example PORT=${port + 1}; PORT=0 takes any free one.`,
    );
  if (problem)
    throw new Error(
      `The API cannot listen on ${host}, port ${port} (${problem.code}). Set HOST and PORT to an address of this machine.`,
    );
}

async function waitUntilReady(apiUrl: string, home: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + 180_000;
  let missing = 'the API does not answer';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      const answer = await orAborted(
        fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(5_000) }),
        signal,
      );
      if (answer.ok) return;
      missing = `missing: ${((await answer.json()) as { missing: string[] }).missing.join(', ')}`;
    } catch {
      // Not up yet.
    }
    await sleep(100);
  }
  const logs = ['worker', 'api'].map((name) => tail(join(home, `${name}.log`)));
  throw new Error(
    `Tributary was not ready after three minutes (${missing}). Start again; if that does not help, these logs say why.\n${logs.join('\n')}`,
  );
}

/** The API's address from this machine, even if it listens on all addresses. */
function shown(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
