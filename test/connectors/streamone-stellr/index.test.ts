import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectorContext, ListPage } from '../../../connectors/contract.ts';
import {
  definition,
  hosts,
  type StellrCredentials,
  type StellrSettings,
} from '../../../connectors/streamone-stellr/definition.ts';
import { streamoneStellr } from '../../../connectors/streamone-stellr/index.ts';
import type { Simulator } from '../../../simulators/harness.ts';
import {
  type StellrOptions,
  type StellrState,
  startStreamOneStellr,
} from '../../../simulators/streamone-stellr/server.ts';
import { allPermissions } from '../../../simulators/streamone-stellr/state.ts';
import { contextOf } from '../context.ts';
import { acceptance, type Running, type Wire } from '../distributor.acceptance.ts';
import { customer, subscription } from './samples.ts';

const credentials = { clientId: 'stellr-client', clientSecret: 'stellr-secret-nobody-may-see' };
const settingsAt = (baseUrl: string) => ({ region: 'custom', environment: 'sandbox', baseUrl });
const startSim = (options: StellrOptions) => startStreamOneStellr({ ...credentials, ...options });

type Context = ConnectorContext<StellrSettings, StellrCredentials>;
const contextAt = (
  url: string,
  change: { settings?: object; credentials?: object; token?: Context['token'] } = {},
) =>
  contextOf({
    settings: definition.settings.parse({ ...settingsAt(url), ...change.settings }),
    credentials: definition.credentials.parse({ ...credentials, ...change.credentials }),
    token: change.token,
  }) as unknown as Context;

/** A token handled as by its keeper: requested once, and again when it is refused. */
function tokenAt(url: string): Context['token'] {
  let held: Promise<string> | null = null;
  const ask = async () => (await streamoneStellr.exchange!(contextAt(url))).accessToken;
  return async (options) => {
    if (!held || options?.insteadOf === (await held)) held = ask();
    return held;
  };
}

function target(permissions: readonly string[]) {
  return async (size: { customers: number; subscriptions: number }): Promise<Running> => {
    const sim = await startSim({ ...size, permissions: [...permissions] });
    const { state } = sim;
    const without = (record: Wire, ...names: string[]) =>
      Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
    const page = (records: unknown[]) => ({ requestId: 'r-1', data: { total: records.length, records } });
    return {
      sim,
      parts: { settings: settingsAt(sim.url), credentials, token: tokenAt(sim.url) },
      refused: { token: async () => 'another-token' },
      settingsAt,
      identity: 'custom/sandbox/stellr-client',
      secrets: [credentials.clientSecret, 'another-token', 'Contoso Ltd', 'it@contoso.example'],
      closed: state.customers.find(({ company }) => company?.index === 40)?.customerNo,
      customers: {
        path: '/cloud/customers\\?',
        ids: () => state.customers.map(({ customerNo }) => customerNo),
        page,
        sample: () => structuredClone(customer),
        unreadable: (record) => ({ ...record, name: 17 }),
        withoutId: (record) => without(record, 'customerNo'),
        named: (record, name) => ({ ...record, name }),
      },
      subscriptions: {
        path: '/subscriptions\\?',
        ids: (of) => state.subscriptions.filter((one) => !of || one.customerNo === of).map(({ id }) => id),
        page,
        sample: () => ({ ...subscription, customerNo: state.customers[0]?.customerNo }),
        unreadable: (record) => ({ ...record, productName: 17 }),
        withoutId: (record) => without(record, 'subscriptionId', 'contractNo'),
        named: (record, productName) => ({ ...record, productName }),
        unknownStatus: (record, word) => ({ ...record, status: word }),
        withoutPrice: (record) => without(record, 'unitPrice', 'customerPrice', 'currency'),
      },
    };
  };
}

const optional = "List Reseller's Subscriptions";
const mandatory = allPermissions.filter((permission) => permission !== optional);

acceptance({ distributor: streamoneStellr as never, start: target(allPermissions) });

