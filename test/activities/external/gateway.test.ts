import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createGateway, type GatewayDeps } from '../../../activities/external/gateway.ts';
import type { Budget, Connector, Definition } from '../../../connectors/contract.ts';
import { call } from '../../../connectors/http.ts';
import { budgetState } from '../../../db/connections/call-budget.ts';
import { addConnection } from '../../../db/connections/connections.ts';
import { bySystem } from '../../../domain/actor.ts';
import { newKeyRing, parseKeyRing } from '../../../security/key-ring.ts';
import { sealCredentials } from '../../../security/token.ts';
import {
  type SimRequest,
  type SimResponse,
  type Simulator,
  startSimulator,
} from '../../../simulators/harness.ts';
import { openedAgain, type TestDatabase, testDatabase } from '../../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

/** An outside system with tokens: `/token` issues one, everything else wants the newest. */
let system: Simulator<{
  issued: number;
  lifeSeconds: number;
  tokenMs: number;
  forbids: boolean;
  inFlight: number;
  most: number;
}>;
beforeEach(async () => {
  system = await startSimulator({
    state: { issued: 0, lifeSeconds: 3600, tokenMs: 0, forbids: false, inFlight: 0, most: 0 },
    async handle(request: SimRequest, state): Promise<SimResponse> {
      if (request.path === '/token') {
        await sleep(state.tokenMs);
        return { status: 200, body: { access: `token-${++state.issued}`, seconds: state.lifeSeconds } };
      }
      state.most = Math.max(state.most, ++state.inFlight);
      await sleep(20);
      state.inFlight--;
      const known = request.headers.authorization === `Bearer token-${state.issued}`;
      return { status: request.path === '/open' || (known && !state.forbids) ? 200 : 401, body: {} };
    },
  });
});
afterEach(async () => await system.close());

const settings = z.object({
  baseUrl: z.string(),
  calls: z.number().optional(),
  maxInFlight: z.number().optional(),
  callsPerSecond: z.number().optional(),
});
type Settings = z.infer<typeof settings>;

const definition: Definition = {
  kind: 'halopsa',
  name: 'Fake',
  role: 'destination',
  auth: 'client-credentials',
  settings,
  credentials: z.object({ secret: z.string() }),
  capabilities: [],
};

const connector: Connector<Settings, { secret: string }> = {
  definition,
  test: async () => ({ steps: [], identity: null }),
  identity: async () => null,
  async exchange(context) {
    const { json } = await call(
      { ...context, token: () => Promise.reject(new Error()) },
      {
        method: 'POST',
        url: `${context.settings.baseUrl}/token`,
        form: { secret: context.credentials.secret },
      },
      () => ({}),
    );
    const { access, seconds } = json as { access: string; seconds: number };
    return { accessToken: access, expiresInSeconds: seconds };
  },
};
const budgeted: Connector<Settings, { secret: string }> = {
  ...connector,
  definition: {
    ...definition,
    budget: ({ baseUrl, calls = 300 }: Settings): Budget => ({
      key: new URL(baseUrl).host,
      calls,
      seconds: 2,
    }),
  },
};

const ring = parseKeyRing(newKeyRing());
const log = { info() {}, warn() {} };
const gatewayOf = (of: typeof connector, database = db, more: Partial<GatewayDeps> = {}) =>
  createGateway({ db: database, ring, log, allowPrivate: true, connectorOf: () => of, ...more });

async function connect(given: Partial<Settings> = {}): Promise<string> {
  const id = randomUUID();
  await addConnection(
    db,
    {
      id,
      kind: 'halopsa',
      role: 'destination',
      name: 'Fake',
      settings: { baseUrl: system.url, ...given },
      credentials: sealCredentials(ring, id, { secret: 's' }),
    },
    bySystem,
  );
  return id;
}

const asking = (more = {}) => ({ signal: new AbortController().signal, purpose: 'import' as const, ...more });
const ask = async (gateway: ReturnType<typeof gatewayOf>, id: string, path = '/data', more = {}) => {
  const { context } = await gateway.sessionFor(id, asking(more));
  return await call(
    context,
    { url: `${system.url}${path}`, auth: path === '/open' ? 'none' : 'bearer' },
    () => ({}),
  );
};
const asked = (path: string) => system.requests.filter((request) => request.path === path).length;

