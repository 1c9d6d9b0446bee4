import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutCache } from '../embedded/home.ts';
import { run } from '../embedded/processes.ts';
import { runProgram } from './program.ts';

/** The peer, pinned. */
export const dltVersion = '1.31.0';

export interface Dlt {
  run(options: {
    url: string;
    database: string;
    form: 'default' | 'fast';
    inFlight: number;
  }): Promise<{ seconds: number; peakMb: number; cpu: number }>;
  /** Resets it, so that the next run is a first one. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** dlt in its own virtual environment, in the checkout's cache; null without pip, after printing why. */
export async function setUpDlt(say: (line: string) => void): Promise<Dlt | null> {
  const folder = join(checkoutCache(), `dlt-${dltVersion}`);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(join(folder, 'ready'))) {
    say(`installing dlt ${dltVersion}`);
    await rm(folder, { recursive: true, force: true });
    const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
    for (const [command, ...args] of [
      [process.platform === 'win32' ? 'python' : 'python3', '-m', 'venv', folder],
      [python, '-m', 'pip', 'install', '--quiet', `dlt[postgres]==${dltVersion}`, 'requests'],
    ] as [string, ...string[]][]) {
      const { code, output } = await run(command, args, { env, timeoutMs: 300_000 });
      if (code === 0) continue;
      say(`dlt is left out: it cannot be installed (${output.split('\n').at(-1)})`);
      return null;
    }
    await mkdir(join(folder, 'ready'));
  }
  let home = await mkdtemp(join(tmpdir(), 'tributary-bench-dlt-'));
  const erase = () => rm(home, { recursive: true, force: true });
  return {
    run: ({ url, database, form, inFlight }) =>
      runProgram(python, [
        ...['bench/dlt_sync.py', '--url', url, '--database', database, '--form', form],
        ...['--in-flight', inFlight, '--home', home],
      ]),
    forget: async () => {
      await erase();
      home = await mkdtemp(join(tmpdir(), 'tributary-bench-dlt-'));
    },
    close: erase,
  };
}
