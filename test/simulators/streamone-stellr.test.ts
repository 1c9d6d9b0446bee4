import { afterEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulators/harness.ts';
import {
  type StellrOptions,
  type StellrState,
  startStreamOneStellr,
} from '../../simulators/streamone-stellr/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged key by key
type Json = any;
let sim: Simulator<StellrState>;
let access = '';
afterEach(() => sim.close());

async function start(options: StellrOptions = {}) {
  sim = await startStreamOneStellr({ customers: 50, subscriptions: 120, ...options });
  access = (await grant()).body.access_token;
}
const grant = (fields: Record<string, string> = {}) =>
  call('/oauth2/v1/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'stellr-client',
      client_secret: 'stellr-secret',
      ...fields,
    }),
  });

async function call(path: string, init: RequestInit = {}) {
  const answer = await fetch(sim.url + path, { ...init, headers: { authorization: `Bearer ${access}` } });
  return { status: answer.status, body: (await answer.json()) as Json };
}
async function control(name: string, body: unknown = {}) {
  const answer = await call(`/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.body;
}
const customers = '/api/v1/cloud/customers';
const all = '/api/v1/subscriptions?pageNo=1&pageSize=200';
const paged = '?pageNo=1&pageSize=100';

describe('access', () => {
  test('client credentials, refusals and expiry', async () => {
    let now = Date.UTC(2026, 10, 1);
    await start({ clock: () => now });
    expect((await grant()).body).toMatchObject({ token_type: 'Bearer', expires_in: 7200 });
    expect(await grant({ client_secret: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect((await grant({ grant_type: 'password' })).status).toBe(400);
    // A second token does not end the first.
    expect((await call(customers + paged)).status).toBe(200);
    now += 7_200_000;
    expect((await call(customers + paged)).status).toBe(401);
    access = (await grant()).body.access_token;
    await control('revokeTokens');
    expect((await call(customers + paged)).status).toBe(401);
    expect(await control('tokens')).toMatchObject({ exchanges: 3, refused: 1, currentAccess: null });
    const { clientSecret } = await control('newCredentials');
    expect((await grant()).status).toBe(401);
    expect((await grant({ client_secret: clientSecret })).status).toBe(200);
  });

  test('a permission that was not granted is 403; an unknown path is the framework’s 404', async () => {
    await start({ permissions: ['List Customers', "List Customers' Subscriptions"] });
    expect((await call(customers + paged)).status).toBe(200);
    expect((await call(`${customers}/123001`)).status).toBe(403);
    expect((await call(all)).status).toBe(403);
    expect((await call(`/api/v1/customers/123001/subscriptions${paged}`)).status).toBe(200);
    const lost = await call('/api/v1/cloud/customers/123001/subscriptions');
    expect([lost.status, lost.body.message]).toEqual([404, expect.stringContaining('No static resource')]);
  });
});

describe('lists', () => {
  test('pageNo and pageSize or nothing; at most 200 a page', async () => {
    await start({ customers: 250, subscriptions: 300 });
    for (const query of ['', '?pageNo=1', '?pageSize=100', '?pageNo=0&pageSize=100'])
      expect((await call(customers + query)).body.data).toEqual({ total: 0, records: [] });
    const sizes = [];
    for (const no of [1, 2, 3]) {
      const { body } = await call(`${customers}?pageNo=${no}&pageSize=500`);
      expect([typeof body.requestId, body.data.total]).toEqual(['string', 250]);
      sizes.push(body.data.records.length);
    }
    expect(sizes).toEqual([200, 50, 0]);
    expect((await call(`${customers}${paged}&resellerNo=1`)).body.data.total).toBe(0);
  });

  test('spellings: names, envelopes, ids', async () => {
    await start();
    const first = async () => (await call(customers + paged)).body;
    expect((await first()).data.records[0]).toMatchObject({ customerNo: '123001', name: expect.any(String) });
    await control('setOption', { nameKey: 'companyName', recordsKey: 'content', ids: 'number' });
    expect((await first()).data.content[0]).toMatchObject({
      customerNo: 123001,
      companyName: expect.any(String),
    });
    await control('setOption', { recordsKey: 'data' });
    expect(await first()).toMatchObject({ total: 50, data: expect.any(Array) });
    expect((await first()).data.some((row: Json) => row.status === 'Discontinued')).toBe(true);
  });

  test('subscriptions: contract_line ids, odd dates, blank status, prices both ways, commitment in the name', async () => {
    await start();
    const { records, total } = (await call(all)).body.data;
    expect(total).toBe(120);
    const some = (test: (row: Json) => boolean) => expect(records.some(test)).toBe(true);
    expect(records.every((row: Json) => row.subscriptionId === `${row.contractNo}_${row.lineNo}`)).toBe(true);
    some((row) => row.lineNo === 2);
    some((row) => row.startDate.endsWith('-0400'));
    some((row) => /^\d{4}-\d\d-\d\d$/.test(row.startDate));
    some((row) => row.status === '');
    some((row) => typeof row.unitPrice === 'string');
    some((row) => typeof row.unitPrice === 'number');
    for (const word of ['Annual', 'Triennial', 'Monthly']) some((row) => row.productName.includes(word));
    for (const word of ['month', 'annual', 'one_time']) some((row) => row.billingFrequency === word);
    const { customerNo, subscriptionId } = records[0];
    const path = `/api/v1/customers/${customerNo}/subscriptions`;
    expect((await call(`${path}/${subscriptionId}`)).body.data).toEqual(records[0]);
    expect((await call(`${path}/1_1`)).status).toBe(404);
    const own = (await call(path + paged)).body.data.records;
    expect(own.every((row: Json) => row.customerNo === customerNo)).toBe(true);
    expect((await call(path)).body.data.total).toBe(0);
  });
});

describe('controls', () => {
  test('a customer fails alone, also with HTTP 200', async () => {
    await start();
    const read = () => call(`/api/v1/customers/123001/subscriptions${paged}`);
    await control('failCustomer', { customerNo: '123001', mode: 'business' });
    const soft = await read();
    expect([soft.status, soft.body.errorMessage, soft.body.data.records]).toEqual([
      200,
      expect.any(String),
      [],
    ]);
    await control('setOption', { failureKey: 'ErrorMessage' });
    expect((await read()).body.data.ErrorMessage).toEqual(expect.any(String));
    await control('failCustomer', { customerNo: '123001', mode: '500' });
    expect((await read()).status).toBe(500);
    await control('failCustomer', { customerNo: '123001', mode: '403' });
    expect((await read()).status).toBe(403);
    await control('failCustomer', { customerNo: '123001', mode: 'off' });
    expect((await read()).body.data.total).toBeGreaterThan(0);
  });

  test('records change, break, come and go', async () => {
    await start();
    const first = async () => (await call(all)).body.data.records[0];
    const { subscriptionId: id } = await first();
    await control('setSubscription', { id, patch: { quantity: 77, status: null } });
    expect(await first()).toMatchObject({ quantity: 77 });
    expect(await first()).not.toHaveProperty('status');
    await control('breakSubscription', { id, mode: 'noquantity' });
    expect(await first()).not.toHaveProperty('quantity');
    await control('breakSubscription', { id, mode: 'noid' });
    expect(await first()).not.toHaveProperty('subscriptionId');
    await control('breakSubscription', { id, mode: 'unreadable' });
    expect(await first()).toMatchObject({ subscriptionId: id, status: 17 });
    await control('removeSubscription', { id });
    await control('addSubscription', { customerNo: '123002', quantity: 3 });
    const { customerNo } = await control('addCustomer', { name: 'Probe Inc.' });
    expect((await call(`${customers}/${customerNo}`)).body.data.name).toBe('Probe Inc.');
    await control('removeCustomer', { customerNo: '123002' });
    expect((await call(`${customers}/123002`)).status).toBe(404);
    const { subscriptions } = await control('counts');
    await control('totalOffset', { n: -4 });
    expect((await call(all)).body.data.total).toBe(subscriptions - 4);
    await control('emptyListings');
    expect((await call(all)).body.data).toEqual({ total: 0, records: [] });
    expect((await call(customers + paged)).body.data).toEqual({ total: 0, records: [] });
  });

  test('stays quick with 100,000', async () => {
    await start({ customers: 10_000, subscriptions: 100_000 });
    await call(all);
    const before = performance.now();
    expect((await call('/api/v1/subscriptions?pageNo=500&pageSize=200')).body.data.records).toHaveLength(200);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
