import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { control } from '../support/control.ts';
import { expectProblem, instant, nobody, uuid } from '../support/problems.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** Connections, as design.md §5 promises them. */
let stack: Stack;
let arrow: Connected<'arrowsphere'>;
let halo: Connected<'halopsa'>;
let ion: Connected<'streamone-ion'>;
beforeAll(async () => {
  stack = await startStack();
  arrow = await stack.connect('arrowsphere', { customers: 4, subscriptions: 12 });
  halo = await stack.connect('halopsa', { customers: 4, clients: 'most' });
  ion = await stack.connect('streamone-ion', { customers: 4, subscriptions: 8 });
});
afterAll(() => stack?.close());

const path = ({ id }: { id: string }, rest = '') => `/v1/connections/${id}${rest}`;
const get = async (connection: { id: string }) => (await stack.api('GET', path(connection))).body;
const fields = (of: { settings: object; credentials: object }, more: object = {}) => ({
  kind: 'halopsa',
  name: 'Another Halo',
  settings: of.settings,
  credentials: of.credentials,
  ...more,
});

describe('making one', () => {
  test('answers 201 with where it is, and never what it was made with', async () => {
    const made = await stack.api('POST', '/v1/connections', fields(halo));
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/connections/${made.body.id}`);
    expect(made.headers.get('etag')).toBeTruthy();
    expect(made.body).toMatchObject({
      id: expect.stringMatching(uuid),
      kind: 'halopsa',
      name: 'Another Halo',
      settings: halo.settings,
      version: expect.any(Number),
    });
    const secret = halo.credentials.clientSecret!;
    const listed = await stack.api('GET', '/v1/connections');
    for (const answer of [made, await stack.api('GET', path(made.body)), listed]) {
      expect(JSON.stringify(answer.body)).not.toContain(secret);
      expect(JSON.stringify(answer.body)).not.toMatch(/"credentials":\s*\{"\w+":\s*"/);
    }
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(made.body.id);
    expect((await stack.api('DELETE', path(made.body))).status).toBe(204);
    expectProblem(await stack.api('GET', path(made.body)), 404, 'not-found');
    expectProblem(await stack.api('DELETE', path(made.body)), 404, 'not-found');
  });

  test.each([
    ['an unheard kind', { kind: 'quickbooks' }],
    ['no kind', { kind: undefined }],
    ['an empty name', { name: '' }],
    ['a name that is no text', { name: 7 }],
    ['a field nobody knows', { colour: 'red' }],
    ['a setting nobody knows', { settings: { baseUrl: 'http://127.0.0.1:9', colour: 'red' } }],
    ['a base URL that is none', { settings: { baseUrl: 'halo' } }],
    ['a base URL of another protocol', { settings: { baseUrl: 'file:///etc/passwd' } }],
    ['credentials it does not take', { credentials: { clientId: 'a', clientSecret: 'b', extra: 'c' } }],
    ['a credential missing', { credentials: { clientId: 'a' } }],
    ['no credentials', { credentials: undefined }],
    ['a budget of nothing', { settings: { baseUrl: 'http://127.0.0.1:9', callsPerFiveMinutes: 0 } }],
  ])('is refused with %s, and the refusal repeats no secret', async (_, wrong) => {
    const answer = await stack.api('POST', '/v1/connections', fields(halo, wrong));
    expectProblem(answer, 400, 'invalid-request');
    expect(JSON.stringify(answer.body)).not.toContain(halo.credentials.clientSecret);
  });
});

describe('changing one', () => {
  test('is a merge patch: what is null goes, what is not named stays', async () => {
    const before = await stack.api('GET', path(arrow));
    const settings = { callsPerSecond: null, maxInFlight: 2 };
    const merge = { 'content-type': 'application/merge-patch+json' };
    const patched = await stack.api('PATCH', path(arrow), { name: 'Arrow', settings }, merge);
    expect(patched.status, JSON.stringify(patched.body)).toBe(200);
    expect(patched.body).toMatchObject({ name: 'Arrow', version: before.body.version + 1 });
    expect(patched.body.settings).toMatchObject({ baseUrl: arrow.settings.baseUrl, maxInFlight: 2 });
    // Gone, or back at its default.
    expect(patched.body.settings.callsPerSecond ?? 5).toBe(5);
    expect(patched.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect(await get(arrow)).toEqual(patched.body);
    const back = { settings: { callsPerSecond: 1000, maxInFlight: 8 } };
    expect((await stack.api('PATCH', path(arrow), back)).status).toBe(200);
  });

  test('keeps credentials that are not named, and refuses to take away one it needs', async () => {
    const clientSecret = 'another-secret-of-some-length';
    halo.simulator.state.options.clientSecret = clientSecret;
    expect((await stack.api('PATCH', path(halo), { credentials: { clientSecret } })).status).toBe(200);
    expect((await stack.api('POST', path(halo, '/test'))).body).toMatchObject({ ok: true });
    expectProblem(await stack.api('PATCH', path(halo), { credentials: { clientSecret: null } }), 400);
    expectProblem(await stack.api('PATCH', path(halo), { settings: { baseUrl: null } }), 400);
    expectProblem(await stack.api('PATCH', path(halo), { credentials: null }), 400);
    for (const wrong of [{ kind: 'arrowsphere' }, { id: nobody }, { name: null }, { colour: 'red' }])
      expectProblem(await stack.api('PATCH', path(halo), wrong), 400, 'invalid-request');
  });

  test('heeds If-Match when it is sent', async () => {
    const { headers, body } = await stack.api('GET', path(halo));
    const etag = headers.get('etag')!;
    const rename = (name: string, match: string) =>
      stack.api('PATCH', path(halo), { name }, { 'if-match': match });
    expect((await rename('One', etag)).status).toBe(200);
    expectProblem(await rename('Two', etag), 412);
    expectProblem(await stack.api('DELETE', path(halo), undefined, { 'if-match': etag }), 412);
    expect(await get(halo)).toMatchObject({ name: 'One', version: body.version + 1 });
    expect((await rename('Any', '*')).status).toBe(200);
    const now = (await stack.api('GET', path(halo))).headers.get('etag')!;
    expect((await rename('Listed', `"other", ${now}`)).status).toBe(200);
  });

  test('of two at once with the same If-Match, one is refused', async () => {
    const etag = (await stack.api('GET', path(halo))).headers.get('etag')!;
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => stack.api('PATCH', path(halo), { name }, { 'if-match': etag })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test('never leads to another account', async () => {
    expect((await stack.api('POST', path(arrow, '/test'))).body).toMatchObject({ ok: true });
    const other = await stack.connect('arrowsphere', { customers: 2, subscriptions: 2, account: 3 });
    const { settings, credentials } = other;
    const before = await get(arrow);
    const moved = await stack.api('PATCH', path(arrow), { settings, credentials });
    if (moved.status === 200) {
      // Only asking tells: then no call that needs the account goes through.
      const tested = await stack.api('POST', path(arrow, '/test'));
      expect(tested.body).toMatchObject({ ok: false });
      expect(JSON.stringify(tested.body)).toMatch(/account/);
      await stack.expect(200, 'PATCH', path(arrow), {
        settings: arrow.settings,
        credentials: arrow.credentials,
      });
    } else {
      expectProblem(moved, 409, 'different-account');
      expect(await get(arrow)).toEqual(before);
    }
    // Asked for what it offers, a destination is found out too.
    expect((await stack.api('POST', path(halo, '/test'))).body).toMatchObject({ ok: true });
    halo.simulator.state.options.dbid = 9999;
    await stack.expect(200, 'PATCH', path(halo), { name: 'Elsewhere' });
    const elsewhere = await stack.api('GET', path(halo, '/top-levels?refresh=true'));
    expectProblem(elsewhere, 409, 'different-account');
    halo.simulator.state.options.dbid = 4711;
    await stack.expect(200, 'PATCH', path(halo), { name: 'Back' });
  });
});

describe('testing one', () => {
  const steps = {
    name: expect.any(String),
    state: expect.stringMatching(/^(passed|warning|failed|skipped)$/),
    message: expect.any(String),
  };

  test('says step by step what works', async () => {
    for (const connection of [arrow, halo, ion]) {
      const { status, body } = await stack.api('POST', path(connection, '/test'));
      expect(status).toBe(200);
      expect(body).toEqual({ ok: true, message: expect.any(String), steps: expect.any(Array) });
      expect(body.steps.length).toBeGreaterThan(0);
      for (const step of body.steps) expect(step).toEqual(steps);
    }
  });

  test('answers 200 when it fails too', async () => {
    halo.simulator.faults.add({
      path: '/auth/token',
      times: -1,
      act: { do: 'respond', status: 401, body: {} },
    });
    await control(halo, 'revokeTokens');
    const { status, body } = await stack.api('POST', path(halo, '/test'));
    halo.simulator.faults.clear();
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: false, message: expect.stringMatching(/\w/) });
    for (const step of body.steps) expect(step).toEqual(steps);
    expect(body.steps.some(({ state }: { state: string }) => state === 'failed')).toBe(true);
    expectProblem(await stack.api('POST', `/v1/connections/${nobody}/test`), 404, 'not-found');
  });
});

describe('its token', () => {
  test('is shown if tokens rotate, and refreshed on request', async () => {
    expect((await stack.api('POST', path(ion, '/test'))).body).toMatchObject({ ok: true });
    const before = await stack.expect(200, 'GET', path(ion, '/token'));
    expect(before).toEqual({
      state: 'ok',
      version: expect.any(Number),
      accessExpiresAt: expect.stringMatching(instant),
      refreshExpiresAt: expect.stringMatching(instant),
      lastRotatedAt: expect.stringMatching(instant),
    });
    const asked = await stack.api('POST', path(ion, '/token/refresh'));
    expect(asked.status, JSON.stringify(asked.body)).toBe(202);
    await expect
      .poll(async () => (await stack.api('GET', path(ion, '/token'))).body.version, { timeout: 30_000 })
      .toBe(before.version + 1);
  });

  test('is nothing to ask for where none rotates', async () => {
    expectProblem(await stack.api('GET', path(arrow, '/token')), 409, 'not-applicable');
    expect(await stack.expect(200, 'GET', path(halo, '/token'))).toMatchObject({ state: 'ok' });
    for (const connection of [arrow, halo])
      expectProblem(await stack.api('POST', path(connection, '/token/refresh')), 409, 'not-applicable');
  });
});

describe('deleting one', () => {
  test('waits for its integrations, takes credentials at once and the ledger when told', async () => {
    const source = await stack.connect('arrowsphere', { customers: 2, subscriptions: 4, account: 5 });
    const integration = await stack.integrate(source, halo);
    await stack.importAndWait(integration, { kind: 'customers', mode: 'preview' });
    for (const connection of [source, halo])
      expectProblem(await stack.api('DELETE', path(connection)), 409, 'in-use');
    await stack.expect(204, 'DELETE', `/v1/integrations/${integration}`);
    expectProblem(await stack.api('DELETE', path(source, '?purge=maybe')), 400, 'invalid-request');
    expect((await stack.api('DELETE', path(source, '?purge=true'))).status).toBe(204);
    for (const rest of ['', '/customers', '/collections'])
      expectProblem(await stack.api('GET', path(source, rest)), 404, 'not-found');
    expectProblem(await stack.api('POST', path(source, '/test')), 404, 'not-found');
  });
});
