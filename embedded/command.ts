import { constants } from 'node:os';
import { type Environment, EnvironmentError, readEnvironment } from '../security/environment.ts';
import { HomeLocked } from './home.ts';
import { requirePlatform } from './platform.ts';
import { type OnProgress, printProgress } from './progress.ts';

/** A request to stop: Ctrl-C, a closed terminal, or the parent process. */
class Asked extends Error {
  override readonly name = 'Asked';
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP';
  constructor(by: Asked['by']) {
    super(`stopped by ${by}`);
    this.by = by;
  }
}

export interface Run {
  environment: Environment;
  onProgress: OnProgress;
  /** Aborted on a request to stop, or by `fail`. */
  signal: AbortSignal;
  /** Fails the run from outside its own flow. */
  fail(error: Error): void;
  /** Waits for a request to stop; throws if the run fails. */
  stayUp(): Promise<void>;
}

/**
 * Runs an embedded command until its process ends. A signal only aborts `run.signal`: the command stops what it has
 * started, and further signals change nothing. Exit code: 0 when done or stopped after `stayUp`, 128 + signal when
 * stopped before, 1 when it failed.
 */
export async function runCommand(work: (run: Run) => Promise<void>): Promise<never> {
  // The terminal may close first: then output is lost.
  for (const out of [process.stdout, process.stderr]) out.on('error', () => {});
  const ending = new AbortController();
  const { signal } = ending;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => ending.abort(new Asked(name)));
  endWithNpm(() => ending.abort(new Asked('SIGTERM')));

  const stayUp = () =>
    new Promise<void>((resolve, reject) => {
      const end = () => (signal.reason instanceof Asked ? resolve() : reject(signal.reason));
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });
  let code = 0;
  try {
    const environment = readEnvironment();
    requirePlatform(environment);
    await work({
      environment,
      onProgress: printProgress(),
      signal,
      fail: (error) => ending.abort(error),
      stayUp,
    });
  } catch (error) {
    // An interrupted step fails with its own error, which is not the cause.
    const reason = signal.aborted ? signal.reason : error;
    code = reason instanceof Asked ? 128 + constants.signals[reason.by] : 1;
    if (code === 1) console.error(`\n${explain(reason)}`);
  }
  process.exit(code);
}

/** npm sends SIGTERM to the shell between it and us; if that shell ends without passing it on, we notice that. */
function endWithNpm(end: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && end(), 500).unref();
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof EnvironmentError || error instanceof HomeLocked) return error.message;
  // For our own mistakes, print where they happened.
  if (error instanceof TypeError || error instanceof ReferenceError) return error.stack ?? error.message;
  return error.message;
}
