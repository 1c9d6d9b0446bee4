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
  /** Beside the fairness settings, which are always on. */
  dynamicConfig?: Record<string, unknown>;
  /** Keeps histories in memory, so that they end with the server: tests need no disk. */
  inMemory?: boolean;
  /** Where a fetched server program is kept; default `<home>/bin`. */
  cacheDir?: string;
  /** Gives the start up; a server that was begun is stopped. */
  signal?: AbortSignal;
}

export interface RunningTemporal {
  address: string;
  uiUrl: string | null;
  /** Null when TEMPORAL_ADDRESS names a server that is not ours. */
  pid: number | null;
  /** It was running already, left by a start that was killed. */
  adopted: boolean;
  stop(): Promise<void>;
}

/** What is remembered of a started server, so that one left by SIGKILL is found again. */
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
 * Starts this home's Temporal dev server, adopts the one a killed start left running, or, where
 * TEMPORAL_ADDRESS names a server, starts nothing. The caller holds the home's lock.
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
  // Made by an earlier version with whatever mask it had.
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
    // A server for one machine asks nobody for newer versions; HOME keeps it from the user's own Temporal profile.
    const env = plainEnvironment({ HOME: home, TEMPORAL_VERSION_CHECK_DISABLED: '1' });
    const child = spawnDetached(program, args, log, env);
    const server = { pid: child.pid, identity: identify(child.pid) ?? '', port, uiPort, settings };
    writeJson(home, stateFile, { ...server });

    // On the port alone another's server could answer in our place, so ours must also have said that it is up.
    const ready = async () => /Server:\s/.test(fresh()) && (await answers(`127.0.0.1:${port}`));
    const decided = async () => child.ended || (await ready());
    const done = await waitUntil(decided, 300_000, 50, signal).catch(async (error) => {
      await stopServer(home, child.pid);
      throw error;
    });
    if (done && !child.ended) return server;
    await stopServer(home, child.pid);
    // Somebody took a port after we looked: look again.
    if (tries < 10 && fresh().includes('address already in use')) {
      await sleep(200);
      continue;
    }
    const end = fresh().trim().split('\n').slice(-8).join('\n');
    throw new Error(`Temporal did not start; the end of ${log}:\n${end}`);
  }
}

/** A server of ours that still runs, with these settings, and answers; any other of ours is ended. */
async function leftOver(home: string, settings: string[], signal?: AbortSignal): Promise<Left | null> {
  const left = readJson(home, stateFile) as unknown as Partial<Left>;
  if (!left.pid || !left.identity || identify(left.pid) !== left.identity) return null;
  const { pid, port } = left as Left;
  if (JSON.stringify(left.settings) === JSON.stringify(settings)) {
    // It may still be starting, so it is given time while it lives.
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
