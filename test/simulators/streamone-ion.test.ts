import { afterEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulators/harness.ts';
import { type IonOptions, type IonState, startStreamOneIon } from '../../simulators/streamone-ion/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged key by key
type Json = any;
let sim: Simulator<IonState>;
afterEach(() => sim.close());

const small = { customers: 50, subscriptions: 120 };
const start = async (options: IonOptions = {}) => {
  sim = await startStreamOneIon({ ...small, ...options });
};
const account = '/api/v3/accounts/1001';

async function call(path: string, init: RequestInit & { access?: string } = {}) {
  const { access = 'ion-access-1', headers, ...rest } = init;
  const answer = await fetch(sim.url + path, {
    ...rest,
    headers: { authorization: `Bearer ${access}`, ...(headers as Record<string, string>) },
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}
const post = (path: string, body: unknown, method = 'POST') =>
  call(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const control = async (name: string, body: unknown = {}) =>
  (await post(`/__control/do/${name}`, body)).body as Json;
const form = (path: string, fields: Record<string, string>) =>
  call(path, { method: 'POST', body: new URLSearchParams(fields) });
const refresh = (refresh_token: string) =>
  form('/oauth/token', { grant_type: 'refresh_token', refresh_token });

describe('tokens', () => {
  test('a refresh token is spent once, the pair rotates and the earlier access token dies', async () => {
    await start();
    const first = await refresh('ion-refresh-1');
    expect(first).toMatchObject({ status: 200, body: { expires_in: 7200, token_type: 'Bearer' } });
    expect(first.body.refresh_token).not.toBe('ion-refresh-1');
    expect(await refresh('ion-refresh-1')).toEqual({
      status: 400,
      body: { error: 'cannot validate token: redis: nil' },
    });
    expect((await call(`${account}/customers?pageSize=1`)).status).toBe(401);
    const access = first.body.access_token;
    expect((await call(`${account}/customers?pageSize=1`, { access })).status).toBe(200);
    const report = await control('tokens');
    expect(report).toMatchObject({ exchanges: 1, refused: 1, currentAccess: access });
    expect(report.issued.map((made: Json) => made.version)).toEqual([1, 2]);
  });

  test('two who race on one token: one 200, one 400', async () => {
    await start({ tokenDelayMs: 30 });
    const answers = await Promise.all([refresh('ion-refresh-1'), refresh('ion-refresh-1')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  test('a lost reply has rotated all the same', async () => {
    await start();
    sim.faults.add({ path: '/oauth/token', act: { do: 'drop-reply' } });
    await expect(refresh('ion-refresh-1')).rejects.toThrow();
    expect((await refresh('ion-refresh-1')).status).toBe(400);
    expect(await control('tokens')).toMatchObject({ exchanges: 1, refused: 1 });
  });

  test('lifetimes follow the clock; validateAccess answers both ways', async () => {
    let now = Date.UTC(2026, 10, 1);
    await start({ clock: () => now, deadTokenStatus: 403 });
    now += 527_000;
    const left = { access_expires_in: 6673, refresh_expires_in: 2764273 };
    const validate = () => form('/oauth/validateAccess', { access_token: 'ion-access-1' });
    expect(await validate()).toEqual({ status: 200, body: left });
    expect(await call('/oauth/validateAccess')).toEqual({ status: 200, body: left });
    now += 7_200_000;
    expect((await validate()).status).toBe(400);
    expect((await call(`${account}/customers?pageSize=1`)).body.error).toBe('PERMISSION_DENIED');
    now += 32 * 86_400_000;
    expect((await refresh('ion-refresh-1')).status).toBe(400);
  });

  test('odd answers, a rival, and new credentials', async () => {
    await start({ expiresInAsText: true, omitRefreshToken: true });
    const odd = await refresh('ion-refresh-1');
    expect(odd.body.expires_in).toBe('7200');
    expect(odd.body).not.toHaveProperty('refresh_token');
    await control('setOption', { omitRefreshToken: false });
    const rival = await control('rotateElsewhere');
    expect((await refresh('ion-refresh-1')).status).toBe(400);
    await control('revoke');
    expect((await refresh(rival.refresh_token)).status).toBe(400);
    const fresh = await control('newCredentials');
    expect((await refresh(fresh.refresh_token)).status).toBe(200);
  });

  test('another account is 403 with the envelope', async () => {
    await start();
    const { status, body } = await call('/api/v3/accounts/1002/customers?pageSize=1');
    expect({ status, ...body }).toMatchObject({ status: 403, error: 'PERMISSION_DENIED', code: 403 });
    expect(body.details[0].requestId).toBeTruthy();
  });
});

describe('customers', () => {
  async function walk(query: string) {
    const pages: Json[][] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { status, body } = await call(`${account}/customers?${query}${token && `&pageToken=${token}`}`);
      expect(status).toBe(200);
      pages.push(body.customers ?? []);
      token = body.nextPageToken;
    }
    return pages;
  }

  test('paging: a size or a token, short pages and empty pages that go on', async () => {
    await start();
    expect((await call(`${account}/customers`)).body).toMatchObject({
      error: 'INVALID_REQUEST',
      message: 'At least one of page_size and page_token must be present',
    });
    expect((await walk('pageSize=20')).map((page) => page.length)).toEqual([20, 20, 10]);
    expect((await walk('page_size=20')).flat()).toHaveLength(50);
    await control('setOption', { shortPages: true, emptyPages: true });
    const pages = await walk('pageSize=20');
    expect(pages.map((page) => page.length).slice(0, 3)).toEqual([10, 0, 10]);
    expect(new Set(pages.flat().map((row) => row.name)).size).toBe(50);
    expect((await call(`${account}/customers?pageToken=nonsense`)).status).toBe(400);
  });

  test('filters; the id is only in the name', async () => {
    await start();
    const [first] = (await walk('pageSize=1'))[0]!;
    expect(first.name).toBe('accounts/1001/customers/20001');
    expect(first).not.toHaveProperty('id');
    expect((await walk(`pageSize=5&filter.customerEmail=${first.customerEmail}`)).flat()).toHaveLength(1);
    expect((await walk('pageSize=5&filter.customer_status=INACTIVE')).flat()).toHaveLength(1);
    expect((await call(`${account}/customers?pageSize=5&filter.customerStatus=SUSPENDED`)).status).toBe(400);
  });

  test('create answers 200 with a password, refuses a used email; PUT replaces the record', async () => {
    await start();
    const body = {
      customerOrganization: 'Probe AB',
      customerName: 'Ada Probe',
      customerEmail: 'ada@probe.example',
      customerPhone: '5550100',
      languageCode: 'EN',
      customerAddress: { street: '1 Main', city: 'Tampa', state: 'FL', zip: '33600', country: 'US' },
    };
    const made = await post(`${account}/customers`, body);
    expect(made).toMatchObject({ status: 200, body: { customerStatus: 'ACTIVE' } });
    expect(made.body.user.password).toBeTruthy();
    const again = await post(`${account}/customers`, body);
    expect(again).toMatchObject({ status: 412, body: { error: 'FAILED_PRECONDITION' } });
    expect(again.body.details[0]).toMatchObject({
      code: 'CUS-CR-001',
      referenceEntity: 'primaryContactEmail',
    });
    const missing = await post(`${account}/customers`, { ...body, customerOrganization: undefined });
    expect(missing.body.message).toBe("must have required property 'orgName'");
    const { customerPhone: _, ...rest } = body;
    const put = await post(`/api/v3/${made.body.name}`, { ...rest, customerStatus: 'INACTIVE' }, 'PUT');
    expect(put.body).toMatchObject({ customerStatus: 'ACTIVE', createTime: made.body.createTime });
    expect((await call(`/api/v3/${made.body.name}`)).body).not.toHaveProperty('customerPhone');
    expect((await call(`${account}/customers/1`)).body.error).toBe('NOT_FOUND');
    const profiles = await call(`${account}/customers/20001/cloudProfiles`);
    expect(profiles.body.customerCloudProfiles[0].customerTenantId).toBeTruthy();
  });
});

describe('subscriptions', () => {
  const list = async (query = '') => (await call(`${account}/subscriptions?${query}`)).body as Json;

  test('offset paging in both spellings; no items beyond the end', async () => {
    await start();
    expect((await list()).items).toHaveLength(100);
    const { items, paginationResponse } = await list('pagination.limit=50&pagination.offset=100');
    expect([items.length, paginationResponse.totalSize]).toEqual([20, 120]);
    expect(await list('pagination.offset=120')).toEqual({ paginationResponse: { totalSize: 120 } });
  });

  test('wire: text int64, lower case statuses, unit money with noise, usage rows without seats', async () => {
    await start();
    const { items } = await list('pagination.limit=120');
    const row = items.find((item: Json) => item.cost && item.subscriptionTotalLicenses !== '1');
    expect([typeof row.id, typeof row.customerId, typeof row.subscriptionTotalLicenses]).toEqual(
      Array(3).fill('string'),
    );
    expect(row.total).toBe(row.price * Number(row.subscriptionTotalLicenses));
    expect(items.some((item: Json) => /\.\d{5,}/.test(String(item.cost)))).toBe(true);
    const usage = items.filter((item: Json) => item.subscriptionBillingType === 'usage');
    expect(usage).toHaveLength(4);
    for (const item of usage) {
      expect(item).not.toHaveProperty('subscriptionTotalLicenses');
      expect(item).not.toHaveProperty('mfgPartNumber');
    }
    const statuses = new Set(items.map((item: Json) => item.subscriptionStatus));
    expect([...statuses].every((status) => status === (status as string).toLowerCase())).toBe(true);
    const active = await list('subscriptionStatus=ACTIVE&pagination.limit=120');
    expect(active.items.every((item: Json) => item.subscriptionStatus === 'active')).toBe(true);
    expect((await call(`${account}/subscriptions?subscriptionStatus=active`)).status).toBe(400);
    const own = await list(`customerId=${row.customerId}`);
    expect(own.items.every((item: Json) => item.customerId === row.customerId)).toBe(true);
    const down = await list('pagination.sortBy=id&pagination.sortOrder=DESC');
    expect(down.items[0].id).toBe('900120');
  });

  test('detail goes by the numeric id under its own customer', async () => {
    await start();
    const [row] = (await list()).items;
    const of = (id: string, customer = row.customerId) =>
      call(`${account}/customers/${customer}/subscriptions/${id}`);
    expect((await of(row.id)).body.activityLogs.totalCount).toBe('2');
    expect((await of(row.subscriptionId)).status).toBe(404);
    expect((await of(row.id, '20050')).status).toBe(404);
  });

  test('controls change what is listed', async () => {
    await start();
    const id = '900001';
    await control('setSubscription', { id, patch: { subscriptionTotalLicenses: '77', price: 2 } });
    const first = async () => (await list('pagination.limit=1')).items[0];
    expect(await first()).toMatchObject({ id, subscriptionTotalLicenses: '77', total: 154 });
    await control('breakSubscription', { id, mode: 'noquantity' });
    expect(await first()).not.toHaveProperty('subscriptionTotalLicenses');
    await control('breakSubscription', { id, mode: 'noid' });
    expect(await first()).not.toHaveProperty('id');
    await control('breakSubscription', { id, mode: 'unreadable' });
    expect(await first()).toMatchObject({ id, subscriptionStatus: 17 });
    await control('removeSubscription', { id });
    const added = await control('addSubscription', { customerId: '20002', subscriptionName: 'Probe' });
    expect((await list(`subscriptionName=Probe`)).items[0].id).toBe(added.id);
    await control('removeCustomer', { id: '20002' });
    expect(await list('customerId=20002')).toEqual({ paginationResponse: { totalSize: 0 } });
    const { subscriptions } = await control('counts');
    await control('totalSizeOffset', { n: 5 });
    expect((await list()).paginationResponse.totalSize).toBe(subscriptions + 5);
    await control('totalSizeOffset', { n: 0 });
    await control('shrinkWhilePaging', { rows: 2 });
    const ids = [];
    for (const offset of [0, 50, 100]) {
      const { items = [] } = await list(`pagination.limit=50&pagination.offset=${offset}`);
      ids.push(...items.map((item: Json) => item.id));
    }
    // Two left the account, and two more slid past the reader.
    expect(new Set(ids).size).toBe(subscriptions - 2);
    await control('emptyListings', { on: true });
    expect(await list()).toEqual({ paginationResponse: { totalSize: 0 } });
    expect((await call(`${account}/customers?pageSize=5`)).body).toEqual({});
    expect((await post('/__control/do/removeSubscription', { id: 'x' })).status).toBe(400);
  });

  test('orders carry a password, v1 wants Basic', async () => {
    await start();
    const { orders } = (await call(`${account}/customers/-/orders?pageSize=5`)).body;
    expect((await call(`/api/v3/${orders[0].name}`)).body).toEqual(orders[0]);
    expect(JSON.stringify(orders[0].orderItems[0].attributes)).toContain('password');
    expect((await call(`${account}/products?pageSize=50`)).body.products.length).toBeGreaterThan(3);
    expect((await call(`${account}/reports`)).body.reports).toHaveLength(1);
    expect((await call('/api/v1/customers')).status).toBe(401);
    const basic = { authorization: `Basic ${Buffer.from('ion-key:ion-secret').toString('base64')}` };
    expect((await call('/api/v1/customers?limit=7', { headers: basic })).body.data.customer).toHaveLength(7);
    expect((await call('/api/v1/invoices/myinvoices', { headers: basic })).body.data.invoice).toHaveLength(
      12,
    );
  });

  test('stays quick with 100,000', async () => {
    await start({ customers: 10_000, subscriptions: 100_000 });
    const took = async (query: string) => {
      const before = performance.now();
      await list(query);
      return performance.now() - before;
    };
    await took('pagination.limit=200');
    expect(await took('pagination.limit=200&pagination.offset=99000')).toBeLessThan(500);
    await took('subscriptionStatus=ACTIVE');
    expect(await took('subscriptionStatus=ACTIVE&pagination.offset=50000')).toBeLessThan(500);
  });
});
