import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { plainEnvironment } from '../../embedded/processes.ts';
import { taskQueue } from '../../temporal/ids.ts';
import { waitFor } from './wait.ts';

export interface WorkerProcess {
  pid: number;
  /** SIGKILL: it gets no chance to tidy up. */
  kill(): Promise<void>;
  /** SIGTERM: a clean stop. Returns its exit code. */
  stop(): Promise<number | null>;
}

interface ProcessOptions {
  temporal: Client;
  environment: Record<string, string>;
  onLine(line: string): void;
}

const program = fileURLToPath(new URL('../../worker.ts', import.meta.url));

/** `npm run worker` as a process of its own; returns once it asks Temporal for work. */
export async function spawnWorker({ temporal, environment, onLine }: ProcessOptions): Promise<WorkerProcess> {
  const known = new Set(await pollers(temporal));
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: plainEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      onLine(line);
      last.push(line);
      if (last.length > 20) last.shift();
    });
  }
  const exited = once(child, 'exit');
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await waitFor(async () => {
      if (ended()) return 'ended';
      return (await pollers(temporal)).some((identity) => !known.has(identity));
    }, 'the worker process to ask for work');
    if (ended()) throw new Error('the worker process ended');
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}; its last lines:\n${last.join('\n')}`);
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!ended()) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  return {
    pid: child.pid!,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

/** Who asks for workflow tasks, or has within Temporal's memory of some minutes. */
export async function pollers(temporal: Client): Promise<string[]> {
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace: temporal.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 1,
  });
  return (pollers ?? []).map(({ identity }) => identity ?? '');
}
