import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { control } from '../support/control.ts';
import { decimal, expectProblem, instant, nobody, uuid } from '../support/problems.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Collections, the ledger and what a destination offers, as design.md §5 promises them. */
let stack: Stack;
let arrow: Connected<'arrowsphere'>;
let halo: Connected<'halopsa'>;
beforeAll(async () => {
  stack = await startStack();
  arrow = await stack.connect('arrowsphere', { customers: 5, subscriptions: 20 });
  halo = await stack.connect('halopsa', { customers: 5, clients: 'most' });
  for (const kind of ['customers', 'subscriptions']) await collect(kind);
});
afterAll(() => stack?.close());

const path = ({ id }: { id: string }, rest = '') => `/v1/connections/${id}${rest}`;
const list = async (rest: string) => (await stack.expect(200, 'GET', path(arrow, rest))).items;

async function collect(kind: string) {
  const asked = await stack.api('POST', path(arrow, '/collections'), { kind });
  expect(asked.status, JSON.stringify(asked.body)).toBe(202);
  const at = asked.headers.get('location')!;
  expect(at).toMatch(new RegExp(`^/v1/connections/${arrow.id}/collections/`));
  return waitFor(
    async () => {
      const found = await stack.expect(200, 'GET', at);
      return found.state === 'running' ? null : found;
    },
    'the collection to end',
    { everyMs: 10 },
  );
}

describe('a collection', () => {
  test('is asked for, runs, and tells what it read', async () => {
    const collection = await collect('subscriptions');
    expect(collection).toMatchObject({
      id: expect.stringMatching(uuid),
      kind: 'subscriptions',
      startedAt: expect.stringMatching(instant),
      finishedAt: expect.stringMatching(instant),
    });
    expect(JSON.stringify(collection)).toContain('"complete":true');
    const listed = await list('/collections');
    expect(listed[0]).toMatchObject({ id: collection.id });
    expectProblem(await stack.api('GET', path(arrow, `/collections/${nobody}`)), 404, 'not-found');
    // It is this connection's.
    expectProblem(await stack.api('GET', path(halo, `/collections/${collection.id}`)), 404, 'not-found');
  });

  test('that is asked for the moment another has ended runs too', async () => {
    const seen = new Set<string>();
    for (let n = 0; n < 12; n++) seen.add((await collect('customers')).id);
    expect(seen.size).toBe(12);
  });

  test('is of customers or subscriptions, and of a distributor', async () => {
    for (const body of [{}, { kind: 'invoices' }, { kind: 'customers', more: 1 }])
      expectProblem(await stack.api('POST', path(arrow, '/collections'), body), 400, 'invalid-request');
    const destination = await stack.api('POST', path(halo, '/collections'), { kind: 'customers' });
    expectProblem(destination, 409, 'not-applicable');
  });
});

