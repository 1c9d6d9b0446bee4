import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isAlive } from '../../embedded/processes.ts';
import { postmaster, slowly, temporaryHome } from './support.ts';

const start = fileURLToPath(new URL('../../embedded/start.ts', import.meta.url));

/** A Temporal program that starts and is never ready. */
async function deafTemporal(home: string): Promise<string> {
  const folder = join(home, 'path');
  await mkdir(folder);
  const program = join(folder, 'temporal');
  await writeFile(
    program,
    '#!/bin/sh\n[ "$1" = --version ] && echo "temporal version 1.9.1" && exit\nexec sleep 600\n',
  );
  await chmod(program, 0o755);
  return folder;
}

test.skipIf(process.platform === 'win32')(
  'SIGTERM ends a start that waits, and leaves nothing running',
  slowly,
  async () => {
    const home = await temporaryHome();
    const path = `${await deafTemporal(home)}:${process.env.PATH}`;
    const { TEMPORAL_ADDRESS: _, DATABASE_URL: __, ...env } = process.env;
    const child = spawn(process.execPath, ['--import', 'tsx', start], {
      env: { ...env, PATH: path, TRIBUTARY_HOME: home, PORT: '0', npm_lifecycle_event: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => void lines.push(line));
    // PostgreSQL is up by itself; Temporal never will be.
    for (;;) {
      if (lines.some((line) => line.includes('PostgreSQL 18'))) break;
      if (child.exitCode !== null) throw new Error(lines.join('\n'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const server = postmaster(home);
    const asked = performance.now();
    child.kill('SIGTERM');
    const [code] = await exited;
    expect(code, lines.join('\n')).toBe(143);
    // Five seconds on a machine with nothing else to do; without it, five minutes.
    expect(performance.now() - asked).toBeLessThan(60_000);
    expect(isAlive(server)).toBe(false);
  },
);
