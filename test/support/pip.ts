import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Programs of PyPI that tests are done with: a Python with one of them and nothing else, made once a checkout. */
const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../node_modules/.cache/tributary', import.meta.url));
const windows = process.platform === 'win32';
const bin = windows ? 'Scripts/python.exe' : 'bin/python';

/** The Python; or, where there is none to be had, why. */
export async function pythonWith(
  name: string,
  version: string,
): Promise<{ python: string } | { missing: string }> {
  const home = join(cache, `${name}-${version}`);
  const python = join(home, bin);
  const done = join(home, 'installed');
  if (existsSync(done)) return { python };
  const making = `${home}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await run(windows ? 'python' : 'python3', ['-m', 'venv', making], { timeout: 120_000 });
    await run(
      join(making, bin),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`],
      { timeout: 180_000 },
    );
    await rm(home, { recursive: true, force: true });
    await rename(making, home);
    await writeFile(done, '');
    return { python };
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    return { missing: (error as Error).message.trim().split('\n').at(-1)! };
  }
}
