import { beforeAll, expect, test } from 'vitest';
import {
  anotherProcess,
  cuttable,
  inProcess,
  ionConnection,
  tokenSetting,
} from '../support/token-fixture.ts';
import { accessToken, type TokenSetting } from '../support/token-parts.ts';
import { waitFor } from '../support/wait.ts';

let setting: TokenSetting;
beforeAll(async () => {
  setting = await tokenSetting();
});

test('SIGKILL before the token is spent: the next worker spends it', async () => {
  const ion = await ionConnection(setting);
  const doomed = await anotherProcess(setting, { hold: 'intended' });
  const caller = accessToken(ion.here, ion.id);
  await doomed.says('at');
  await doomed.kill();
  await ion.here.startWorker();
  expect(await caller).toBe(ion.tokens.issued.at(-1)!.access);
  expect(ion.tokens).toMatchObject({ exchanges: 1, refused: 0 });
  // The first intent was never closed: it stays as the trace of what happened.
  expect(await ion.attempts()).toEqual([null, 'stored']);
});

test('SIGKILL between the answer and the store: what reached the heartbeat is stored, nothing is spent twice', async () => {
  const ion = await ionConnection(setting);
  const doomed = await anotherProcess(setting, { hold: 'answered' });
  const caller = accessToken(ion.here, ion.id);
  await doomed.says('at');
  // Heartbeats are throttled for 8 seconds.
  await waitFor(
    async () => (await ion.underWay()).some(({ carried }) => carried),
    'the answer in a heartbeat',
  );
  await doomed.kill();
  await ion.here.startWorker();
  expect(await caller).toBe(ion.tokens.issued.at(-1)!.access);
  expect(ion.exchangeCalls()).toBe(1);
  expect(await ion.attempts()).toEqual(['stored']);
});

test('SIGKILL with the answer nowhere else: one quick retry, then a person is asked, and no loop', async () => {
  const ion = await ionConnection(setting);
  // The worker dies with the answer still on the wire.
  ion.simulator.state.settings.tokenDelayMs = 2_000;
  const doomed = await anotherProcess(setting);
  const caller = accessToken(ion.here, ion.id).catch((error) => error);
  await waitFor(() => ion.tokens.exchanges === 1, 'the exchange');
  await doomed.kill();
  ion.simulator.state.settings.tokenDelayMs = 0;
  await ion.here.startWorker();
  expect(await caller).toMatchObject({ kind: 'reauth-required' });
  expect(ion.exchangeCalls()).toBe(2);
  expect(await ion.finding()).toMatchObject({ state: 'open' });
  await expect(accessToken(ion.here, ion.id)).rejects.toMatchObject({ kind: 'reauth-required' });
  await ion.wake({ minVersion: 9 });
  await ion.keeperSays('Waiting for a new refresh token');
  expect(ion.exchangeCalls()).toBe(2);
});

test('SIGKILL between the store and its acknowledgement: the stored token holds', async () => {
  const ion = await ionConnection(setting);
  const doomed = await anotherProcess(setting, { hold: 'stored' });
  const caller = accessToken(ion.here, ion.id);
  await doomed.says('at');
  await doomed.kill();
  expect(await caller).toBe(ion.tokens.issued.at(-1)!.access);
  await ion.here.startWorker();
  await ion.expireAccess();
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(ion.tokens).toMatchObject({ exchanges: 2, refused: 0 });
  expect(await ion.attempts()).toEqual(['stored', 'stored']);
});

test('PostgreSQL away right after the exchange: the sealed answer is stored when it returns', async () => {
  const ion = await ionConnection(setting);
  const way = await cuttable(setting.databaseUrl);
  const worker = await inProcess(setting, way.url);
  await worker.startWorker(async (name) => {
    if (name === 'answered') way.cut();
  });
  const callers = Array.from({ length: 10 }, () => accessToken(ion.here, ion.id));
  await waitFor(() => ion.tokens.exchanges === 1, 'the exchange');
  await waitFor(
    async () => (await ion.underWay()).some(({ name }) => /storeToken/i.test(name)),
    'the store to wait',
  );
  expect(await ion.row()).toMatchObject({ state: 'refreshing', version: 0 });
  way.mend();
  expect(new Set(await Promise.all(callers))).toEqual(new Set([ion.tokens.issued.at(-1)!.access]));
  expect(ion.exchangeCalls()).toBe(1);
  expect(await ion.attempts()).toEqual(['stored']);
});

test('PostgreSQL away before the exchange: nothing is spent', async () => {
  const ion = await ionConnection(setting);
  const way = await cuttable(setting.databaseUrl);
  const worker = await inProcess(setting, way.url);
  await worker.startWorker();
  way.cut();
  await ion.wake({});
  await ion.keeperSays('could not be used');
  expect(ion.exchangeCalls()).toBe(0);
  way.mend();
  // After the back-off of half a minute.
  await accessToken(ion.here, ion.id);
  expect(ion.exchangeCalls()).toBe(1);
});
