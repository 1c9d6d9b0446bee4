import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The worker's `workflowBundle` option. */
export type WorkflowBundle = { codePath: string } | { code: string };

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist');
const kept = join(root, 'node_modules', '.cache', 'tributary');

/** Used for every bundle, because a bundle's build options cannot be changed later. */
export function bundleOptions(): BundleOptions {
  return { workflowsPath: join(root, 'workflows', 'index.ts'), logger: new DefaultLogger('ERROR') };
}

/**
 * The bundle of the current workflows. Its name is a hash of its sources, so an older version is never used. Taken from
 * `npm run build` or the last start's cache if there, else built and cached.
 */
export async function workflowBundle(): Promise<WorkflowBundle> {
  const name = await bundleName();
  for (const codePath of [join(built, name), join(kept, name)]) {
    if (await readable(codePath)) return { codePath };
  }
  const { code } = await bundleWorkflowCode(bundleOptions());
  // Another user may own the folder; then each start builds its own bundle.
  return keep(kept, name, code).then(
    (codePath) => ({ codePath }),
    () => ({ code }),
  );
}

/** `npm run build`: puts the bundle into `dist/`, for an image. */
export async function buildBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode(bundleOptions());
  return keep(built, await bundleName(), code);
}

/** Writes a temporary file and renames it, so that nobody reads half a bundle. */
export async function keep(folder: string, name: string, code: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${name}.${randomUUID()}`);
  await writeFile(draft, code);
  await rename(draft, join(folder, name));
  return join(folder, name);
}

/** Hashes every file that can be part of the bundle, and the versions of every package that can. */
async function bundleName(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['workflows', 'domain', 'temporal']) {
    for (const path of (await filesIn(join(root, folder))).sort()) {
      hash.update(`${relative(root, path).split(sep).join('/')}\0${await readFile(path, 'utf8')}\0`);
    }
  }
  for (const name of ['@temporalio/worker', '@temporalio/workflow', 'big.js']) {
    hash.update(`${name}@${await versionOf(name)}\0`);
  }
  return `workflows-${hash.digest('hex').slice(0, 16)}.js`;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function versionOf(name: string): Promise<string> {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const { name: found, version } = JSON.parse(manifest) as { name?: string; version?: string };
    if (found === name && version) return version;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`);
    folder = dirname(folder);
  }
}

function readable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
