import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { anotherProcess, inProcess, ionConnection, tokenSetting } from '../support/token-fixture.ts';
import { accessToken, type TokenSetting } from '../support/token-parts.ts';

let setting: TokenSetting;
beforeAll(async () => {
  setting = await tokenSetting();
});

test('100 callers in two workers and two API processes with an expired token make one exchange', async () => {
  const ion = await ionConnection(setting);
  const processes = await Promise.all([
    anotherProcess(setting),
    anotherProcess(setting),
    anotherProcess(setting, { worker: false }),
    anotherProcess(setting, { worker: false }),
  ]);
  // The first exchange, so that what expires below is a token in use.
  await accessToken(ion.here, ion.id);
  await ion.expireAccess();
  ion.simulator.state.settings.tokenDelayMs = 500;
  for (const one of processes) one.call(ion.id, 25);
  const got = (await Promise.all(processes.map((one) => one.says('tokens')))) as string[][];
  expect(ion.tokens).toMatchObject({ exchanges: 2, refused: 0 });
  expect(new Set(got.flat())).toEqual(new Set([ion.tokens.issued.at(-1)!.access]));
  expect(got.flat()).toHaveLength(100);
  expect(await ion.attempts()).toEqual(['stored', 'stored']);
});

test('a token endpoint that takes longer than callers look twice is asked once', async () => {
  const ion = await ionConnection(setting, { tokenDelayMs: 4_000 });
  const [one, other] = [await inProcess(setting), await inProcess(setting)];
  await one.startWorker();
  await other.startWorker();
  const callers: Promise<string>[] = [];
  // They keep coming while the exchange is running, and every one of them wakes the keeper.
  for (let n = 0; n < 20; n++) {
    callers.push(accessToken(n % 2 ? one : other, ion.id));
    await sleep(150);
  }
  expect(new Set(await Promise.all(callers)).size).toBe(1);
  expect(ion.tokens.exchanges).toBe(1);
  expect(ion.exchangeCalls()).toBe(1);
});

test('callers whose token was refused upstream share one renewal', async () => {
  const ion = await ionConnection(setting);
  await ion.here.startWorker();
  const refused = await accessToken(ion.here, ion.id);
  const renewed = await Promise.all(
    Array.from({ length: 20 }, () => accessToken(ion.here, ion.id, { insteadOf: refused })),
  );
  expect(new Set(renewed).size).toBe(1);
  expect(renewed[0]).not.toBe(refused);
  expect(ion.tokens.exchanges).toBe(2);
  // One that comes late with the same old token finds that it has moved on.
  expect(await accessToken(ion.here, ion.id, { insteadOf: refused })).toBe(renewed[0]);
  expect(ion.tokens.exchanges).toBe(2);
});

test('a caller stops waiting when its signal aborts', async () => {
  const ion = await ionConnection(setting);
  // No worker: nobody will renew.
  const signal = AbortSignal.timeout(500);
  await expect(accessToken(ion.here, ion.id, { signal })).rejects.toThrow();
  expect(signal.aborted).toBe(true);
});

test('neither history nor rows hold a token in the clear', async () => {
  const ion = await ionConnection(setting);
  await ion.here.startWorker();
  await accessToken(ion.here, ion.id);
  await ion.wake({ force: true });
  await accessToken(ion.here, ion.id, { insteadOf: ion.tokens.issued[1]!.access });
  const history = JSON.stringify(await ion.handle.fetchHistory());
  const rows = JSON.stringify([
    await ion.row(),
    await ion.here.db.sql`select * from connections where id = ${ion.id}`,
  ]);
  const decoded = history.replaceAll(/"data":"([^"]*)"/g, (_, data) =>
    Buffer.from(data, 'base64').toString(),
  );
  for (const { access, refresh } of ion.tokens.issued)
    for (const text of [history, decoded, rows]) {
      expect(text).not.toContain(access);
      expect(text).not.toContain(refresh);
    }
});
