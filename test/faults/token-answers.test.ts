import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { storeToken } from '../../db/connections/tokens.ts';
import { entryDigest, sealCredentials, sealToken } from '../../security/token.ts';
import type { Fault } from '../../simulators/harness.ts';
import { makeRoot } from '../support/certificates.ts';
import { type Ion, inProcess, ionConnection, tokenSetting } from '../support/token-fixture.ts';
import { accessToken, type TokenSetting } from '../support/token-parts.ts';
import { waitFor } from '../support/wait.ts';

let setting: TokenSetting;
beforeAll(async () => {
  setting = await tokenSetting();
});

async function working(options?: Parameters<typeof ionConnection>[1]): Promise<Ion> {
  const ion = await ionConnection(setting, options);
  await ion.here.startWorker();
  return ion;
}

test('an answer lost on the wire: one quick retry, then a person is asked, and no loop', async () => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', act: { do: 'drop-reply' } });
  const began = performance.now();
  await expect(accessToken(ion.here, ion.id)).rejects.toMatchObject({ kind: 'reauth-required' });
  // Well inside the half minute for which some servers still take a spent token.
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(ion.exchangeCalls()).toBe(2);
  expect(await ion.attempts()).toEqual(['lost', 'refused']);
  expect(await ion.row()).toMatchObject({ state: 'reauth_required' });
  expect(await ion.finding()).toMatchObject({
    state: 'open',
    message: expect.stringContaining('credentials'),
  });
});

test('an answer lost on the wire that a server repeats is not lost', async () => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', act: { do: 'drop' } });
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(await ion.attempts()).toEqual(['lost', 'stored']);
});

test('answers that are always lost are asked for twice, not more', async () => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', times: -1, act: { do: 'drop' } });
  await expect(accessToken(ion.here, ion.id)).rejects.toMatchObject({ kind: 'reauth-required' });
  await ion.keeperSays('Waiting for a new refresh token');
  expect(ion.exchangeCalls()).toBe(2);
  // A person may try once more: the token was never spent.
  ion.simulator.faults.clear();
  await ion.wake({ force: true });
  await waitFor(async () => (await ion.row()).state === 'ok', 'the token');
  expect(await ion.finding()).toMatchObject({ state: 'resolved' });
});

test.each([
  ['a body that is not JSON', { do: 'broken-json' } as const],
  ['a body that breaks off', { do: 'truncate' } as const],
])('%s counts as a lost answer', async (_, act) => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', act });
  await expect(accessToken(ion.here, ion.id)).rejects.toMatchObject({ kind: 'reauth-required' });
  expect(await ion.attempts()).toEqual(['lost', 'refused']);
});

const unspent: [string, Fault['act']][] = [
  ['503', { do: 'respond', status: 503 }],
  ['429', { do: 'respond', status: 429 }],
  ['a redirect', { do: 'respond', status: 302, headers: { location: 'http://elsewhere.example/' } }],
  // Every other answer of an intermediary is the connector's to tell: test/connectors/middlemen.test.ts.
  ['a page', { do: 'middleman', as: 'html-403' }],
  ['JSON of something else', { do: 'middleman', as: 'json-401' }],
];

test.each(unspent)('%s spends nothing: the same token is tried again later', async (_, act) => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', act });
  const caller = accessToken(ion.here, ion.id);
  await waitFor(async () => (await ion.row())?.problem, 'the failure');
  expect(await ion.row()).toMatchObject({ state: 'ok', version: 0 });
  // A person does not wait for the back-off to end.
  await ion.wake({ force: true });
  expect(await caller).toBe(ion.tokens.issued.at(-1)!.access);
  expect(await ion.attempts()).toEqual(['failed', 'stored']);
});