describe('the token', () => {
  test('is asked for once however many callers in however many processes want it', async () => {
    system.state.tokenMs = 200;
    const id = await connect();
    const processes = [
      gatewayOf(connector),
      gatewayOf(connector, openedAgain(db.url)),
      gatewayOf(connector, openedAgain(db.url)),
    ];
    await Promise.all(Array.from({ length: 30 }, (_, i) => ask(processes[i % 3]!, id)));
    expect(asked('/token')).toBe(1);
  });

  test('is kept sealed', async () => {
    const id = await connect();
    await ask(gatewayOf(connector), id);
    const [row] = await db.sql`select * from tokens where connection_id = ${id}`;
    expect(row).toMatchObject({ version: 1, state: 'ok' });
    expect(JSON.stringify(row)).not.toContain('token-1');
  });

  test('is renewed before it ends', async () => {
    system.state.lifeSeconds = 1;
    const id = await connect();
    const gateway = gatewayOf(connector);
    await ask(gateway, id);
    await ask(gateway, id);
    expect(asked('/token')).toBe(1);
    await sleep(850);
    await ask(gateway, id);
    expect(asked('/token')).toBe(2);
  });

  test('that was revoked is renewed once for all who were refused', async () => {
    const id = await connect();
    const gateway = gatewayOf(connector);
    await ask(gateway, id);
    system.state.issued = 7;
    await Promise.all(Array.from({ length: 10 }, () => ask(gateway, id)));
    expect(asked('/token')).toBe(2);
  });

  test('of a connection that lacks permission is renewed once, then the failure is clear', async () => {
    const id = await connect();
    system.state.forbids = true;
    await expect(ask(gatewayOf(connector), id)).rejects.toMatchObject({ kind: 'unauthorised' });
    expect(asked('/token')).toBe(2);
    expect(asked('/data')).toBe(2);
  });

  test('asked for with older credentials is not used', async () => {
    const id = await connect();
    const gateway = gatewayOf(connector);
    await ask(gateway, id);
    await db.sql`update connections set credentials = ${sealCredentials(ring, id, { secret: 'new' })} where id = ${id}`;
    await ask(gateway, id);
    expect(asked('/token')).toBe(2);
  });

  test('that could not be got leaves the way free for the next caller', async () => {
    const id = await connect();
    system.faults.add({ path: '/token', act: { do: 'respond', status: 401 } });
    await expect(ask(gatewayOf(connector), id)).rejects.toMatchObject({ kind: 'unauthorised' });
    await ask(gatewayOf(connector), id);
    expect(asked('/token')).toBe(2);
  });
});

