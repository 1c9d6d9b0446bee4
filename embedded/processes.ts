import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The environment a server needs and nothing more: our keys, passwords and addresses must not be readable in
 * `/proc/<pid>/environ` of a database that another user runs.
 */
export function plainEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'TMPDIR',
    'SYSTEMROOT',
    'TEMP',
    'TMP',
    'COMSPEC',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
  ];
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC', ...extra };
  for (const name of names) if (process.env[name] !== undefined) env[name] ??= process.env[name];
  return env;
}

export interface RunOptions {
  uid?: number;
  gid?: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
  /** Stops it. */
  signal?: AbortSignal;
  /** The file for its output; without it, the output is returned. */
  logFile?: string;
}

/** Runs a command to its end; never throws: a command that cannot start has code -1. */
export function run(command: string, args: string[], options: RunOptions = {}) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    const { logFile, timeoutMs, ...rest } = options;
    const log = logFile ? openSync(logFile, 'a', 0o600) : 'pipe';
    let output = '';
    let child: ChildProcess;
    try {
      child = spawn(command, args, { ...rest, windowsHide: true, stdio: ['ignore', log, log] });
    } catch (error) {
      resolve({ code: -1, output: String(error) });
      return;
    } finally {
      if (typeof log === 'number') closeSync(log);
    }
    const timer = timeoutMs ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : undefined;
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const finish = (code: number) => {
      clearTimeout(timer);
      resolve({ code, output: output.trim() });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(-1);
    });
    child.once('close', (code) => finish(code ?? -1));
  });
}

/** Starts a server in its own process group, so that Ctrl-C in the terminal does not reach it. */
export function spawnDetached(command: string, args: string[], logFile: string, env: NodeJS.ProcessEnv) {
  const log = openSync(logFile, 'a', 0o600);
  // What it writes (a database!) must be private to its owner; a child inherits our umask.
  const mask = process.umask(0o077);
  const child = spawn(command, args, { env, detached: true, windowsHide: true, stdio: ['ignore', log, log] });
  process.umask(mask);
  closeSync(log);
  const state = { pid: child.pid ?? -1, ended: child.pid === undefined, code: null as number | null };
  child.once('exit', (code) => Object.assign(state, { ended: true, code }));
  child.once('error', () => Object.assign(state, { ended: true }));
  child.unref();
  return state;
}

/** Limits a server's log over several starts (the previous one is `.old`); returns where this start's part begins. */
export function startLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < 10_000_000) return size;
  renameSync(path, `${path}.old`);
  return 0;
}

/** Linux's information about a process; undefined without /proc, null if there is no such process. */
function procFile(pid: number, name: string): string | null | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return null;
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** True while the process runs; a zombie does not count. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  const stat = procFile(pid, 'stat');
  if (stat !== undefined) return stat !== null && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Distinguishes this process from a later one with the same pid; null if it does not run. */
export function identify(pid: number): string | null {
  if (!isAlive(pid)) return null;
  const stat = procFile(pid, 'stat');
  if (stat) {
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${startTicks}`;
  }
  return process.platform === 'win32' ? 'running' : (ps(pid, 'lstart') ?? 'running');
}

/** The command line of a process, or null if it cannot be read. */
export function commandOf(pid: number): string | null {
  const line = procFile(pid, 'cmdline');
  if (line !== undefined) return line?.replaceAll('\0', ' ') ?? null;
  return process.platform === 'win32' ? null : ps(pid, 'command');
}

/** Polls until the condition holds; false on timeout. Throws when the signal aborts. */
export async function waitUntil(
  holds: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 50,
  signal?: AbortSignal,
) {
  const deadline = performance.now() + timeoutMs;
  while (!(await orAborted(Promise.resolve(holds()), signal))) {
    if (performance.now() > deadline) return false;
    await sleep(everyMs);
  }
  return true;
}

/** The result of the work, or the signal's reason as soon as it aborts; the work itself continues. */
export async function orAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await work;
  work.catch(() => {});
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  return await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

/** Stops a process that leads its own group: first politely, then the whole group by force. */
export async function stopProcess(pid: number, timeoutMs = 20_000): Promise<void> {
  const gone = () => !isAlive(pid);
  if (gone()) return;
  signal(pid, 'SIGTERM');
  if (await waitUntil(gone, timeoutMs)) return;
  signal(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  if (!(await waitUntil(gone, 10_000))) throw new Error(`process ${pid} does not end`);
}

function signal(pid: number, name: NodeJS.Signals) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
