import { constants } from 'node:os';
import { type Environment, EnvironmentError, readEnvironment } from '../security/environment.ts';
import { HomeLocked } from './home.ts';
import { requirePlatform } from './platform.ts';
import { type OnProgress, printProgress } from './progress.ts';

/** Somebody asked for an end: Ctrl-C, a closed terminal, or whoever runs us. */
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
  /** Aborted when somebody asked for an end, or by `fail`. */
  signal: AbortSignal;
  /** Ends the run from outside of its own flow. */
  fail(error: Error): void;
  /** Waits until somebody asks for an end; throws when the run fails. */
  stayUp(): Promise<void>;
}

/**
 * Runs an embedded command to the end of its process. A signal aborts `run.signal` and nothing else: the command stops
 * what it has started, and further signals change nothing. Exit code: 0 when done or asked to end after `stayUp`,
 * 128 + signal when asked before, 1 when it failed.
 */
export async function runCommand(work: (run: Run) => Promise<void>): Promise<never> {
  // The terminal may close before us: what is printed then goes nowhere.
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
    // A step that was cut off fails in its own words; that is not what happened.
    const reason = signal.aborted ? signal.reason : error;
    code = reason instanceof Asked ? 128 + constants.signals[reason.by] : 1;
    if (code === 1) console.error(`\n${explain(reason)}`);
  }
  process.exit(code);
}

/** npm hands SIGTERM to the shell between it and us, and where that one ends without a word, we are told by its absence. */
function endWithNpm(end: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && end(), 500).unref();
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof EnvironmentError || error instanceof HomeLocked) return error.message;
  // A mistake of ours is told with where it was made.
  if (error instanceof TypeError || error instanceof ReferenceError) return error.stack ?? error.message;
  return error.message;
}
