import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { foulWeather } from '../../simulators/faults.ts';
import { control } from '../support/control.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** What Work 365 makes new: customers and subscriptions, at each distributor once, and then in its feed and in HaloPSA. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const kinds = ['streamone-ion', 'streamone-stellr', 'arrowsphere'] as const;
type Kind = (typeof kinds)[number];
type Fault = ReturnType<typeof foulWeather>[number];
interface Row {
  id: string;
  customerId: string;
  sku: string;
  vendorSku: string | null;
  term: string;
  billingCycle: string;
  quantity: string | null;
  usage: boolean;
  trial: boolean;
  status: string;
  currency: string;
}

const key = 'work365-key-of-this-test';
const header = { 'work-365-rest-provider-api-key': key };
const model = (name: string, email: string) => ({
  name,
  email,
  language: 'de-AT',
  domain: `${name.toLowerCase().replaceAll(' ', '-')}.example`,
  organizationRegistrationNumber: `ATU ${name}`,
  defaultAddress: {
    country: 'at',
    city: 'Wien',
    regionOrState: 'Wien',
    addressLine1: 'Am Hof 1',
    postalOrZipCode: '1010',
  },
  contact: { firstName: 'Ada', lastName: 'Beispiel', phoneNumber: '+43 1 555 0100', email },
});

