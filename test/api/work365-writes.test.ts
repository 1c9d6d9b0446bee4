import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aCustomer, aSubscription, listInto } from '../support/listing.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What Work 365 asks for, before anything reaches a distributor: rules, rivals, and whose key it is. */
let stack: Stack;
interface Side {
  sourceId: string;
  integration: string;
  base: string;
  key: string;
}
let one: Side;
let other: Side;

beforeAll(async () => {
  stack = await startStack({ worker: false });
  one = await side('one');
  other = await side('other');
});
afterAll(() => stack?.close());

async function side(name: string, source?: string): Promise<Side> {
  const sourceId = source ?? (await stack.connect('arrowsphere', { customers: 1, subscriptions: 1 })).id;
  const key = `work365-key-of-${name}-side`;
  const destination = await stack.expect(201, 'POST', '/v1/connections', {
    kind: 'work365',
    name: `Work 365 ${name}`,
    settings: { displayName: name, country: 'AT', currency: 'EUR' },
    credentials: { key },
  });
  const integration = await stack.integrate({ id: sourceId }, destination, { changes: 'ask' });
  if (!source) {
    await listInto(stack.parts.db, sourceId, 'customers', [
      aCustomer(`C-${name}`, { email: `it@${name}.example` }),
    ]);
    await listInto(
      stack.parts.db,
      sourceId,
      'subscriptions',
      ['1', '2', '3'].map((n) => sold(`S${n}-${name}`, `C-${name}`)),
    );
  }
  return { sourceId, integration, base: `/work365/${integration}`, key };
}

const sold = (id: string, customerId: string) =>
  aSubscription(id, customerId, {
    name: 'Business Premium',
    quantity: '10',
    sku: 'CFQ7TTC0LCHC:0002',
    unitCost: '12.5',
    currency: 'EUR',
    billingCycle: 'monthly',
    term: 'P1Y',
    autoRenew: true,
    minQuantity: '5',
    maxQuantity: '300',
    cancelUntil: '2020-01-01T00:00:00Z',
  });

const call = ({ base, key }: Side, method: string, path: string, body?: unknown) =>
  stack.api(method, base + path, body, { 'work-365-rest-provider-api-key': key });
const changes = async ({ integration }: Side) =>
  (await stack.expect(200, 'GET', `/v1/integrations/${integration}/changes`)).items.length;

describe('the key of one integration', () => {
  const writes: [string, string, object?][] = [
    ['POST', '/customers', { name: 'New', email: 'new@new.example' }],
    ['PATCH', '/customers', { id: 'C-other', name: 'Changed' }],
    ['PATCH', '/customers/C-other', { name: 'Changed' }],
    ['POST', '/subscriptions', { customer: { id: 'C-other' }, partNumber: 'CFQ7TTC0LCHC:0002', quantity: 6 }],
    ['PATCH', '/subscriptions', { id: 'S1-other', quantity: 11 }],
    ['DELETE', '/subscriptions/S1-other/cancel'],
    ['PATCH', '/subscriptions/S1-other/activate', {}],
    ['PATCH', '/subscriptions/S1-other/suspend', {}],
    ['PATCH', '/subscriptions/S1-other/expire', {}],
    ['POST', '/agreements', {}],
    ['POST', '/nonrecurringitems', {}],
  ];

  test('changes nothing of another', async () => {
    for (const [method, path, body] of writes) {
      const answer = await call({ ...other, key: one.key }, method, path, body);
      expect([answer.status, `${method} ${path}`]).toEqual([403, `${method} ${path}`]);
    }
    expect(await changes(other)).toBe(0);
  });

  test('names nothing of another', async () => {
    for (const [method, path, body] of writes.filter(([, path]) => /other/.test(path)))
      expect((await call(one, method, path, body)).status, path).toBe(204);
    expect((await call(one, 'PATCH', '/subscriptions', { id: 'S1-other', quantity: 11 })).status).toBe(204);
    expect((await call(one, ...(writes[3] as [string, string, object]))).status).toBe(404);
    expect(await changes(one)).toBe(0);
    const { body } = await call(other, ...(writes[3] as [string, string, object]));
    expect(body).toMatchObject({ id: expect.any(String), status: 2 });
    expect((await call(one, 'GET', `/customers/C-one/subscriptions/${body.id}`)).status).toBe(204);
    expect(await changes(one)).toBe(0);
  });
});

