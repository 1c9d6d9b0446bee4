import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { noProxy } from '../../temporal/client.ts';
import { keptPort, readJson, writeJson } from '../home.ts';
import {
  identify,
  isAlive,
  orAborted,
  plainEnvironment,
  spawnDetached,
  startLog,
  stopProcess,
  waitUntil,
} from '../processes.ts';
import { type OnProgress, silent, since } from '../progress.ts';
import { ensureSearchAttributes, type SearchAttributeKind } from '../search-attributes.ts';
import { temporalProgram } from './program.ts';

export interface TemporalOptions {
  home: string;
  onProgress?: OnProgress;
  searchAttributes?: Record<string, SearchAttributeKind>;
  /** In addition to the fairness settings, which are always on. */
  dynamicConfig?: Record<string, unknown>;
  /** Keeps histories only in memory: tests need no disk. */
  inMemory?: boolean;
  /** The cache for the server program; default `<home>/bin`. */
  cacheDir?: string;
  /** Cancels the start; a server already started is stopped. */
  signal?: AbortSignal;
}

export interface RunningTemporal {
  address: string;
  uiUrl: string | null;
  /** Null if TEMPORAL_ADDRESS names a server that is not ours. */
  pid: number | null;
  /** It was already running, left by a killed start. */
  adopted: boolean;
  stop(): Promise<void>;
}

/** Stored about a started server, so that one left after a SIGKILL is found again. */
interface Left {
  pid: number;
  identity: string;
  port: number;
  uiPort: number;
  settings: string[];
}

const stateFile = 'temporal.json';
const fairness = { 'matching.useNewMatcher': true, 'matching.enableFairness': true };

/**
 * Starts this home's Temporal dev server, adopts the one left by a killed start, or starts nothing if TEMPORAL_ADDRESS
 * names a server. The caller holds the home's lock.
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const { home, onProgress = silent, searchAttributes = {}, cacheDir = join(home, 'bin'), signal } = options;
  const given = process.env.TEMPORAL_ADDRESS;
  if (given) {
    onProgress({ state: 'done', text: `Temporal at ${given} (TEMPORAL_ADDRESS)` });
    return {
      address: given,
      uiUrl: process.env.TEMPORAL_UI_URL || null,
      pid: null,
      adopted: false,
      stop: async () => {},
    };
  }
  const began = performance.now();
  onProgress({ state: 'working', text: 'starting Temporal' });
  const dynamic = Object.entries({ ...fairness, ...options.dynamicConfig }).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]);
  const settings = options.inMemory ? dynamic : ['--db-filename', join(home, 'temporal.db'), ...dynamic];
  const left = await leftOver(home, settings, signal);
  const program = left ? '' : await temporalProgram(cacheDir, onProgress, signal);
  const server = left ?? (await start(home, program, settings, onProgress, signal));
  const address = `127.0.0.1:${server.port}`;
  await orAborted(ensureSearchAttributes(address, searchAttributes), signal).catch(async (error) => {
    if (signal?.aborted) await stopServer(home, server.pid);
    throw error;
  });
  const version = await serverVersion(address);
  const how = left ? 'left running by an earlier start, ' : '';
  onProgress({ state: 'done', text: `Temporal ${version} on ${address} (${how}${since(began)})` });

  let stopping: Promise<void> | undefined;
  return {
    address,
    uiUrl: `http://127.0.0.1:${server.uiPort}`,
    pid: server.pid,
    adopted: left !== null,
    stop: () => {
      stopping ??= stopServer(home, server.pid);
      return stopping;
    },
  };
}

async function start(
  home: string,
  program: string,
  settings: string[],
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<Left> {
  const log = join(home, 'temporal.log');
  const database = join(home, 'temporal.db');
  // An earlier version may have created it with another umask.
  if (existsSync(database)) chmodSync(database, 0o600);
  for (let tries = 1; ; tries++) {
    const port = await keptPort(home, 'temporal', 7233, onProgress);
    const uiPort = await keptPort(home, 'temporalUi', 8233, onProgress);
    const args = [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
      ...['--log-level', 'warn', ...settings],
    ];
    const logStart = startLog(log);
    const fresh = () => readFileSync(log).subarray(logStart).toString();
    // A local server must not look for new versions; HOME keeps the user's own Temporal profile away from it.
    const env = plainEnvironment({ HOME: home, TEMPORAL_VERSION_CHECK_DISABLED: '1' });
    const child = spawnDetached(program, args, log, env);
    const server = { pid: child.pid, identity: identify(child.pid) ?? '', port, uiPort, settings };
    writeJson(home, stateFile, { ...server });

    // Another server could answer on the port, so ours must also have reported that it is up.
    const ready = async () => /Server:\s/.test(fresh()) && (await answers(`127.0.0.1:${port}`));
    const decided = async () => child.ended || (await ready());
    const done = await waitUntil(decided, 300_000, 50, signal).catch(async (error) => {
      await stopServer(home, child.pid);
      throw error;
    });
    if (done && !child.ended) return server;
    await stopServer(home, child.pid);
    // Another program took a port after we looked: try again.
    if (tries < 10 && fresh().includes('address already in use')) {
      await sleep(200);
      continue;
    }
    const end = fresh().trim().split('\n').slice(-8).join('\n');
    throw new Error(`Temporal did not start; the end of ${log}:\n${end}`);
  }
}

/** A running server of ours with these settings that answers; any other of ours is stopped. */
async function leftOver(home: string, settings: string[], signal?: AbortSignal): Promise<Left | null> {
  const left = readJson(home, stateFile) as unknown as Partial<Left>;
  if (!left.pid || !left.identity || identify(left.pid) !== left.identity) return null;
  const { pid, port } = left as Left;
  if (JSON.stringify(left.settings) === JSON.stringify(settings)) {
    // It may still be starting, so wait while it is alive.
    let answered = false;
    const decided = async () => {
      answered = await answers(`127.0.0.1:${port}`);
      return answered || !isAlive(pid);
    };
    await waitUntil(decided, 20_000, 200, signal).catch(() => {});
    if (answered && isAlive(pid)) return left as Left;
  }
  await stopServer(home, pid);
  signal?.throwIfAborted();
  return null;
}

async function stopServer(home: string, pid: number): Promise<void> {
  await stopProcess(pid);
  if (readJson(home, stateFile).pid === pid) rmSync(join(home, stateFile), { force: true });
}

async function serverVersion(address: string): Promise<string> {
  const connection = await Connection.connect({ ...noProxy, address, connectTimeout: '2s' });
  try {
    return (await connection.workflowService.getSystemInfo({})).serverVersion ?? '';
  } finally {
    await connection.close();
  }
}

function answers(address: string): Promise<boolean> {
  return serverVersion(address).then(
    () => true,
    () => false,
  );
}
