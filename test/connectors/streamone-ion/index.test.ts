import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectorContext, ListPage } from '../../../connectors/contract.ts';
import { createCustomer, updateCustomer } from '../../../connectors/streamone-ion/customers.ts';
import {
  definition,
  type IonCredentials,
  type IonSettings,
} from '../../../connectors/streamone-ion/definition.ts';
import { streamoneIon } from '../../../connectors/streamone-ion/index.ts';
import { Failure } from '../../../domain/failure.ts';
import type { Simulator } from '../../../simulators/harness.ts';
import {
  type IonOptions,
  type IonState,
  startStreamOneIon,
} from '../../../simulators/streamone-ion/server.ts';
import { issue } from '../../../simulators/streamone-ion/tokens.ts';
import { contextOf } from '../context.ts';
import { acceptance, type Running, type Wire } from '../distributor.acceptance.ts';
import { customer, subscription } from './samples.ts';

const access = 'ion-access-nobody-may-see';
const renewed = 'ion-access-renewed';
const refresh = 'ion-refresh-nobody-may-see';
const keys = { apiKey: 'ion-key', apiSecret: 'ion-secret-nobody-may-see' };
const credentials = { refreshToken: refresh, ...keys };

const startSim = (options: IonOptions) =>
  startStreamOneIon({ accessToken: access, refreshToken: refresh, ...keys, ...options });

async function start(size: { customers: number; subscriptions: number }): Promise<Running> {
  const sim = await startSim(size);
  const { state } = sim;
  issue(state.tokens, state.settings, Date.now(), 'portal', { access: renewed });
  const settingsAt = (baseUrl: string) => ({ baseUrl, accountId: 1001 });
  const without = (record: Wire, ...names: string[]) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
  return {
    sim,
    parts: {
      settings: settingsAt(sim.url),
      credentials,
      token: async (options) => (options?.insteadOf ? renewed : access),
    },
    refused: { token: async () => 'another-token' },
    settingsAt,
    identity: '1001',
    secrets: [access, refresh, keys.apiSecret, 'another-token', 'Example Org AB', 'ada@example.com'],
    closed: state.customers.find(({ company }) => company?.index === 40)?.id,
    customers: {
      path: '/api/v3/accounts/1001/customers\\?',
      ids: () => state.customers.map(({ id }) => id),
      page: (customers) => ({ customers }),
      sample: () => structuredClone(customer),
      unreadable: (record) => ({ ...record, customerOrganization: 17 }),
      withoutId: (record) => without(record, 'name'),
      named: (record, name) => ({ ...record, customerOrganization: name }),
    },
    subscriptions: {
      path: '/subscriptions\\?',
      ids: (of) => state.subscriptions.filter((one) => !of || one.customerId === of).map(({ id }) => id),
      page: (items) => ({ items, paginationResponse: { totalSize: items.length } }),
      sample: () => structuredClone(subscription),
      unreadable: (record) => ({ ...record, customerId: ['?'] }),
      withoutId: (record) => without(record, 'id'),
      named: (record, name) => ({ ...record, subscriptionName: name }),
      unknownStatus: (record, word) => ({ ...record, subscriptionStatus: word }),
      withoutPrice: (record) => without(record, 'price', 'cost', 'total', 'currency'),
    },
  };
}

acceptance({ distributor: streamoneIon as never, start });

