import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'console');
const built = join(root, 'dist');
const kept = join(root, 'node_modules', '.cache', 'tributary');

/**
 * The folder of the built console, named by a hash of its sources, so that an outdated build is never used. null if it
 * is not built; the API works without it.
 */
export async function builtConsole(): Promise<string | null> {
  const name = await consoleName();
  for (const folder of [join(built, name), join(kept, name)]) if (await exists(folder)) return folder;
  return null;
}

/** The same, building it if it is missing. Throws if Vite is not installed. */
export async function consoleFiles(): Promise<string> {
  return (await builtConsole()) ?? (await buildInto(kept));
}

/** `npm run build`: builds into `dist/`, for an image. */
export const buildConsole = (): Promise<string> => buildInto(built);

/** Built under another name and renamed, so no partial build is served. A separate process: Vite keeps 600 MB. */
async function buildInto(folder: string): Promise<string> {
  const target = join(folder, await consoleName());
  const draft = join(folder, `.console.${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    await run([join(sources, 'bundle.ts'), draft]);
    // If two build at once, the first one wins.
    await rename(draft, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

async function run(args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The console could not be built.\n${said.trim().slice(-4_000)}`);
}

/** All its source files, and the versions of all packages. */
async function consoleName(): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(sources, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [
    ...paths.filter((path) => !path.endsWith('.md')).sort(),
    join(root, 'package-lock.json'),
  ])
    hash.update(`${relative(root, path).split(sep).join('/')}\0`).update(await readFile(path));
  return `console-${hash.digest('hex').slice(0, 16)}`;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
