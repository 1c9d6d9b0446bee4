import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HomeLocked, keptPort, lockHome, openHome, readOrCreate } from '../../embedded/home.ts';
import { identify } from '../../embedded/processes.ts';
import { silent } from '../../embedded/progress.ts';
import { recorder, slowly, startInAnotherProcess, temporaryHome } from './support.ts';

const posix = process.platform !== 'win32';
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe.runIf(posix)('the home is its owner’s only', () => {
  test('a new home has mode 0700', async () => {
    expect(await modeOf(await temporaryHome())).toBe(0o700);
  });

  test('an empty folder is closed, a used one is refused and left as it is', async () => {
    const home = await temporaryHome();
    await mkdir(join(home, 'empty'), { mode: 0o755 });
    expect(await modeOf(await openHome(join(home, 'empty')))).toBe(0o700);
    await mkdir(join(home, 'shared'));
    await writeFile(join(home, 'shared', 'file'), '');
    await chmod(join(home, 'shared'), 0o755);
    await expect(openHome(join(home, 'shared'))).rejects.toThrow('open to other users');
    expect(await modeOf(join(home, 'shared'))).toBe(0o755);
  });

  test('a secret has mode 0600, also after someone opened it', async () => {
    const home = await temporaryHome();
    await readOrCreate(home, 'key', () => 'secret');
    expect(await modeOf(join(home, 'key'))).toBe(0o600);
    await chmod(join(home, 'key'), 0o644);
    expect(await readOrCreate(home, 'key', () => 'other')).toBe('secret');
    expect(await modeOf(join(home, 'key'))).toBe(0o600);
  });
});

test('a secret is made once, however many ask', async () => {
  const home = await temporaryHome();
  const values = await Promise.all(
    Array.from({ length: 20 }, (_, n) => readOrCreate(home, 'key', () => `key ${n}`)),
  );
  expect(new Set(values).size).toBe(1);
});

test('an emptied secret is an error, not a new key', async () => {
  const home = await temporaryHome();
  await writeFile(join(home, 'key'), '');
  await expect(readOrCreate(home, 'key', () => 'new')).rejects.toThrow('is empty');
});

describe('the lock', () => {
  test('refuses a second start, naming the process', async () => {
    const home = await temporaryHome();
    const lock = await lockHome(home);
    await expect(lockHome(home)).rejects.toThrow(new RegExp(`process ${process.pid}\\b`));
    lock.release();
    (await lockHome(home)).release();
  });

  test('refuses while another process lives and is free once it is killed', slowly, async () => {
    const home = await temporaryHome();
    const other = await startInAnotherProcess(home, 'lock');
    const refusal = await lockHome(home).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(HomeLocked);
    expect((refusal as HomeLocked).pid).toBe(other.starter);
    await other.kill();
    (await lockHome(home)).release();
  });

  test.runIf(posix)('is not held by another program that got the dead one’s number', async () => {
    const home = await temporaryHome();
    await writeFile(join(home, 'lock'), JSON.stringify({ pid: process.pid, identity: 'of an earlier boot' }));
    (await lockHome(home)).release();
  });

  test('left by a dead process goes to exactly one of many', async () => {
    const home = await temporaryHome();
    const dead = spawn(process.execPath, ['-e', '']);
    const identity = identify(dead.pid!);
    await once(dead, 'exit');
    await writeFile(join(home, 'lock'), JSON.stringify({ pid: dead.pid, identity }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockHome(home)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('released late does not free its successor’s', async () => {
    const home = await temporaryHome();
    const first = await lockHome(home);
    first.release();
    const second = await lockHome(home);
    first.release();
    expect(await readFile(join(home, 'lock'), 'utf8')).toContain(String(process.pid));
    second.release();
  });
});

describe('ports', () => {
  // Away from those of other runs on this machine.
  const first = 30_000 + (process.pid % 100) * 200;

  test('are kept', async () => {
    const home = await temporaryHome();
    const port = await keptPort(home, 'thing', first, silent);
    expect(await keptPort(home, 'thing', first, silent)).toBe(port);
  });

  test('are chosen again, with a line that says so, if another program uses one', async () => {
    const home = await temporaryHome();
    const port = await keptPort(home, 'thing', first, silent);
    const thief = createServer().listen(port, '127.0.0.1');
    await once(thief, 'listening');
    const { lines, onProgress } = recorder();
    const next = await keptPort(home, 'thing', first, onProgress);
    thief.close();
    expect(next).not.toBe(port);
    expect(lines).toEqual([`port ${port} is used by another program; thing moves to port ${next}`]);
  });
});