describe('StreamOne Ion', () => {
  let sim: Simulator<IonState>;
  beforeAll(async () => {
    sim = await startSim({ customers: 450, subscriptions: 900 });
  });
  afterEach(() => {
    sim.faults.clear();
    sim.requests.splice(0);
    Object.assign(sim.state.settings, {
      shortPages: false,
      emptyPages: false,
      numericIds: false,
      maxPageSize: 1000,
      deadTokenStatus: 401,
      totalSizeOffset: 0,
      emptyListings: false,
      expiresInAsText: false,
      omitRefreshToken: false,
    });
    sim.state.memo.clear();
  });
  afterAll(() => sim.close());

  const context = (
    change: { token?: ConnectorContext['token']; settings?: object; credentials?: object } = {},
  ) =>
    contextOf({
      settings: definition.settings.parse({ baseUrl: sim.url, accountId: '1001', ...change.settings }),
      credentials: definition.credentials.parse(change.credentials ?? credentials),
      token: change.token ?? (async () => access),
    }) as unknown as ConnectorContext<IonSettings, IonCredentials>;

  async function listed(kind: 'customers' | 'subscriptions', scope: string | null = null) {
    const ids: (string | null)[] = [];
    const declared = new Set<number | null>();
    let cursor: string | null = null;
    do {
      const page: ListPage<{ id: string }> = await streamoneIon[kind].page(context(), { scope, cursor });
      ids.push(...page.records.map(({ id }) => id));
      declared.add(page.declared);
      expect(page.pages).toBeNull();
      cursor = page.next;
    } while (cursor !== null);
    return { ids, declared: [...declared] };
  }
  const held = (of?: string) =>
    sim.state.subscriptions.filter((one) => !of || one.customerId === of).map(({ id }) => id);
  const answers = (path: string, body: unknown, status = 200, times = 1) =>
    sim.faults.add({ path, times, act: { do: 'respond', status, body } });

  describe('settings', () => {
    it('take the account as text or number, and the address with or without its path', () => {
      const url = 'https://ion.tdsynnex.com';
      expect(definition.settings.parse({ accountId: 1001 })).toMatchObject({
        baseUrl: url,
        accountId: '1001',
      });
      expect(
        definition.settings.parse({
          accountId: '1001',
          baseUrl: `${url}/api/v3/`,
          currency: 'sek',
          country: 'se',
        }),
      ).toMatchObject({ baseUrl: url, currency: 'SEK', country: 'SE' });
    });
    it.each([{ accountId: 'abc' }, { accountId: '' }, {}, { accountId: '1', currency: 'kronor' }])(
      'refuse %j',
      (given) => {
        expect(definition.settings.safeParse(given).success).toBe(false);
      },
    );
    it('want the v1 key and secret together', () => {
      const refreshToken = 'r';
      expect(definition.credentials.safeParse({ refreshToken }).success).toBe(true);
      expect(definition.credentials.safeParse({ refreshToken, apiKey: 'k' }).success).toBe(false);
    });
  });

  describe('listings', () => {
    it.each(['shortPages', 'emptyPages'] as const)('go on over %s of customers', async (option) => {
      sim.state.settings[option] = true;
      const { ids, declared } = await listed('customers');
      expect(ids).toEqual(sim.state.customers.map(({ id }) => id));
      expect(declared).toEqual([null]);
    });

    it('go by the rows received where the server cuts pages', async () => {
      sim.state.settings.maxPageSize = 70;
      expect(await listed('subscriptions')).toEqual({ ids: held(), declared: [900] });
      expect(sim.requests.length).toBe(13);
    });

    it('read int64 as numbers too', async () => {
      sim.state.settings.numericIds = true;
      expect((await listed('subscriptions')).ids).toEqual(held());
    });

    it('show a total that is not met', async () => {
      sim.state.settings.totalSizeOffset = 5;
      const { ids, declared } = await listed('subscriptions');
      expect([ids.length, declared]).toEqual([900, [905]]);
    });

    it('ask for one customer by query, and drop the rows of others when it is ignored', async () => {
      const { customerId } = sim.state.subscriptions[0]!;
      expect((await listed('subscriptions', customerId)).ids).toEqual(held(customerId));
      expect(sim.requests[0]!.query).toContain(`customerId=${customerId}`);
      const other = { ...subscription, id: '1', customerId: '1' };
      answers('/subscriptions', { items: [subscription, other], paginationResponse: { totalSize: 2 } });
      const page = await streamoneIon.subscriptions.page(context(), { scope: '20045', cursor: null });
      expect(page.records.map(({ id }) => id)).toEqual(['900001']);
      expect(page).toMatchObject({ declared: null, next: null });
    });

    it('keep secrets out of raw records', async () => {
      const leaky = {
        ...subscription,
        attributes: [{ name: 'password', value: 'p-1' }],
        user: { password: 'p-2' },
      };
      answers('/subscriptions', { items: [leaky] });
      const page = await streamoneIon.subscriptions.page(context(), { scope: null, cursor: null });
      expect(JSON.stringify(page)).not.toMatch(/p-\d/);
    });
  });

  describe('a 403', () => {
    const page = (ctx: ConnectorContext<IonSettings, IonCredentials>) =>
      streamoneIon.customers.page(ctx, { scope: null, cursor: null });

    it('of a dead session is renewed once', async () => {
      sim.state.settings.deadTokenStatus = 403;
      const asked: (string | undefined)[] = [];
      const token: ConnectorContext['token'] = async (options) => {
        asked.push(options?.insteadOf);
        return asked.some(Boolean) ? access : 'dead';
      };
      expect((await page(context({ token }))).records.length).toBe(200);
      expect(asked.filter(Boolean)).toEqual(['dead']);
    });

    it('of the wrong account is explained and costs no token', async () => {
      const asked: unknown[] = [];
      const token: ConnectorContext['token'] = async (options) => {
        if (options?.insteadOf) asked.push(options);
        return access;
      };
      await expect(page(context({ token, settings: { accountId: '2002' } }))).rejects.toMatchObject({
        kind: 'forbidden',
        message: 'These credentials have no access to this account.',
        details: {
          status: 403,
          remedy: expect.stringContaining('account id'),
          reference: expect.any(String),
        },
      });
      expect(asked).toEqual([]);
    });

    it('stays one when nobody can say whether the session lives', async () => {
      answers('/customers', {}, 403);
      answers('/oauth/validateAccess', {}, 503);
      await expect(page(context())).rejects.toMatchObject({ kind: 'forbidden' });
    });
  });

  it('decides by the HTTP status, not by the code in the body, and keeps codes and reference', async () => {
    answers(
      '/customers',
      {
        error: 'quantity is not allowed for ada@example.com',
        message: 'quantity is not allowed for ada@example.com',
        code: 3,
        details: [
          {
            '@type': 'type.googleapis.com/v3orberrors.ErrorBody',
            errors: [{ code: 'COMM-VL-003 ', detail: 'x' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'abc123' },
        ],
      },
      400,
    );
    await expect(streamoneIon.customers.page(context(), { scope: null, cursor: null })).rejects.toMatchObject(
      {
        kind: 'invalid',
        message: 'Ion answered 400 (COMM-VL-003).',
        details: { status: 400, reference: 'abc123' },
      },
    );
  });

  describe('the token exchange', () => {
    const exchange = (token = refresh, at: object = {}) =>
      streamoneIon.exchange!(context({ settings: at }), token);
    const good = { access_token: 'a', expires_in: 7200, refresh_token: 'r', token_type: 'Bearer' };

    it('spends the refresh token at the root of the host', async () => {
      const own = await startSim({ customers: 1, subscriptions: 1, expiresInAsText: true });
      const at = { baseUrl: `${own.url}/api/v3` };
      const answer = await exchange(refresh, at);
      expect(answer).toEqual({
        accessToken: own.state.tokens.issued[1]!.access,
        expiresInSeconds: 7200,
        refreshToken: own.state.tokens.issued[1]!.refresh,
        refreshExpiresInSeconds: 2_764_800,
      });
      expect(own.requests.map(({ path }) => path)).toEqual(['/oauth/token']);
      await expect(exchange(refresh, at)).rejects.toMatchObject({
        kind: 'reauth-required',
        retryable: false,
      });
      await own.close();
    });

    it.each([
      ['7200', 7200],
      [600, 600],
      [undefined, 7200],
      ['soon', 7200],
    ])('reads a lifetime of %j', async (expires_in, seconds) => {
      answers('/oauth/token', { ...good, expires_in });
      expect((await exchange()).expiresInSeconds).toBe(seconds);
    });

    it('keeps the refresh token of an answer without access_token, to exchange it again', async () => {
      answers('/oauth/token', { ...good, access_token: undefined });
      expect(await exchange()).toMatchObject({
        accessToken: '',
        expiresInSeconds: 0,
        refreshToken: good.refresh_token,
      });
    });

    it.each([[{}], [{ access_token: '' }], [{ service: 'gateway' }], [[1]], ['null'], [undefined]])(
      'takes %j for an answer of somebody in between: nothing is known to be spent',
      async (body) => {
        answers('/oauth/token', body);
        const said = await exchange().catch((error) => error);
        expect(said).toMatchObject({ kind: 'intermediary', retryable: true });
        expect(said.details.ambiguous).toBeUndefined();
      },
    );

    it.each([
      [400, '<html>Blocked</html>'],
      [400, undefined],
      [400, { message: 'Bad Request' }],
      [400, { error: { code: 400 } }],
      [401, undefined],
      [401, { message: 'Unauthorized' }],
      [401, '<html>Sign in</html>'],
      [403, '<html>Blocked</html>'],
      [403, { message: 'Forbidden' }],
      [403, { error: 'Forbidden' }],
      [403, 'Access denied'],
    ])(
      'does not take the word of somebody in between for the end of the token: %d %j',
      async (status, body) => {
        answers('/oauth/token', body, status);
        await expect(exchange()).rejects.toMatchObject({ kind: 'intermediary', retryable: true });
      },
    );

    it('takes the access token of an answer without refresh_token', async () => {
      answers('/oauth/token', { ...good, refresh_token: undefined });
      expect(await exchange()).toEqual({ accessToken: 'a', expiresInSeconds: 7200 });
    });

    it.each([400, 401, 403])('reads %s as the end of the token', async (status) => {
      answers('/oauth/token', { error: 'cannot validate token: redis: nil' }, status);
      await expect(exchange()).rejects.toMatchObject({ kind: 'reauth-required', retryable: false });
    });

    it.each([
      [429, 'rate-limited'],
      [500, 'unavailable'],
      [503, 'unavailable'],
    ])('lets %s be tried again', async (status, kind) => {
      answers('/oauth/token', {}, status as number);
      await expect(exchange()).rejects.toMatchObject({ kind, retryable: true });
    });

    it.each(['drop-reply', 'truncate', 'broken-json'] as const)(
      'marks an answer lost by %s as ambiguous',
      async (act) => {
        const own = await startSim({ customers: 1, subscriptions: 1 });
        own.faults.add({ path: '/oauth/token', act: { do: act } });
        await expect(exchange(refresh, { baseUrl: own.url })).rejects.toMatchObject({
          retryable: true,
          details: { ambiguous: 'dropped' },
        });
        await own.close();
      },
    );

    it('knows a token that was never sent from a lost one', async () => {
      const gone = await startSim({ customers: 1, subscriptions: 1 });
      await gone.close();
      const failure = await exchange(refresh, { baseUrl: gone.url }).catch((error: Failure) => error);
      if (!(failure instanceof Failure)) return expect.fail('expected a Failure');
      expect(failure).toMatchObject({ kind: 'unreachable' });
      expect(failure.details.ambiguous).toBeUndefined();
    });
  });

  describe('the systems check', () => {
    const states = async (ctx = context()) => {
      const { steps, identity } = await streamoneIon.test(ctx);
      return {
        states: steps.map(({ state }) => state),
        messages: steps.map(({ message }) => message),
        identity,
      };
    };

    it('leaves v1 out without an API key', async () => {
      const found = await states(context({ credentials: { refreshToken: refresh } }));
      expect(found.states).toEqual(['passed', 'passed', 'passed', 'passed', 'skipped']);
    });

    it('names a wrong API key', async () => {
      const found = await states(context({ credentials: { ...credentials, apiSecret: 'no' } }));
      expect(found.states.at(-1)).toBe('failed');
      expect(found.messages.at(-1)).toContain('apiKey');
    });

    it('explains the wrong account', async () => {
      const found = await states(context({ settings: { accountId: '2002' } }));
      expect(found.states.slice(0, 4)).toEqual(['passed', 'failed', 'skipped', 'skipped']);
      expect(found.messages[1]).toContain('Account Information');
      expect(found.identity).toBeNull();
    });

    it('warns of no customers and keeps the identity of the settings', async () => {
      sim.state.settings.emptyListings = true;
      const found = await states();
      expect(found.states).toEqual(['passed', 'passed', 'warning', 'warning', 'passed']);
      expect(found.identity).toBe('1001');
    });

    it('takes the identity from the names answered', async () => {
      answers('/customers', { customers: [{ ...customer, name: 'accounts/7/customers/1' }] });
      const found = await states();
      expect(found.identity).toBe('7');
      expect(found.states[1]).toBe('warning');
    });
  });

  describe('writing customers', () => {
    const record = {
      customerOrganization: 'New Org',
      customerName: 'Nora New',
      customerEmail: 'nora@new-org.example',
      languageCode: 'EN',
      customerAddress: {
        street: '1 Main St',
        city: 'Leeds',
        state: 'West Yorkshire',
        zip: 'LS1',
        country: 'GB',
      },
      customerPhone: '555 0199',
    };

    it('creates, changes one field, and loses none of the others', async () => {
      const made = await createCustomer(context(), record);
      expect(made).toMatchObject({ name: 'New Org', status: 'active', phone: '555 0199' });
      expect(JSON.stringify(made)).not.toContain('secret');
      const changed = await updateCustomer(context(), made.id, { customerOrganization: 'Newer Org' });
      expect(changed).toEqual({ ...made, name: 'Newer Org' });
      expect(sim.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'PUT']);
    });

    it('names an e-mail address that is taken', async () => {
      await createCustomer(context(), { ...record, customerEmail: 'taken@new-org.example' });
      const again = createCustomer(context(), { ...record, customerEmail: 'taken@new-org.example' });
      await expect(again).rejects.toMatchObject({
        kind: 'invalid',
        message: 'Ion answered 412 (FAILED_PRECONDITION, CUS-CR-001).',
        details: { status: 412, remedy: expect.stringContaining('e-mail') },
      });
    });

    it('is refused here before it is refused there', async () => {
      const lacking = { ...record, customerAddress: { ...record.customerAddress, state: '' } };
      await expect(createCustomer(context(), lacking)).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('customerAddress.state'),
      });
      expect(sim.requests).toEqual([]);
    });

    it('says when nobody knows whether it was made', async () => {
      sim.faults.add({ method: 'POST', act: { do: 'drop-reply' } });
      await expect(
        createCustomer(context(), { ...record, customerEmail: 'lost@new-org.example' }),
      ).rejects.toMatchObject({ details: { ambiguous: 'dropped' } });
    });
  });
});