describe('the ledger', () => {
  test('lists customers with ids as text, and finds them', async () => {
    const customers = await list('/customers');
    expect(customers.length).toBeGreaterThanOrEqual(5);
    for (const customer of customers) {
      expect(customer).toMatchObject({ id: expect.stringMatching(/^XSP\d+$/), name: expect.any(String) });
      expect(customer.status).toBeTypeOf('string');
    }
    const [first] = customers;
    const half = first.name.slice(0, 5).toUpperCase();
    const found = await list(`/customers?search=${encodeURIComponent(half)}`);
    expect(found.map(({ id }: { id: string }) => id)).toContain(first.id);
    expect(await list('/customers?search=no-one-is-called-so')).toEqual([]);
    // What means something to the database means nothing here.
    for (const text of ['%', '_', '\\', "'", '%25'])
      expect(await list(`/customers?search=${encodeURIComponent(`${text}${text}`)}`)).toEqual([]);
    expect(await list(`/customers?status=${first.status}`)).not.toEqual([]);
  });

  test('lists subscriptions with money and quantity as decimal text', async () => {
    const subscriptions = await list('/subscriptions?limit=200');
    expect(subscriptions).toHaveLength(20);
    for (const row of subscriptions) {
      expect(row).toMatchObject({
        id: expect.stringMatching(/^XSP\d+$/),
        customerId: expect.stringMatching(/^XSP/),
      });
      expect(row.quantity, row.id).toMatch(decimal);
      const { unitCost, cost } = row;
      expect(unitCost ?? cost, JSON.stringify(row)).toMatch(decimal);
      expect(row.currency).toMatch(/^[A-Z]{3}$/);
      for (const [name, value] of Object.entries(row))
        if (/(At|Instant)$/.test(name) && value !== null) expect(value, name).toMatch(instant);
    }
    const { customerId, status } = subscriptions[0];
    const ofCustomer = await list(`/subscriptions?customerId=${customerId}`);
    expect(ofCustomer).toEqual(
      subscriptions.filter((row: { customerId: string }) => row.customerId === customerId),
    );
    const alike = await list(`/subscriptions?status=${status}&limit=200`);
    expect(alike).toEqual(subscriptions.filter((row: { status: string }) => row.status === status));
    expect(await list('/subscriptions?customerId=XSP1')).toEqual([]);
    expectProblem(await stack.api('GET', path(arrow, '/subscriptions?status=happy')), 400, 'invalid-request');
    expect(await list(`/customers?customerId=${customerId}`)).toMatchObject([{ id: customerId }]);
    expectProblem(await stack.api('GET', path(arrow, '/customers?status=pending')), 400, 'invalid-request');
  });

  test('names the fields that were given and cannot be read', async () => {
    const [{ id, unreadable }] = await list('/subscriptions?limit=1');
    expect(unreadable).toEqual([]);
    await control(arrow, 'setLicense', { ref: id, patch: { end_date: 'soon' } });
    await collect('subscriptions');
    expect(await list('/subscriptions?limit=1')).toMatchObject([
      { id, endDate: null, unreadable: ['endDate'] },
    ]);
    expect((await list('/customers?limit=1'))[0].unreadable).toEqual([]);
  });

  test('is turned by cursor, each row once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (; cursor !== null; ) {
      const more: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
      const page = await stack.expect(200, 'GET', path(arrow, `/subscriptions?limit=7${more}`));
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(20);
    expect(new Set(seen).size).toBe(20);
    const borrowed = await stack.expect(200, 'GET', path(arrow, '/subscriptions?limit=1'));
    const other = `/customers?cursor=${encodeURIComponent(borrowed.nextCursor)}`;
    const answer = await stack.api('GET', path(arrow, other));
    if (answer.status !== 200) expectProblem(answer, 400, 'invalid-request');
  });

  test('is what a distributor has, not a destination', async () => {
    for (const rest of ['/customers', '/subscriptions'])
      expectProblem(await stack.api('GET', path(halo, rest)), 409, 'not-applicable');
  });
});

describe('what a destination offers', () => {
  test.each(['top-levels', 'agents', 'clients'])(
    '%s are told as last read, and read anew when asked',
    async (noun) => {
      const fresh = await stack.expect(200, 'GET', path(halo, `/${noun}?refresh=true`));
      expect(fresh).toMatchObject({ asOf: expect.stringMatching(instant), items: expect.any(Array) });
      expect(fresh.items.length).toBeGreaterThan(0);
      for (const item of fresh.items)
        expect(item).toMatchObject({ id: expect.any(String), name: expect.any(String) });
      const calls = halo.simulator.requests.length;
      const kept = await stack.expect(200, 'GET', path(halo, `/${noun}`));
      expect(kept).toEqual(fresh);
      expect(halo.simulator.requests.length).toBe(calls);
      const again = await stack.expect(200, 'GET', path(halo, `/${noun}?refresh=true`));
      expect(again.asOf > fresh.asOf).toBe(true);
      expect(halo.simulator.requests.length).toBeGreaterThan(calls);
      const page = await stack.expect(200, 'GET', path(halo, `/${noun}?limit=1`));
      expect(page).toMatchObject({ items: fresh.items.slice(0, 1), asOf: again.asOf });
      expectProblem(await stack.api('GET', path(halo, `/${noun}?limit=201`)), 400, 'invalid-request');
      expectProblem(await stack.api('GET', path(halo, `/${noun}?refresh=perhaps`)), 400, 'invalid-request');
      expectProblem(await stack.api('GET', path(arrow, `/${noun}`)), 409, 'not-applicable');
    },
  );

  test('follows it, a page at a time', async () => {
    await control(halo, 'addClient', { name: 'Quince & Sons' });
    const before = await stack.expect(200, 'GET', path(halo, '/clients?search=quince'));
    expect(before.items).toEqual([]);
    const now = await stack.expect(200, 'GET', path(halo, '/clients?search=quince&refresh=true'));
    expect(now.items).toMatchObject([{ name: 'Quince & Sons' }]);
    const page = await stack.expect(200, 'GET', path(halo, '/clients?limit=1'));
    expect(page.items).toHaveLength(1);
    expect(page.nextCursor).toBeTypeOf('string');
  });

  test('says plainly when it cannot be asked', async () => {
    halo.simulator.faults.add({ path: '/api/TopLevel', times: -1, act: { do: 'respond', status: 403 } });
    const answer = await stack.api('GET', path(halo, '/top-levels?refresh=true'));
    halo.simulator.faults.clear();
    expectProblem(answer, 502, 'upstream-failed');
  });
});