describe.each(kinds)('%s', (kind) => {
  let source: Connected<Kind>;
  let halo: Connected<'halopsa'>;
  let integration: string;
  let base: string;
  const call = (method: string, path: string, body?: unknown) => stack.api(method, base + path, body, header);
  const options = (changes: string) =>
    stack.expect(200, 'PATCH', `/v1/integrations/${integration}`, { options: { changes } });
  const held = () => (source.simulator.state as unknown as { customers: unknown[] }).customers.length;
  const orders = () =>
    (source.simulator.state as unknown as { orders: { orders: unknown[] } }).orders.orders.length;
  const ledger = async (what: string) =>
    (await stack.expect(200, 'GET', `/v1/connections/${source.id}/${what}?limit=200`)).items;
  const ended = (id: string) =>
    waitFor(
      async () => {
        const change = await stack.expect(200, 'GET', `/v1/changes/${id}`);
        return ['done', 'failed', 'refused', 'ambiguous'].includes(change.state) && change;
      },
      `change ${id} to end`,
      { timeoutMs: 240_000 },
    );

  beforeAll(async () => {
    source = await stack.connect(kind, { customers: 4, subscriptions: 24 });
    halo = await stack.connect('halopsa', { clients: 'none' });
    const push = await stack.integrate(source, halo, { createClients: true });
    const destination = await stack.expect(201, 'POST', '/v1/connections', {
      kind: 'work365',
      name: `Work 365 of ${kind}`,
      settings: { displayName: 'Tributary', country: 'AT', currency: 'EUR' },
      credentials: { key },
    });
    integration = await stack.integrate(source, destination, {});
    base = `/work365/${integration}`;
    await stack.importAndWait(push, { kind: 'customers' });
    await stack.importAndWait(push, { kind: 'subscriptions' });
  });

  test('a customer is made once, without a person where the policy is automatic', async () => {
    const customer = model('Ostwind Technik GmbH', 'it@ostwind.example');
    expect((await call('POST', '/customers', customer)).status).toBe(403);
    expect((await call('GET', '/utilities/provider-properties')).body.supportsCustomerCreation).toBe(false);
    await options('auto');
    expect((await call('GET', '/utilities/provider-properties')).body.supportsCustomerCreation).toBe(true);
    expect((await call('POST', '/customers', { email: 'nobody@nowhere.example' })).status).toBe(400);

    const before = held();
    const made = await call('POST', '//Customers/', customer);
    expect(made).toMatchObject({ status: 200, body: { name: customer.name, email: customer.email } });
    expect(held()).toBe(before + 1);
    // Asked for again, and in another spelling: it is that one.
    const again = await call('POST', '/customers', { ...customer, name: 'ostwind technik' });
    expect(again).toMatchObject({ status: 200, body: { id: made.body.id } });
    expect(held()).toBe(before + 1);
    expect((await call('GET', `/customers/${made.body.id}`)).body.name).toBe(customer.name);
    expect((await call('GET', '/customers')).body.map(({ id }: Row) => id)).toContain(made.body.id);
    await waitFor(
      () => [...halo.simulator.state.clients.rows.values()].some(({ name }) => name === customer.name),
      'HaloPSA to follow',
      { timeoutMs: 60_000 },
    );
    // Like it, and not it: a person decides.
    const like = await call('POST', '/customers', {
      ...model('Ostwind Technik', 'other@ostwind.example'),
      organizationRegistrationNumber: null,
    });
    expect(like.status).toBe(409);
    expect(like.body).toContain('differs otherwise');
    expect(held()).toBe(before + 1);
  });

  test('what waits for a person is 202 under an id that names the customer once it is made', async () => {
    await options('ask');
    const customer = model('Nordlicht Handel AG', 'it@nordlicht.example');
    const before = held();
    const asked = await call('POST', '/customers', customer);
    expect(asked).toMatchObject({ status: 202, body: { name: customer.name } });
    expect(asked.body.id).toMatch(/^[\da-f-]{36}$/);
    expect((await call('POST', '/customers', customer)).body.id).toBe(asked.body.id);
    expect((await call('GET', `/customers/${asked.body.id}`)).status).toBe(204);
    expect(held()).toBe(before);
    await stack.expect(200, 'POST', `/v1/approvals/${asked.body.id}/approve`, {});
    const done = await ended(asked.body.id);
    expect(done).toMatchObject({ state: 'done', customerId: expect.any(String) });
    expect(held()).toBe(before + 1);
    const served = await call('GET', `/customers/${asked.body.id}`);
    expect(served.body).toMatchObject({ id: done.customerId, name: customer.name });
    expect((await call('GET', `/customers/${asked.body.id}/subscriptions`)).body).toEqual([]);
  });

  test('a lost answer makes no second customer', async () => {
    await options('auto');
    const customer = model('Suedwind Logistik AG', 'it@suedwind.example');
    const before = held();
    source.simulator.faults.add({
      path: '/customers',
      reads: false,
      act: { do: 'drop-reply' },
    } as unknown as Fault);
    const asked = await call('POST', '/customers', customer);
    expect([200, 202]).toContain(asked.status);
    await waitFor(async () => (await call('POST', '/customers', customer)).status === 200, 'the customer', {
      timeoutMs: 120_000,
    });
    expect(held()).toBe(before + 1);
  });

  test('a customer is changed, or the distributor cannot', async () => {
    const [first] = (await call('GET', '/customers')).body;
    const changed = { ...first, contact: { ...first.contact, phoneNumber: '+43 1 555 0199' } };
    const answer = await call('PATCH', '/customers', changed);
    if (kind === 'streamone-stellr') {
      expect(answer.status).toBe(409);
      expect(answer.body).toContain('offers no way');
      return;
    }
    expect(answer.body.contact.phoneNumber).toBe('+43 1 555 0199');
    expect((await call('PATCH', `/customers/${first.id}`, changed)).body).toEqual(answer.body);
    expect((await call('PATCH', '/customers/nobody', changed)).status).toBe(204);
  });

  test('a new subscription is ordered once, after an approval, with what it costs', async () => {
    await options('auto');
    const rows: Row[] = await ledger('subscriptions');
    const like = rows.find(
      (row) => row.status === 'active' && !row.usage && !row.trial && row.billingCycle !== 'one-time',
    )!;
    const partNumber = like.vendorSku ?? like.sku;
    const [customer] = (await call('GET', '/customers')).body;
    const order = {
      customer: { id: customer.id },
      partNumber: `${partNumber}:${like.term}:${like.billingCycle}`,
      quantity: 4,
      autoRenew: true,
    };
    const foreign = await call('POST', '/subscriptions', { ...order, pricing: { currency: 'CHF' } });
    expect(foreign.status).toBe(409);
    const placed = orders();
    const asked = await call('POST', '/subscriptions', order);
    expect(asked).toMatchObject({ status: 202, body: { status: 2 } });
    expect(orders()).toBe(placed);
    const { items } = await stack.expect(200, 'GET', `/v1/approvals?integrationId=${integration}`);
    expect(items).toMatchObject([{ kind: 'create', wanted: { quantity: '4' }, cost: { perCycle: {} } }]);
    await stack.expect(200, 'POST', `/v1/approvals/${asked.body.id}/approve`, {});
    const done = await ended(asked.body.id);
    expect(done).toMatchObject({ state: 'done', seen: { quantity: '4' } });
    expect(orders()).toBe(placed + 1);
    const path = `/customers/${customer.id}/subscriptions/${asked.body.id}`;
    expect((await call('GET', path)).body).toMatchObject({
      id: done.subscriptionId,
      quantity: 4,
      partNumber,
    });

    await control(source, 'nextOrder', { becomes: 'failed' });
    const second = await call('POST', '/subscriptions', { ...order, quantity: 7 });
    await stack.expect(200, 'POST', `/v1/approvals/${second.body.id}/approve`, {});
    expect((await ended(second.body.id)).state).toBe('failed');
    expect(orders()).toBe(placed + 2);
  });

  test('prices are told by product, term and billing frequency', async () => {
    const prices: { skuId: string; currency: string }[] = (
      await call('GET', '/pricelists/at/licensebased/current')
    ).body;
    expect(prices.length).toBeGreaterThan(2);
    expect(new Set(prices.map(({ skuId, currency }) => `${skuId} ${currency}`)).size).toBe(prices.length);
    expect(prices[0]).toMatchObject({ unitPrice: expect.any(Number), termDuration: expect.any(String) });
    expect((await call('GET', '/pricelists/at/software/current')).body).toEqual([]);
    expect((await call('GET', '/pricelists/us/licensebased/current')).body).toEqual([]);
  });
});
