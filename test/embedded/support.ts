import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openHome, readJson } from '../../embedded/home.ts';
import { eraseHome } from '../../embedded/postgres/files.ts';
import { isAlive, waitUntil } from '../../embedded/processes.ts';
import type { Progress } from '../../embedded/progress.ts';
import { afterThisTest } from '../support/cleanups.ts';

/** Generous, so that a slow machine only takes longer. */
export const slowly = { timeout: 300_000 };

/** A home of its own, with a space in its path as on many people's machines; gone after the test. */
export async function temporaryHome(): Promise<string> {
  const home = await openHome(join(await mkdtemp(join(tmpdir(), 'tributary test-')), 'home'));
  afterThisTest(async () => {
    // A test that failed half-way may leave its servers: they must not outlive it.
    for (const pid of [postmaster(home), Number(readJson(home, 'temporal.json').pid)]) {
      if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
      await waitUntil(() => !isAlive(pid), 20_000);
    }
    await eraseHome(home);
    await eraseHome(join(home, '..'));
  });
  return home;
}

export function dataFolder(home: string): string {
  try {
    return join(readFileSync(join(home, 'postgres-folder'), 'utf8').trim(), 'postgres');
  } catch {
    return join(home, 'postgres');
  }
}

export function postmaster(home: string): number {
  try {
    return Number(readFileSync(join(dataFolder(home), 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return 0;
  }
}

/** Another process that locks the home and starts something in it, as `npm start` would; `kill` is SIGKILL. */
export async function startInAnotherProcess(home: string, what: 'lock' | 'postgres' | 'temporal') {
  const script = fileURLToPath(new URL('./starter.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, home, what], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  afterThisTest(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const started = JSON.parse(line) as { pid: number; url?: string; address?: string };
    return {
      ...started,
      starter: child.pid!,
      kill: async () => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
    };
  }
  throw new Error('the other process started nothing');
}

export function recorder() {
  const lines: string[] = [];
  return { lines, onProgress: ({ text }: Progress) => void lines.push(text) };
}