describe('the call budget', () => {
  const hostOf = () => new URL(system.url).host;

  test('counts every request, token and retry too', async () => {
    const id = await connect();
    let calls = 0;
    await ask(gatewayOf(budgeted), id, '/data', { onCall: () => calls++ });
    expect(calls).toBe(2);
    expect((await budgetState(db.sql, hostOf())).held).toBe(2);
  });

  test('makes callers wait, heartbeating, and a wait is no timeout', async () => {
    const id = await connect({ calls: 2 });
    const gateway = gatewayOf(budgeted);
    let [beats, waits] = [0, 0];
    const more = { purpose: 'person', heartbeat: () => beats++, onWait: () => waits++ };
    const { context } = await gateway.sessionFor(id, asking(more));
    const began = performance.now();
    for (let n = 0; n < 3; n++)
      await call(context, { url: `${system.url}/open`, timeoutMs: 1_000 }, () => ({}));
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(beats).toBeGreaterThan(0);
    expect(waits).toBe(beats);
  });

  test('stops waiting when told to', async () => {
    const id = await connect({ calls: 1 });
    const stop = new AbortController();
    const gateway = gatewayOf(budgeted);
    await ask(gateway, id, '/open', { purpose: 'person' });
    setTimeout(() => stop.abort(new Error('cancelled')), 100);
    await expect(ask(gateway, id, '/open', { purpose: 'person', signal: stop.signal })).rejects.toThrow(
      'cancelled',
    );
    expect(asked('/open')).toBe(1);
  });

  test('closes for everybody on a 429 and opens again', async () => {
    const id = await connect();
    system.faults.add({
      path: '/open',
      act: { do: 'respond', status: 429, headers: { 'retry-after': '1' } },
    });
    const [one, other] = [gatewayOf(budgeted), gatewayOf(budgeted, openedAgain(db.url))];
    // A person gets the failure at once; an import waits.
    await expect(ask(one, id, '/open', { purpose: 'person' })).rejects.toMatchObject({
      kind: 'rate-limited',
      details: { retryAfterMs: 1000 },
    });
    const began = performance.now();
    await ask(other, id, '/open');
    expect(performance.now() - began).toBeGreaterThan(800);
    const [gate] = await db.sql`select strikes from gates where budget_key = ${hostOf()}`;
    expect(gate).toEqual({ strikes: 0 });
  });

  test('that cannot be read lets no call out', async () => {
    const id = await connect();
    const gone = openedAgain(db.url);
    const { context } = await gatewayOf(budgeted, gone).sessionFor(id, asking());
    await gone.sql.end();
    await expect(call(context, { url: `${system.url}/open` }, () => ({}))).rejects.toMatchObject({
      kind: 'internal',
    });
    expect(asked('/open')).toBe(0);
  });
});

describe('the pace', () => {
  test('keeps requests under way within maxInFlight, shared by all contexts of a connection', async () => {
    const id = await connect({ maxInFlight: 2, callsPerSecond: 1000 });
    const gateway = gatewayOf(connector);
    await Promise.all(Array.from({ length: 12 }, () => ask(gateway, id, '/open')));
    expect(system.state.most).toBe(2);
  });

  test('starts requests within callsPerSecond', async () => {
    const id = await connect({ maxInFlight: 10, callsPerSecond: 10 });
    const gateway = gatewayOf(connector);
    const began = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => ask(gateway, id, '/open')));
    expect(performance.now() - began).toBeGreaterThan(480);
  });

  test('pauses when the host says so', async () => {
    const id = await connect();
    system.faults.add({ act: { do: 'respond', status: 429, headers: { 'retry-after': '0.5' } } });
    const gateway = gatewayOf(connector);
    await expect(ask(gateway, id, '/open', { purpose: 'person' })).rejects.toMatchObject({
      kind: 'rate-limited',
    });
    const began = performance.now();
    await ask(gateway, id, '/open');
    expect(performance.now() - began).toBeGreaterThan(400);
  });
});

describe('a pause of a day', () => {
  const throttled = (times = 1) =>
    system.faults.add({ path: '/open', times, act: { do: 'throttle', retryAfter: 86_400 } });
  const until = /no more calls until \d{4}-\d\d-\d\d \d\d:\d\d UTC/;

  test.each([
    ['a destination', budgeted],
    ['a distributor', connector],
  ])('of %s is told to whoever asks, and nobody calls or waits', async (_, of) => {
    throttled(-1);
    const id = await connect();
    const gateway = gatewayOf(of);
    await expect(ask(gateway, id, '/open')).rejects.toMatchObject({ retryable: false });
    for (const other of [gateway, gateway])
      await expect(ask(other, id, '/open')).rejects.toMatchObject({
        kind: 'rate-limited',
        retryable: false,
        message: expect.stringMatching(until),
      });
    expect(asked('/open')).toBe(1);
  });

  test.each([
    ['a destination', budgeted],
    ['a distributor', connector],
  ])('of %s is over once a person has seen that it answers again', async (_, of) => {
    throttled(2);
    const id = await connect();
    const gateway = gatewayOf(of);
    await expect(ask(gateway, id, '/open')).rejects.toMatchObject({ kind: 'rate-limited' });
    const person = { purpose: 'person' };
    await expect(ask(gateway, id, '/open', person)).rejects.toMatchObject({ kind: 'rate-limited' });
    await expect(ask(gateway, id, '/open')).rejects.toMatchObject({ kind: 'rate-limited' });
    await ask(gateway, id, '/open', person);
    await ask(gateway, id, '/open');
    expect(asked('/open')).toBe(4);
  });
});

