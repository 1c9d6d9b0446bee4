import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson, writeJson } from './home.ts';
import { identify, startLog, stopProcess } from './processes.ts';
import { type OnProgress, since } from './progress.ts';

/** One of our own programs, kept running as a child process. */
export interface Program {
  /** The name of its log, `<home>/<name>.log`. */
  name: string;
  /** Node's arguments: its file and its own arguments. */
  args: string[];
  env: NodeJS.ProcessEnv;
}

export interface Programs {
  start(program: Program): void;
  /** Stops it and waits until it has ended; harmless if it does not run. */
  stop(name: string): Promise<void>;
  stopAll(): Promise<void>;
}

interface Options {
  home: string;
  onProgress: OnProgress;
  /** Called if a program does not stay up: it ended at once, three times in a row. */
  onFailure(error: Error): void;
}

/** Stored about each program, so that one left after a SIGKILL is found again. */
interface Left {
  pid: number;
  identity: string;
  startedAt: number;
}

interface Running {
  pid: number;
  ended: boolean;
  stopping: boolean;
  restart?: NodeJS.Timeout;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const stateFile = 'programs.json';
/** Otherwise glibc reserves memory for each of a dozen threads that hardly use any. */
export const frugal = { MALLOC_ARENA_MAX: '2' };
const atOnceMs = 15_000;
const patience = 3;

/** Starts programs in their own process groups, so that Ctrl-C does not reach them, and restarts those that die. */
export function createPrograms({ home, onProgress, onFailure }: Options): Programs {
  const running = new Map<string, Running>();

  function launch(program: Program, deaths: number): void {
    const { name, args, env } = program;
    const logFile = join(home, `${name}.log`);
    startLog(logFile);
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...frugal, ...env },
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const began = performance.now();
    const state: Running = { pid: child.pid ?? -1, ended: false, stopping: false };
    running.set(name, state);
    if (child.pid) remember(home, name, child.pid);

    const ended = (how: string) => {
      if (state.ended) return;
      state.ended = true;
      forget(home, name, state.pid);
      if (state.stopping) return;
      const inARow = performance.now() - began < atOnceMs ? deaths + 1 : 1;
      const what = `the ${name} ended (${how}) after ${since(began)}`;
      if (inARow >= patience) {
        state.stopping = true;
        onFailure(new Error(`${what}, ${inARow} times in a row.\n${tail(logFile)}`));
        return;
      }
      const delay = 500 * 2 ** inARow;
      onProgress({ state: 'note', text: `${what}; starting it again in ${delay / 1000} s; see ${logFile}` });
      state.restart = setTimeout(() => launch(program, inARow), delay);
    };
    child.once('exit', (code, signal) => ended(signal ?? `code ${code}`));
    child.once('error', ({ message }) => ended(message));
  }

  const stop = async (name: string) => {
    const state = running.get(name);
    if (!state) return;
    state.stopping = true;
    clearTimeout(state.restart);
    if (!state.ended) await stopProcess(state.pid, 30_000);
    forget(home, name, state.pid);
  };

  return {
    start: (program) => launch(program, 0),
    stop,
    stopAll: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}

/** Stops what a killed start left running and returns the names. The caller holds the home's lock. */
export async function stopLeftPrograms(home: string): Promise<string[]> {
  const left = Object.entries(readJson(home, stateFile)) as [string, Left][];
  const bootedAt = Date.now() - uptime() * 1000;
  const alive = left.filter(
    // If the system cannot distinguish a process from a later one, at least one from before a reboot is not ours.
    ([, { pid, identity, startedAt }]) => identify(pid) === identity && startedAt > bootedAt,
  );
  await Promise.all(alive.map(([, { pid }]) => stopProcess(pid, 30_000)));
  if (left.length > 0) writeJson(home, stateFile, {});
  return alive.map(([name]) => name);
}

function remember(home: string, name: string, pid: number): void {
  const left: Left = { pid, identity: identify(pid) ?? '', startedAt: Date.now() };
  writeJson(home, stateFile, { ...readJson(home, stateFile), [name]: left });
}

function forget(home: string, name: string, pid: number): void {
  const { [name]: left, ...others } = readJson(home, stateFile);
  if ((left as Left | undefined)?.pid === pid) writeJson(home, stateFile, others);
}

/** The end of a log, with its path. */
export function tail(logFile: string, lines = 16): string {
  let text = '';
  try {
    text = readFileSync(logFile, 'utf8').trim();
  } catch {
    // Nothing was written.
  }
  return `The end of ${logFile}:\n${text
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join('\n')}`;
}
