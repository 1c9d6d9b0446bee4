import { chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '../../../embedded/postgres/postgres.ts';
import { isAlive, run, waitUntil } from '../../../embedded/processes.ts';
import { dataFolder, recorder, slowly, startInAnotherProcess, temporaryHome } from '../support.ts';

const linux = process.platform === 'linux';

async function query<T>(url: string, use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await use(sql);
  } finally {
    await sql.end();
  }
}
const remember = (url: string) =>
  query(url, (sql) => sql`create table if not exists note as select 'kept' as text`);
const recall = (url: string) =>
  query(url, async (sql) => (await sql`select text from note`)[0]?.text as string);

describe('embedded PostgreSQL', slowly, () => {
  test('starts, speaks UTF-8, keeps its data and leaves nothing running', async () => {
    const home = await temporaryHome();
    const { lines, onProgress } = recorder();
    const first = await startPostgres({ home, fsync: false, onProgress });
    expect(lines.at(-1)).toMatch(/^PostgreSQL 18\.4 on 127\.0\.0\.1:\d+ \(\d+\.\d s\)$/);
    const locale = await query(
      first.url,
      (sql) => sql`
      select pg_encoding_to_char(encoding) as encoding, datlocale, current_setting('listen_addresses') as listens,
             lower('ÄÖ') as folded, current_setting('fsync') as fsync
      from pg_database where datname = current_database()`,
    );
    expect(locale[0]).toEqual({
      encoding: 'UTF8',
      datlocale: 'C.UTF-8',
      listens: '127.0.0.1',
      folded: 'äö',
      fsync: 'off',
    });
    await remember(first.url);
    await first.stop();
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await startPostgres({ home });
    expect(second.adopted).toBe(false);
    expect(await recall(second.url)).toBe('kept');
    expect(await query(second.url, (sql) => sql`show fsync`)).toEqual([{ fsync: 'on' }]);
    const children = linux
      ? (await run('ps', ['-o', 'pid=', '--ppid', `${second.pid}`])).output.split(/\s+/)
      : [];
    expect(children.length).toBeGreaterThan(linux ? 3 : -1);
    await second.stop();
    expect([second.pid, ...children.map(Number)].filter(isAlive)).toEqual([]);
  });

  test('lets in nobody without the password, which only its owner can read', async () => {
    const home = await temporaryHome();
    const server = await startPostgres({ home, fsync: false });
    for (const password of ['', 'wrong']) {
      const url = new URL(server.url);
      url.password = password;
      await expect(query(url.href, (sql) => sql`select 1`)).rejects.toThrow(/password/);
    }
    for (const name of ['postgres-password', 'postgres.log', 'postgres-init.log', 'ports.json']) {
      expect((await stat(join(home, name))).mode & 0o777, name).toBe(0o600);
    }
    expect((await stat(dataFolder(home))).mode & 0o777).toBe(0o700);
    await server.stop();
  });

  test.runIf(linux)('sees nothing of our environment and has a session of its own', async () => {
    const home = await temporaryHome();
    process.env.TRIBUTARY_KEYS = 'must not be handed on';
    const server = await startPostgres({ home, fsync: false });
    delete process.env.TRIBUTARY_KEYS;
    expect(await readFile(`/proc/${server.pid}/environ`, 'utf8')).not.toContain('must not be handed on');
    const { output } = await run('ps', ['-o', 'sid=', '-p', `${server.pid}`]);
    expect(Number(output)).toBe(server.pid);
    await server.stop();
  });

  test('left by a start that was killed, is adopted and can be stopped', async () => {
    const home = await temporaryHome();
    const killed = await startInAnotherProcess(home, 'postgres');
    await remember(killed.url!);
    await killed.kill();
    expect(isAlive(killed.pid)).toBe(true);
    const server = await startPostgres({ home, fsync: false });
    expect(server).toMatchObject({ adopted: true, pid: killed.pid, url: killed.url });
    expect(await recall(server.url)).toBe('kept');
    await server.stop();
    expect(isAlive(killed.pid)).toBe(false);
  });

  test('killed itself, starts again with its data', async () => {
    const home = await temporaryHome();
    const first = await startPostgres({ home });
    await remember(first.url);
    process.kill(first.pid, 'SIGKILL');
    await waitUntil(() => !isAlive(first.pid), 60_000);
    const second = await startPostgres({ home });
    expect(second.adopted).toBe(false);
    expect(await recall(second.url)).toBe('kept');
    await second.stop();
  });

  test.runIf(process.platform !== 'win32')(
    'does not take another program for its own by an old pid file',
    async () => {
      const home = await temporaryHome();
      const first = await startPostgres({ home, fsync: false });
      const pidFile = join(dataFolder(home), 'postmaster.pid');
      const text = await readFile(pidFile, 'utf8');
      await first.stop();
      await writeFile(pidFile, text.replace(/^\d+/, `${process.pid}`), { mode: 0o600 });
      const owner = await stat(dataFolder(home));
      await chown(pidFile, owner.uid, owner.gid);
      const second = await startPostgres({ home, fsync: false });
      expect(second.pid).not.toBe(process.pid);
      await second.stop();
    },
  );

  test('whose creation was interrupted is created again', async () => {
    const home = await temporaryHome();
    const first = await startPostgres({ home, fsync: false });
    await first.stop();
    const data = dataFolder(home);
    await rm(data, { recursive: true });
    await writeFile(`${data}.new`, 'half');
    const second = await startPostgres({ home, fsync: false });
    await query(second.url, (sql) => sql`select 1`);
    await second.stop();
  });

  test('runs beside others, each with a port of its own', async () => {
    const homes = await Promise.all([temporaryHome(), temporaryHome(), temporaryHome()]);
    const servers = await Promise.all(homes.map((home) => startPostgres({ home, fsync: false })));
    expect(new Set(servers.map(({ url }) => new URL(url).port)).size).toBe(3);
    await Promise.all(servers.map((server) => server.stop()));
  });
});
