import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import getPort, { portNumbers } from 'get-port';
import { runnable } from '../embedded/compile.ts';
import { plainEnvironment } from '../embedded/processes.ts';
import { frugal } from '../embedded/programs.ts';

/** A child process of the bench: contestants and the systems around them do not share ours. */
export interface Program {
  pid: number;
  /** The line that said it is ready. */
  ready: string;
  /** Peak resident memory in MB since the last `forget`; null where there is no /proc. */
  peak(): number | null;
  forget(): void;
  /** Seconds of processor time spent so far; null where there is no /proc. */
  cpu(): number | null;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** For a program that takes a second to listen: not one of those that the system gives to calls going out. */
export const freePort = () => getPort({ port: portNumbers(20_000, 23_999) });

/** Starts one of our own programs (a path in the repository) as `npm start` does, and waits until it is ready. */
export async function startProgram(
  path: string,
  args: (string | number)[] = [],
  options: {
    env?: Record<string, string>;
    ready?: RegExp;
    /** A URL that answers once it is ready, where it prints nothing. */
    answers?: string;
    onLine?: (line: string) => void;
    /** As `npm` runs it, translating itself. */
    translating?: boolean;
  } = {},
): Promise<Program> {
  const { env = {}, ready = /^\{/, onLine = () => {} } = options;
  const program = options.translating ? ['--import', 'tsx', path] : await runnable(path);
  const { child, lines, errors } = launch(process.execPath, [...program, ...args.map(String)], env);
  const said = await new Promise<string>((resolve, reject) => {
    for (const from of [lines, errors])
      from.on('line', (line) => {
        onLine(line);
        if (ready.test(line)) resolve(line);
      });
    const { answers } = options;
    const ask = () =>
      fetch(answers!).then(
        () => resolve(''),
        () => setTimeout(ask, 100),
      );
    if (answers) void ask();
    child.once('exit', (code) => reject(new Error(`${path} ended with ${code}:\n${last(child)}`)));
  });
  const pid = child.pid!;
  return {
    pid,
    ready: said,
    peak: () => peakOf(pid),
    forget: () => forgetPeak(pid),
    cpu: () => cpuOf(pid),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Runs a contestant to its end; its last line is JSON. */
export async function runProgram<Result>(
  command: string,
  args: (string | number)[],
  env: Record<string, string> = {},
): Promise<Result> {
  const { child, lines } = launch(command, args.map(String), env);
  let result = '';
  lines.on('line', (line) => {
    if (line.startsWith('{')) result = line;
  });
  const [code] = await once(child, 'close');
  if (code !== 0 || !result) throw new Error(`${command} ${args[0]} ended with ${code}:\n${last(child)}`);
  return JSON.parse(result) as Result;
}

export const runOurs = async <Result>(path: string, args: (string | number)[]) =>
  await runProgram<Result>(process.execPath, [...(await runnable(path)), ...args]);

const heard = new WeakMap<ChildProcess, string[]>();
const last = (child: ChildProcess) => (heard.get(child) ?? []).slice(-20).join('\n');

function launch(command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, {
    cwd: root,
    env: plainEnvironment({ HOME: process.env.HOME ?? '', ...frugal, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const said: string[] = [];
  heard.set(child, said);
  const lines = createInterface({ input: child.stdout! });
  const errors = createInterface({ input: child.stderr! });
  for (const from of [lines, errors])
    from.on('line', (line) => {
      said.push(line);
      if (said.length > 40) said.shift();
    });
  return { child, lines, errors };
}

export function peakOf(pid: number): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes ? Math.round(Number(kilobytes) / 1024) : null;
  } catch {
    return null;
  }
}

function cpuOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Linux starts the peak anew from what is resident now. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // No /proc: the peak is that of the whole life.
  }
}