describe('before anything is sent', () => {
  test.each([
    ['fewer than the distributor sells', { quantity: 4 }, /no fewer than 5/],
    ['more than it sells', { quantity: 301 }, /no more than 300/],
    ['fewer outside the window', { quantity: 9 }, /cannot be removed before the term ends/],
    ['another currency', { quantity: 11, pricing: { currency: 'USD' } }, /bills this in EUR, not in USD/],
  ])('%s is refused with the rule', async (_, model, rule) => {
    const answer = await call(one, 'PATCH', '/subscriptions', { id: 'S1-one', ...model });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatch(rule);
    expect(await changes(one)).toBe(0);
  });

  test('a customer lacks what the distributor needs', async () => {
    const answer = await call(one, 'POST', '/customers', { name: 'New', email: 'new@new.example' });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatch(/needs of a customer: a telephone number, a street, a city/);
    const { body } = await call(one, 'GET', '/countries/AT/validation-rules');
    expect(body).toMatchObject({ isCityRequired: true, isPostalCodeRequired: true, isStateRequired: false });
  });

  test('a product nobody has, or a choice left open', async () => {
    const order = { customer: { id: 'C-one' }, quantity: 6 };
    const nobody = await call(one, 'POST', '/subscriptions', { ...order, partNumber: 'NOBODY:0001' });
    expect([nobody.status, nobody.body]).toEqual([
      409,
      expect.stringContaining('Nobody in this account has'),
    ]);
    await listInto(stack.parts.db, one.sourceId, 'subscriptions', [
      ...['1', '2', '3'].map((n) => sold(`S${n}-one`, 'C-one')),
      { ...sold('S4-one', 'C-one'), term: 'P1M' },
    ]);
    const open = await call(one, 'POST', '/subscriptions', { ...order, partNumber: 'cfq7ttc0lchc:0002' });
    expect(open.status).toBe(409);
    expect(open.body).toMatch(/CFQ7TTC0LCHC:0002:P1M:monthly, CFQ7TTC0LCHC:0002:P1Y:monthly/);
    const named = await call(one, 'POST', '/subscriptions', {
      ...order,
      partNumber: 'CFQ7TTC0LCHC:0002:P1M:monthly',
    });
    expect(named.status).toBe(202);
    // Twelve months of six seats, where the term is a year.
    const estimate = await stack.expect(200, 'POST', `/v1/integrations/${one.integration}/changes/estimate`, {
      kind: 'create',
      customerId: 'C-one',
      partNumber: 'CFQ7TTC0LCHC:0002',
      term: 'P1Y',
      quantity: '6',
    });
    expect(estimate.cost).toMatchObject({ perCycle: { amount: '75' }, untilTermEnd: { amount: '900' } });
  });
});

describe('two at once', () => {
  test('of one subscription: one is asked for, the other told which', async () => {
    const answers = await Promise.all(
      [11, 12].map((quantity) => call(one, 'PATCH', '//Subscriptions/', { id: 'S2-one', quantity })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    // The old quantity until it is really changed.
    expect(answers.find(({ status }) => status === 200)!.body.quantity).toBe(10);
    expect(answers.find(({ status }) => status === 409)!.body).toMatch(/Another change of this subscription/);
  });

  test('of two integrations: neither takes the other’s for its own', async () => {
    const beside = await side('beside', one.sourceId);
    expect((await call(one, 'PATCH', '/subscriptions', { id: 'S3-one', quantity: 11 })).status).toBe(200);
    expect((await call(beside, 'PATCH', '/subscriptions', { id: 'S3-one', quantity: 11 })).status).toBe(409);
    expect(await changes(beside)).toBe(0);
  });

  test('decisions: one counts', async () => {
    const { items } = await stack.expect(200, 'GET', `/v1/approvals?integrationId=${one.integration}`);
    const answers = await Promise.all(
      ['approve', 'approve', 'reject'].map((verb) =>
        stack.api('POST', `/v1/approvals/${items[0].id}/${verb}`, {}),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
  });

  test('requests to make one customer are one', async () => {
    const customer = {
      name: 'Twin AG',
      email: 'it@twin.example',
      contact: { phoneNumber: '+43 1 555 0100' },
      defaultAddress: { country: 'AT', city: 'Wien', addressLine1: 'Am Hof 1', postalOrZipCode: '1010' },
    };
    const answers = await Promise.all([0, 1, 2].map(() => call(one, 'POST', '/customers', customer)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    // One whose e-mail address is known is that one.
    const known = await call(one, 'POST', '/customers', {
      ...customer,
      name: 'Customer C-one',
      email: 'IT@one.example',
    });
    expect([known.status, known.body.id]).toEqual([200, 'C-one']);
  });
});
