import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, link, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort, { portNumbers } from 'get-port';
import { identify } from './processes.ts';
import type { OnProgress } from './progress.ts';

/** Another start holds this home. */
export class HomeLocked extends Error {
  override name = 'HomeLocked';
  readonly pid: number;
  constructor(home: string, pid: number) {
    super(
      `Tributary already runs on ${home} as process ${pid}. Stop it first, or name another TRIBUTARY_HOME for a second one.`,
    );
    this.pid = pid;
  }
}

/** The folder for embedded data and generated keys, created if needed, accessible only to its owner. */
export async function openHome(path: string = process.env.TRIBUTARY_HOME || '.tributary'): Promise<string> {
  const wanted = resolve(path);
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  const home = await realpath(wanted);
  const { mode } = await stat(home);
  if (process.platform !== 'win32' && mode & 0o077) {
    // A folder with other contents may be shared on purpose (/tmp!), so its permissions are not changed.
    if ((await readdir(home)).length > 0) {
      throw new Error(
        `${home} is open to other users. Run 'chmod 700 ${home}' or name another TRIBUTARY_HOME.`,
      );
    }
    await chmod(home, 0o700);
  }
  return home;
}

/** The cache for downloaded servers, shared by all homes of a checkout: for tests, which each have their own home. */
export function checkoutCache(): string {
  return (
    process.env.TRIBUTARY_CACHE || fileURLToPath(new URL('../node_modules/.cache/tributary', import.meta.url))
  );
}

/**
 * A small file (key, password) that is generated once and then kept, readable only by its owner. Concurrent starts get
 * the same value: the file appears completely or not at all, and the first one wins.
 */
export async function readOrCreate(home: string, name: string, make: () => string): Promise<string> {
  const path = join(home, name);
  try {
    return await readSecret(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await writeOnce(path, make());
  return readSecret(path);
}

async function readSecret(path: string): Promise<string> {
  const value = (await readFile(path, 'utf8')).trim();
  if (!value) throw new Error(`${path} is empty. Restore it, or delete it and a new one is created.`);
  await chmod(path, 0o600);
  return value;
}

/** True if we created the file, false if it existed. Synced to disk first: a lost key means lost data. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    await file.writeFile(`${text}\n`);
    await file.sync();
    await file.close();
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Locks the home for this process. A lock of a dead process, or from before a reboot, is taken over. */
export async function lockHome(home: string): Promise<{ release(): void }> {
  const path = join(home, 'lock');
  const mine = JSON.stringify({
    pid: process.pid,
    identity: identify(process.pid),
    nonce: randomBytes(8).toString('hex'),
  });
  for (let tries = 0; tries < 10; tries++) {
    if (await writeOnce(path, mine)) return { release: () => releaseLock(path, mine) };
    const held = await readFile(path, 'utf8').catch(() => '');
    const { pid, identity } = parseObject(held) as { pid?: number; identity?: string };
    if (pid && identity && identify(pid) === identity) throw new HomeLocked(home, pid);
    // Rename the stale lock, so that of two processes only one removes it; then check what was moved, because a faster
    // rival may already have placed its own, valid lock there.
    const aside = `${path}.stale.${process.pid}`;
    await rename(path, aside).catch(() => {});
    const moved = await readFile(aside, 'utf8').catch(() => held);
    if (moved !== held) await link(aside, path).catch(() => {});
    await rm(aside, { force: true });
  }
  throw new Error(`${path} cannot be locked. Delete it if no other Tributary uses this folder.`);
}

function releaseLock(path: string, mine: string) {
  try {
    if (readFileSync(path, 'utf8').trim() === mine) rmSync(path);
  } catch {
    // Already gone: nothing to release.
  }
}

/**
 * The port of a server, chosen once and kept, so that bookmarks and a left-over server still work. If another program
 * has taken it, a new one is chosen.
 */
export async function keptPort(
  home: string,
  name: string,
  first: number,
  onProgress: OnProgress,
): Promise<number> {
  const saved = readJson(home, 'ports.json')[name];
  // get-port does not return the same port twice within seconds, so a stored one is tested directly.
  if (typeof saved === 'number' && (await isFree(saved))) return saved;
  const taken = Object.values(readJson(home, 'ports.json')).map(Number);
  const port = await getPort({ port: portNumbers(first, first + 199), host: '127.0.0.1', exclude: taken });
  writeJson(home, 'ports.json', { ...readJson(home, 'ports.json'), [name]: port });
  if (saved)
    onProgress({
      state: 'note',
      text: `port ${saved} is used by another program; ${name} moves to port ${port}`,
    });
  return port;
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

export function readJson(home: string, name: string): Record<string, unknown> {
  try {
    return parseObject(readFileSync(join(home, name), 'utf8'));
  } catch {
    return {};
  }
}

/** Written to a temporary file and renamed in one go: no reader sees half a file, no writer is lost. */
export function writeJson(home: string, name: string, value: Record<string, unknown>): void {
  const draft = join(home, `.${basename(name)}.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, join(home, name));
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
