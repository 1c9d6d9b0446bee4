import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../support/stack.ts';

/** From each distributor's own API to the contract's answers, through a whole installation. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const size = { customers: 8, subscriptions: 24 };
const key = 'work365-key-of-all-distributors';

type Fields = Record<string, unknown>;

describe.each(['arrowsphere', 'streamone-ion', 'streamone-stellr'] as const)('from %s', (kind) => {
  let base: string;
  let connectionId: string;
  let integrationId: string;
  let sourceId: string;
  let requests: unknown[];
  const get = (path: string) =>
    stack.api('GET', base + path, undefined, { authorization: '', 'work-365-rest-provider-api-key': key });
  const ledger = async (what: string): Promise<Fields[]> =>
    (await stack.expect(200, 'GET', `/v1/connections/${sourceId}/${what}?limit=200`)).items;

  beforeAll(async () => {
    const source = await stack.connect(kind, size);
    sourceId = source.id;
    requests = source.simulator.requests;
    const settings = { displayName: 'Tributary', country: 'DE', currency: 'EUR' };
    const made = { kind: 'work365', name: `Work 365 of ${kind}`, settings, credentials: { key } };
    connectionId = (await stack.expect(201, 'POST', '/v1/connections', made)).id;
    integrationId = await stack.integrate(source, { id: connectionId });
    base = `/work365/${integrationId}`;
    for (const kind of ['customers', 'subscriptions'] as const) {
      const ended = await stack.importAndWait(integrationId, { kind });
      expect(ended.problem).toBeNull();
      expect(ended.completeness.complete).toBe(true);
      expect(ended.counts).toMatchObject({ created: 0, updated: 0 });
    }
  });

  test('every customer and subscription of the ledger is served, without asking the distributor', async () => {
    const asked = requests.length;
    const theirs = (await ledger('customers')).filter((one) => !one.own && one.status !== 'closed');
    const customers: Fields[] = (await get('/customers')).body;
    expect(theirs.length).toBeGreaterThan(3);
    expect(customers.map((one) => one.id).sort()).toEqual(theirs.map((one) => one.id).sort());
    const subscriptions = await ledger('subscriptions');
    let compared = 0;
    for (const customer of customers) {
      expect((await get(`/customers/${encodeURIComponent(String(customer.id))}`)).body).toEqual(customer);
      const path = `/customers/${encodeURIComponent(String(customer.id))}/subscriptions`;
      const served: Fields[] = (await get(path)).body;
      const known = subscriptions.filter((one) => one.customerId === customer.id);
      expect(served.map((one) => one.id)).toEqual(known.map((one) => one.id).sort());
      for (const one of served) {
        const { quantity, vendorSku, sku, unitCost } = known.find((row) => row.id === one.id)!;
        const pricing = unitCost === null ? null : expect.objectContaining({ price: Number(unitCost) });
        expect(one).toMatchObject({
          customer: { id: customer.id, name: customer.name },
          partNumber: vendorSku ?? sku,
          quantity: Number(quantity ?? 1),
          pricing,
          provisioningFrequency: expect.any(Number),
          billingType: expect.any(Number),
          startDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/),
        });
        expect(String(one.id).length).toBeLessThanOrEqual(50);
        expect([1, 2, 3, 4]).toContain(one.status);
        expect((await get(`${path}/${encodeURIComponent(String(one.id))}`)).body).toEqual(one);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(10);
    expect(requests.length).toBe(asked);
  });

  test('the connection verifies, and a preview is not for it', async () => {
    expect(await stack.expect(200, 'POST', `/v1/connections/${connectionId}/test`)).toMatchObject({
      ok: true,
    });
    const preview = { kind: 'customers', mode: 'preview' };
    const refused = await stack.expect(409, 'POST', `/v1/integrations/${integrationId}/imports`, preview);
    expect(refused.type).toBe('/problems/not-applicable');
  });
});