describe('StreamOne Stellr', () => {
  let sim: Simulator<StellrState>;
  let initial: StellrState['settings'];
  let token: Context['token'];
  beforeAll(async () => {
    sim = await startSim({ customers: 130, subscriptions: 330 });
    initial = { ...sim.state.settings };
    token = tokenAt(sim.url);
  });
  afterEach(() => {
    sim.faults.clear();
    sim.requests.splice(0);
    Object.assign(sim.state.settings, initial);
  });
  afterAll(() => sim.close());

  const context = (change: Parameters<typeof contextAt>[1] = {}) => contextAt(sim.url, { token, ...change });
  const answers = (path: string, body: unknown, status = 200, times = 1) =>
    sim.faults.add({ path, times, act: { do: 'respond', status, body } });

  async function listed(kind: 'customers' | 'subscriptions', scope: string | null = null) {
    const ids: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const page: ListPage<{ id: string }> = await streamoneStellr[kind].page(context(), { scope, cursor });
      for (const record of page.records) expect(record.read()).not.toHaveProperty('problem');
      ids.push(...page.records.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    return ids;
  }

  describe('settings', () => {
    const parsed = (given: object) => hosts(definition.settings.parse(given));
    it.each([
      ['us', 'production', 'https://api.us.tdsynnex.com', 'https://sso.us.tdsynnex.com/oauth2/v1/token'],
      ['us', 'sandbox', 'https://api-uat.us.tdsynnex.com', 'https://sso.us.tdsynnex.com/oauth2/v1/token'],
      ['ca', 'production', 'https://api.ca.tdsynnex.com', 'https://sso.ca.tdsynnex.com/oauth2/v1/token'],
      ['ca', 'sandbox', 'https://api-uat.ca.tdsynnex.com', 'https://sso.ca.tdsynnex.com/oauth2/v1/token'],
      ['br', 'production', 'https://api-br.lac.tdsynnex.com', 'https://sso.us.tdsynnex.com/oauth2/v1/token'],
      ['mx', 'production', 'https://api-mx.lac.tdsynnex.com', 'https://sso.us.tdsynnex.com/oauth2/v1/token'],
    ])('know the hosts of %s %s', (region, environment, baseUrl, tokenUrl) => {
      expect(parsed({ region, environment })).toEqual({ baseUrl, tokenUrl });
      expect(parsed({ region, environment, tokenUrl: 'https://sso.example/t/' }).tokenUrl).toBe(
        'https://sso.example/t',
      );
    });

    it.each([
      [{ region: 'custom' }, 'is needed for a custom region'],
      [{ region: 'br', environment: 'sandbox' }, 'is needed: no sandbox host is known for region br'],
      [{ region: 'mx', environment: 'sandbox' }, 'is needed: no sandbox host is known for region mx'],
    ])('want a base URL for %j', (given, message) => {
      expect(definition.settings.safeParse(given).error?.issues).toMatchObject([
        { path: ['baseUrl'], message },
      ]);
      expect(definition.settings.safeParse({ ...given, baseUrl: 'https://x.example' }).success).toBe(true);
    });

    it('ask for tokens at a base URL of the operator, unless it is a known one', () => {
      const region = 'us';
      expect(parsed({ region, baseUrl: 'https://x.example/' }).tokenUrl).toBe(
        'https://x.example/oauth2/v1/token',
      );
      expect(parsed({ region, baseUrl: 'https://api.ca.tdsynnex.com' }).tokenUrl).toContain('sso.ca.');
    });
  });

  describe('the token', () => {
    const exchange = (change = {}) => streamoneStellr.exchange!(context(change));

    it('is exchanged for', async () => {
      expect(await exchange()).toEqual({ accessToken: expect.any(String), expiresInSeconds: 7200 });
      answers('/token', { access_token: 'a', expires_in: '60', scope: 's' });
      expect(await exchange()).toEqual({ accessToken: 'a', expiresInSeconds: 60, scope: 's' });
      answers('/token', { access_token: 'a' });
      expect(await exchange()).toEqual({ accessToken: 'a', expiresInSeconds: 3600 });
    });

    it('is refused for wrong credentials, with what to do', async () => {
      await expect(exchange({ credentials: { clientSecret: 'another' } })).rejects.toMatchObject({
        kind: 'unauthorised',
        retryable: false,
        details: { status: 401, remedy: expect.stringContaining('ten minutes') },
      });
      answers('/token', { error: 'invalid_client' }, 400);
      await expect(exchange()).rejects.toMatchObject({ kind: 'unauthorised' });
    });

    it('may be asked for again after an outage, and is no token when it is missing', async () => {
      answers('/token', {}, 503);
      await expect(exchange()).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
      answers('/token', { token_type: 'Bearer' });
      await expect(exchange()).rejects.toMatchObject({ kind: 'bad-answer' });
    });

    it('that dies in the middle of a listing is renewed', async () => {
      const { next } = await streamoneStellr.customers.page(context(), { scope: null, cursor: null });
      for (const made of sim.state.tokens.issued) made.alive = false;
      const page = await streamoneStellr.customers.page(context(), { scope: null, cursor: next });
      expect(page.records.length).toBe(30);
    });
  });

  describe('listings', () => {
    const customersHeld = () => sim.state.customers.map(({ customerNo }) => customerNo);
    const subscriptionsHeld = () => sim.state.subscriptions.map(({ id }) => id);

    it('always send pageNo and pageSize', async () => {
      await listed('customers');
      expect(sim.requests.map(({ query }) => query)).toEqual([
        'pageNo=1&pageSize=100',
        'pageNo=2&pageSize=100',
      ]);
    });

    it.each([
      { recordsKey: 'content', nameKey: 'mixed' },
      { recordsKey: 'items', ids: 'number', prices: 'text' },
      { recordsKey: 'data', ids: 'mixed', dates: 'offset' },
      { maxPageSize: 40 },
    ])('are whole with %j', async (options) => {
      Object.assign(sim.state.settings, options);
      expect(await listed('customers')).toEqual(customersHeld());
      expect(await listed('subscriptions')).toEqual(subscriptionsHeld());
    });

    it('show a total that is not met, and end all the same', async () => {
      sim.state.settings.totalOffset = 7;
      const page = await streamoneStellr.customers.page(context(), { scope: null, cursor: '2' });
      expect(page).toMatchObject({ declared: 137, next: '3+130' });
      expect((await listed('customers')).length).toBe(130);
    });

    it('keep secrets of profiles out of raw records', async () => {
      answers('/cloud/customers', {
        data: { total: 1, records: [{ ...customer, profile: { password: 'p-1' } }] },
      });
      const page = await streamoneStellr.customers.page(context(), { scope: null, cursor: null });
      expect(JSON.stringify(page)).not.toContain('p-1');
    });

    it.each(['errorMessage', 'ErrorMessage', 'bizError'] as const)(
      'fail where HTTP 200 says %s',
      async (failureKey) => {
        sim.state.settings.failureKey = failureKey;
        const row = sim.state.customers[3]!;
        row.failing = 'business';
        const page = streamoneStellr.subscriptions.page(context(), { scope: row.customerNo, cursor: null });
        await expect(page).rejects.toMatchObject({
          kind: 'unavailable',
          retryable: true,
          details: { status: 200, reference: expect.any(String) },
        });
        row.failing = undefined;
      },
    );
  });

  describe('the scope of subscriptions', () => {
    const scope = (ctx = context(), chosen: string[] | null = null) =>
      streamoneStellr.subscriptions.scopes(ctx, chosen);

    it('is the account where the reseller-wide listing is granted, asked once a context', async () => {
      const ctx = context();
      expect(await Promise.all([scope(ctx), scope(ctx)])).toEqual(['account', 'account']);
      expect(sim.requests.length).toBe(1);
    });

    it('is each customer for chosen customers, without asking', async () => {
      expect(await scope(context(), ['123001'])).toBe('customer');
      expect(sim.requests).toEqual([]);
    });

    it.each([
      ['403', 403, {}],
      ['404', 404, { error: 'NOT_FOUND' }],
      ['something else', 200, { hello: 'world' }],
      ['a refusal under 200', 200, { errorMessage: 'no permission' }],
      ['nothing at all', 200, { data: { total: 0, records: [] } }],
      ['rows that name no customer', 200, { data: { total: 1, records: [{ subscriptionId: '1_1' }] } }],
    ])('is each customer where it answers %s', async (_, status, body) => {
      answers('/v1/subscriptions', body, status);
      expect(await scope()).toBe('customer');
    });

    it('is not guessed in an outage, and asked again afterwards', async () => {
      const ctx = context();
      answers('/v1/subscriptions', {}, 503);
      await expect(scope(ctx)).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await scope(ctx)).toBe('account');
    });

    it('reads the same either way', async () => {
      const whole = await listed('subscriptions');
      const single: (string | null)[] = [];
      for (const { customerNo } of sim.state.customers)
        single.push(...(await listed('subscriptions', customerNo)));
      expect(single.sort()).toEqual(whole.sort());
    });
  });

  describe('the systems check', () => {
    const check = async () => {
      const { steps, identity } = await streamoneStellr.test(context());
      return { identity, steps, states: Object.fromEntries(steps.map(({ name, state }) => [name, state])) };
    };
    const message = (found: Awaited<ReturnType<typeof check>>, name: string) =>
      found.steps.find((step) => step.name === name)!.message;

    it.each(mandatory)('names "%s" when it is missing', async (permission) => {
      sim.state.settings.permissions = allPermissions.filter((one) => one !== permission);
      const found = await check();
      expect(found.states[permission]).toBe('failed');
      expect(message(found, permission)).toMatch(
        new RegExp(`lacks the permission "${permission}".*API center`),
      );
      expect(Object.values(found.states).filter((state) => state === 'failed').length).toBe(1);
    });

    it('never fails for the optional permission', async () => {
      sim.state.settings.permissions = mandatory;
      expect((await check()).states).toMatchObject({
        [optional]: 'skipped',
        'Get Subscription Details': 'passed',
      });
      answers('/v1/subscriptions\\?', {}, 503);
      expect((await check()).states).toMatchObject({ [optional]: 'warning' });
    });

    it('warns when it sees no customers', async () => {
      sim.state.settings.emptyListings = true;
      const found = await check();
      expect(found.states).toMatchObject({ 'Access token': 'passed', 'List Customers': 'warning' });
      expect(message(found, 'List Customers')).toBe(
        'credentials work but see no customers — check reseller number and environment',
      );
      expect(found.identity).toBe('custom/sandbox/stellr-client');
    });
  });
});

describe('without the reseller-wide listing', () => {
  it('lists every customer’s subscriptions one by one', async () => {
    const { sim, parts, customers, subscriptions } = await target(mandatory)({
      customers: 12,
      subscriptions: 40,
    });
    const ctx = contextAt(sim.url, { token: parts.token });
    expect(await streamoneStellr.subscriptions.scopes(ctx, null)).toBe('customer');
    const ids: (string | null)[] = [];
    for (const scope of customers.ids()) {
      const page = await streamoneStellr.subscriptions.page(ctx, { scope, cursor: null });
      ids.push(...page.records.map(({ id }) => id));
    }
    expect(ids.sort()).toEqual(subscriptions.ids().sort());
    await sim.close();
  });
});