test('a budget used up for minutes is reported to a person at once', async () => {
  const id = await connect({ calls: 1 });
  await db.sql`insert into calls (budget_key, held_until)
    values (${new URL(system.url).host}, clock_timestamp() + interval '4 minutes')`;
  await expect(ask(gatewayOf(budgeted), id, '/open', { purpose: 'person' })).rejects.toMatchObject({
    kind: 'rate-limited',
    message: expect.stringContaining('used up until'),
  });
  expect(asked('/open')).toBe(0);
});

test('calls behind a proxy go to no name that leads inward from here', async () => {
  vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
  const id = await connect();
  const to = (addresses: string[]) =>
    gatewayOf(connector, db, { allowPrivate: false, resolve: async () => addresses });
  const asking = async (gateway: ReturnType<typeof gatewayOf>) => {
    const { context } = await gateway.sessionFor(id, {
      signal: new AbortController().signal,
      purpose: 'person',
    });
    return await call(context, { url: 'https://far.example/' }, () => ({}));
  };
  await expect(asking(to(['10.0.0.8']))).rejects.toMatchObject({ kind: 'invalid' });
  await expect(asking(to(['93.184.216.34']))).rejects.toMatchObject({ kind: 'proxy' });
});

describe('a request', () => {
  test('that is not answered in time fails as timeout', async () => {
    const id = await connect();
    system.faults.add({ act: { do: 'hang' } });
    const { context } = await gatewayOf(budgeted).sessionFor(id, asking());
    const failing = call(
      context,
      { method: 'POST', url: `${system.url}/open`, timeoutMs: 100, write: true },
      () => ({}),
    );
    await expect(failing).rejects.toMatchObject({ kind: 'timeout', details: { ambiguous: 'timeout' } });
  });

  test('whose answer breaks off fails as dropped, after a long wait too', async () => {
    const id = await connect({ calls: 1 });
    const { context } = await gatewayOf(budgeted).sessionFor(id, asking({ purpose: 'person' }));
    const request = { method: 'POST', url: `${system.url}/open`, timeoutMs: 500, write: true } as const;
    await call(context, request, () => ({}));
    system.faults.add({ act: { do: 'truncate' } });
    await expect(call(context, request, () => ({}))).rejects.toMatchObject({
      kind: 'unreachable',
      details: { ambiguous: 'dropped' },
    });
  });

  test('to a private address is refused unless allowed', async () => {
    const id = await connect();
    const strict = gatewayOf(connector, db, { allowPrivate: false });
    await expect(ask(strict, id, '/open')).rejects.toMatchObject({ kind: 'invalid', retryable: false });
    const named = gatewayOf(connector, db, { allowPrivate: false, resolve: async () => ['10.0.0.8'] });
    const { context } = await named.sessionFor(id, asking());
    await expect(call(context, { url: 'https://inside.example/' }, () => ({}))).rejects.toThrow(
      'private network',
    );
    expect(system.requests).toEqual([]);
  });

  test('is not redirected', async () => {
    const id = await connect();
    system.faults.add({
      times: -1,
      act: { do: 'respond', status: 302, headers: { location: `${system.url}/elsewhere` } },
    });
    await expect(ask(gatewayOf(connector), id, '/open', { purpose: 'person' })).rejects.toThrow('redirects');
    expect(asked('/elsewhere')).toBe(0);
  });
});

test('a connection that is gone or needs attention says so', async () => {
  const gateway = gatewayOf(connector);
  await expect(gateway.sessionFor(randomUUID(), asking())).rejects.toMatchObject({ kind: 'not-found' });
  const id = await connect({ calls: 'many' as never });
  await expect(gateway.sessionFor(id, asking())).rejects.toThrow(
    "The connection's settings need attention: calls.",
  );
});
