import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFree, keptPort, readOrCreate } from '../home.ts';
import { commandOf, isAlive, run, startLog, waitUntil } from '../processes.ts';
import { type OnProgress, silent, since } from '../progress.ts';
import { type Answer, ask, createDatabase } from './client.ts';
import {
  exists,
  makePrivateFolder,
  type PostgresPlace,
  placePostgres,
  program,
  runOptions,
} from './files.ts';

export interface PostgresOptions {
  home: string;
  /** Off only if the data may be lost with the machine: in tests. */
  fsync?: boolean;
  onProgress?: OnProgress;
  /** Cancels the start; a server already started is stopped. */
  signal?: AbortSignal;
}

export interface RunningPostgres {
  url: string;
  pid: number;
  /** It was already running, left by a killed start. */
  adopted: boolean;
  /** Fast shutdown: open transactions are rolled back, the data is written to disk. */
  stop(): Promise<void>;
}

const user = 'tributary';
const database = 'tributary';

/**
 * Starts this home's PostgreSQL, or adopts the one left by a killed start. `pg_ctl` gives the server its own session,
 * so Ctrl-C does not reach it. The caller holds the home's lock.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { home, fsync = true, onProgress = silent, signal } = options;
  const began = performance.now();
  onProgress({ state: 'working', text: 'starting PostgreSQL' });
  const place = await placePostgres(home, onProgress);
  const password = await readOrCreate(home, 'postgres-password', () => randomBytes(24).toString('base64url'));
  const urlOn = (port: number, name = database) => `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;

  let port = await leftOver(place, (port) => ask(urlOn(port, 'postgres')), signal);
  const adopted = port !== null;
  if (port === null) {
    if (!(await exists(place.data))) await initialise(place, home, password, onProgress, signal);
    signal?.throwIfAborted();
    port = await start(place, home, fsync, onProgress, signal).catch(async (error) => {
      const begun = signal?.aborted && (await readPidFile(place));
      if (begun) await stopServer(place, begun.pid);
      throw error;
    });
  }
  await createDatabase(urlOn(port, 'postgres'), database);
  const { version } = await ask(urlOn(port));
  const { pid } = (await readPidFile(place)) ?? { pid: -1 };
  const how = adopted ? 'left running by an earlier start, ' : '';
  onProgress({ state: 'done', text: `PostgreSQL ${version} on 127.0.0.1:${port} (${how}${since(began)})` });

  let stopping: Promise<void> | undefined;
  return {
    url: urlOn(port),
    pid,
    adopted,
    stop: () => {
      stopping ??= stopServer(place, pid);
      return stopping;
    },
  };
}

/** Created under another name and renamed, so that a killed first start leaves no partial database. */
async function initialise(
  place: PostgresPlace,
  home: string,
  password: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
) {
  onProgress({ state: 'working', text: 'creating the PostgreSQL database' });
  const draft = `${place.data}.new`;
  const passwordFile = join(place.base, 'initial-password');
  await makePrivateFolder(draft, place);
  try {
    // `nobody` cannot read the home's own file, so it gets a temporary copy.
    await rm(passwordFile, { force: true });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (place.account) await chown(passwordFile, place.account.uid, place.account.gid);
    const { code, output } = await run(
      program(place, 'initdb'),
      [
        `--pgdata=${draft}`,
        `--username=${user}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        // PostgreSQL's own C.UTF-8 sorts and compares the same on every system; the system's locales do not.
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        ...['--no-instructions', '--set=timezone=UTC', '--set=log_timezone=UTC'],
      ],
      { ...runOptions(place), signal },
    );
    signal?.throwIfAborted();
    await writeFile(join(home, 'postgres-init.log'), `${output}\n`, { mode: 0o600 });
    if (code !== 0) throw new Error(`initdb failed: ${output.split('\n').slice(-5).join('\n')}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, place.data);
}

/** Starts the server on the home's stored port and returns it once it accepts connections. */
async function start(
  place: PostgresPlace,
  home: string,
  fsync: boolean,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<number> {
  const logFile = join(home, 'postgres.log');
  for (let tries = 1; ; tries++) {
    const logStart = startLog(logFile);
    const port = await keptPort(home, 'postgres', 5433, onProgress);
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      ...(fsync ? {} : unsafe),
    };
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    // pg_ctl waits until the server reports in its pid file that it is ready.
    const args = ['start', '--silent', '--wait', '--timeout=300', '-D', place.data, '-o', flags.join(' ')];
    const { code } = await run(program(place, 'pg_ctl'), args, { ...runOptions(place), logFile, signal });
    signal?.throwIfAborted();
    if (code === 0) return port;
    // Retry: another program took the port after we looked, or the last children of a killed server still hold its
    // memory. Anything else is for a person to solve.
    const log = (await readFile(logFile))
      .subarray(logStart)
      .toString()
      .trim()
      .split('\n')
      .slice(-8)
      .join('\n');
    const passing = !(await isFree(port)) || log.includes('pre-existing shared memory');
    if (!passing || tries === 10) throw new Error(`PostgreSQL did not start; the end of ${logFile}:\n${log}`);
    await sleep(500);
  }
}

const unsafe = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The port of a running server on our data that answers; one that does not answer is stopped. */
async function leftOver(
  place: PostgresPlace,
  ask: (port: number) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<number | null> {
  const left = await readPidFile(place);
  if (!left) return null;
  // A pid file survives a power cut, and its pid may now belong to another program, which we must not stop. If command
  // lines cannot be read, the server's answer decides.
  const command = commandOf(left.pid);
  if (!isAlive(left.pid) || (command !== null && !command.includes(place.data))) {
    await markStale(place);
    return null;
  }
  // It may still be starting or recovering, so wait while it is alive. Read the port again each time: the server writes
  // it after the pid.
  let answering: number | null = null;
  await waitUntil(
    async () => {
      const port = (await readPidFile(place))?.port;
      const found = port ? await ask(port).catch(() => null) : null;
      // On Windows, PostgreSQL writes the path with slashes.
      if (port && found && resolve(found.data) === resolve(place.data)) answering = port;
      return answering !== null || !isAlive(left.pid);
    },
    20_000,
    200,
    signal,
  ).catch(() => {});
  if (answering === null) {
    await stopServer(place, left.pid);
    await markStale(place);
    signal?.throwIfAborted();
  }
  return answering;
}

/**
 * PostgreSQL refuses to start while the process in its pid file exists, even if that is another program or a dead
 * server that nobody reaps (a container without an init). The file is not deleted, because it also leads PostgreSQL to
 * memory of orphans that may still write: its pid is replaced by one that no system uses.
 */
async function markStale(place: PostgresPlace): Promise<void> {
  const path = join(place.data, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text !== null) await writeFile(path, text.replace(/^\d+/, '2147483646'));
}

async function readPidFile(place: PostgresPlace): Promise<{ pid: number; port: number } | null> {
  const lines = (await readFile(join(place.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 ? { pid, port } : null;
}

async function stopServer(place: PostgresPlace, pid: number): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if ((await readPidFile(place))?.pid !== pid || !isAlive(pid)) break;
    const args = ['stop', '--silent', '--wait', '--timeout=60', `--mode=${mode}`, '-D', place.data];
    await run(program(place, 'pg_ctl'), args, runOptions(place));
  }
  if (!(await waitUntil(() => !isAlive(pid), 10_000)))
    throw new Error(`PostgreSQL (process ${pid}) did not stop`);
}