test('a refused token: a new one entered by a person resumes everything', async () => {
  const ion = await working();
  await accessToken(ion.here, ion.id);
  ion.simulator.state.settings.reuseRevokes = true;
  for (const made of ion.tokens.issued) Object.assign(made, { accessAlive: false, refreshAlive: false });
  await ion.expireAccess();
  await expect(accessToken(ion.here, ion.id)).rejects.toMatchObject({ kind: 'reauth-required' });
  expect(await ion.finding()).toMatchObject({ state: 'open' });

  const fresh = await newCredentials(ion);
  await ion.enter(fresh);
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(await ion.row()).toMatchObject({ state: 'ok', problem: null });
  expect(await ion.finding()).toMatchObject({ state: 'resolved' });
});

test('a new token that never reached the keeper by signal is found by the next caller', async () => {
  const ion = await working();
  ion.simulator.faults.add({
    path: '/oauth/token',
    act: { do: 'respond', status: 400, body: { error: 'no' } },
  });
  await expect(accessToken(ion.here, ion.id)).rejects.toMatchObject({ kind: 'reauth-required' });
  const { here } = ion;
  const credentials = sealCredentials(here.ring, ion.id, { refreshToken: await newCredentials(ion) });
  await here.db.sql`update connections set credentials = ${credentials} where id = ${ion.id}`;
  expect(await accessToken(here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
});

test('a rival rotated the token meanwhile: what it stored is adopted', async () => {
  const ion = await ionConnection(setting);
  const rival = await inProcess(setting);
  await ion.here.startWorker(async (name) => {
    if (name !== 'intended') return;
    // Another copy of us spends the same token and stores its answer a moment after ours is refused.
    const made = await control(ion, 'rotateElsewhere');
    const row = await ion.row();
    setTimeout(
      () =>
        void storeToken(rival.db.sql, {
          connectionId: ion.id,
          follows: row.version,
          enteredAt: row.enteredAt,
          sealed: sealToken(rival.ring, ion.id, {
            accessToken: made.access_token,
            refreshToken: made.refresh_token,
            entered: entryDigest(ion.tokens.issued[0]!.refresh),
          }),
          scope: null,
          askedAt: row.now,
          expiresInSeconds: 7200,
        }),
      500,
    );
  });
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(await ion.row()).toMatchObject({ state: 'ok', version: 1 });
  await waitFor(async () => (await ion.attempts())[0] === 'adopted', 'the attempt to be closed');
  expect(await ion.finding()).toBeNull();
});

test('an answer without a refresh token keeps the former one', async () => {
  const ion = await working({ omitRefreshToken: true });
  await accessToken(ion.here, ion.id);
  await ion.expireAccess();
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(ion.tokens).toMatchObject({ exchanges: 2, refused: 0 });
});

test('a lifetime sent as text is read', async () => {
  const ion = await working({ expiresInAsText: true, accessSeconds: 3600 });
  await accessToken(ion.here, ion.id);
  const { accessExpiresAt, refreshExpiresAt, now } = await ion.row();
  expect(Math.round((accessExpiresAt.getTime() - now.getTime()) / 60_000)).toBe(60);
  expect(Math.round((refreshExpiresAt!.getTime() - now.getTime()) / 86_400_000)).toBe(32);
});

test.each([
  ['a moment in milliseconds', { expires_in: 1_795_793_756_000 }],
  ['1e15', { expires_in: 1e15 }],
  ['text', { expires_in: 'soon' }],
  ['nothing', { expires_in: null }],
  ['a line break after the token', { access_token: 'access-with-line-break\n' }],
])('%s for a lifetime or token loses no pair', async (_, body) => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', act: { do: 'patch', body } });
  expect(await accessToken(ion.here, ion.id)).toBe(
    'access_token' in body ? 'access-with-line-break' : ion.tokens.issued.at(-1)!.access,
  );
  const { accessExpiresAt, now } = await ion.row();
  expect(Math.round((accessExpiresAt.getTime() - now.getTime()) / 3_600_000)).toBe(2);
  await ion.expireAccess();
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(ion.tokens).toMatchObject({ exchanges: 2, refused: 0 });
});

test('a pair without its access token is stored, and its refresh token brings another', async () => {
  const ion = await working();
  ion.simulator.faults.add({ path: '/oauth/token', act: { do: 'patch', body: { access_token: null } } });
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
  expect(ion.tokens).toMatchObject({ exchanges: 2, refused: 0 });
});

const certificates = makeRoot();
test.skipIf(!certificates)(
  'a certificate that cannot be trusted spends nothing, and heals by itself',
  async () => {
    const ion = await working();
    const { root, sign } = certificates!;
    const leaf = sign('localhost');
    let requests = 0;
    const server = createTlsServer({ key: leaf.key, cert: leaf.cert + root.cert }, () => {
      requests++;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = `https://localhost:${(server.address() as AddressInfo).port}/oauth/token`;
    const { sql } = ion.here.db;
    await sql`update connections set settings = settings || ${sql.json({ tokenUrl: at })} where id = ${ion.id}`;
    const caller = accessToken(ion.here, ion.id);
    await waitFor(async () => (await ion.row())?.problem, 'the failure');
    for (let n = 0; n < 3; n++) {
      const tries = (await ion.attempts()).length;
      await ion.wake({ force: true });
      await waitFor(async () => (await ion.attempts()).length > tries, 'another try');
    }
    expect(await ion.row()).toMatchObject({
      state: 'ok',
      version: 0,
      problem: expect.stringContaining('certificate of localhost'),
    });
    expect(new Set(await ion.attempts())).toEqual(new Set(['failed']));
    expect(await ion.finding()).toBeNull();
    expect(requests).toBe(0);
    // The repair; the keeper comes back by itself, a person only makes it quicker.
    server.close();
    await sql`update connections set settings = settings - 'tokenUrl' where id = ${ion.id}`;
    await ion.wake({ force: true });
    expect(await caller).toBe(ion.tokens.issued.at(-1)!.access);
  },
);

test('a restored older database is recognised and reported, and its token is not spent', async () => {
  const ion = await working();
  await accessToken(ion.here, ion.id);
  const [backup] = await ion.here.db.sql`select * from tokens where connection_id = ${ion.id}`;
  for (let n = 0; n < 2; n++) {
    await ion.expireAccess();
    await accessToken(ion.here, ion.id);
  }
  const calls = ion.exchangeCalls();
  await ion.here.db.sql`update tokens set ${ion.here.db.sql(backup!)} where connection_id = ${ion.id}`;
  // The access token in the backup is refused upstream, so its first user comes for another.
  const stale = await accessToken(ion.here, ion.id);
  await expect(accessToken(ion.here, ion.id, { insteadOf: stale })).rejects.toMatchObject({
    kind: 'reauth-required',
  });
  expect(await ion.finding()).toMatchObject({ state: 'open', message: expect.stringContaining('backup') });
  // Not even by force: the chain may be revoked by it.
  await ion.wake({ force: true });
  await ion.keeperSays('Waiting for a new refresh token');
  expect(ion.exchangeCalls()).toBe(calls);

  await ion.enter(await newCredentials(ion));
  expect(await accessToken(ion.here, ion.id)).toBe(ion.tokens.issued.at(-1)!.access);
});

test('the keeper of a deleted connection ends', async () => {
  const ion = await working();
  await accessToken(ion.here, ion.id);
  await ion.here.db.sql`update connections set credentials = null, deleted_at = now() where id = ${ion.id}`;
  await ion.wake({});
  await ion.handle.result();
});

async function control(ion: Ion, name: string, body: object = {}) {
  const response = await fetch(`${ion.simulator.url}/__control/do/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return (await response.json()) as { access_token: string; refresh_token: string };
}

const newCredentials = async (ion: Ion) => (await control(ion, 'newCredentials')).refresh_token;
