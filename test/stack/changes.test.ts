import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { foulWeather } from '../../simulators/faults.ts';
import { control } from '../support/control.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** A change goes to the distributor once, ends truly, and everything that reads the distributor follows. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const kinds = ['streamone-ion', 'streamone-stellr', 'arrowsphere'] as const;
type Kind = (typeof kinds)[number];
type Fault = ReturnType<typeof foulWeather>[number];
interface Seats {
  id: string;
  customerId: string;
  quantity: string;
}

interface Setting {
  source: Connected<Kind>;
  halo: Connected<'halopsa'>;
  integration: string;
  /** Active and counted in seats, one of each of the first customers. */
  seats: Seats[];
}

async function setting(kind: Kind, options: object = { changes: 'ask' }): Promise<Setting> {
  const source = await stack.connect(kind, { customers: 4, subscriptions: 24 });
  const halo = await stack.connect('halopsa', { clients: 'none' });
  const integration = await stack.integrate(source, halo, { createClients: true, ...options });
  await stack.importAndWait(integration, { kind: 'customers' });
  await stack.importAndWait(integration, { kind: 'subscriptions' });
  const { items } = await stack.expect(
    200,
    'GET',
    `/v1/connections/${source.id}/subscriptions?status=active&limit=200`,
  );
  const seats = (items as (Seats & { usage: boolean; billingCycle: string })[]).filter(
    ({ quantity, usage, billingCycle }) =>
      quantity !== null && !usage && Number(quantity) > 2 && billingCycle !== 'one-time',
  );
  expect(seats.length).toBeGreaterThan(3);
  return { source, halo, integration, seats };
}

const orders = ({ source }: Setting) =>
  (source.simulator.state as unknown as { orders: { orders: { target: string }[] } }).orders.orders;

const ask = ({ integration }: Setting, { id, quantity }: Seats, more = 1) =>
  stack.expect(202, 'POST', `/v1/integrations/${integration}/changes`, {
    kind: 'quantity',
    subscriptionId: id,
    quantity: String(Number(quantity) + more),
  });
const approve = ({ id }: { id: string }) =>
  stack.expect(200, 'POST', `/v1/approvals/${id}/approve`, { reason: 'ordered' });

const ended = (id: string) =>
  waitFor(
    async () => {
      const change = await stack.expect(200, 'GET', `/v1/changes/${id}`);
      return ['done', 'failed', 'refused', 'ambiguous'].includes(change.state) && change;
    },
    `change ${id} to end`,
    { timeoutMs: 240_000 },
  );

const countAtHalo = async ({ source, halo }: Setting, { id }: Seats) => {
  const [row] = await stack.sql<{ record: string }[]>`
    select b.record_id as record from baselines b join integrations i on i.id = b.integration_id
    where i.source_id = ${source.id} and b.entity = 'licence' and b.external_id = ${id}`;
  return halo.simulator.state.licences.rows.get(Number(row!.record) as never)?.count;
};

describe.each(kinds)('%s', (kind) => {
  let at: Setting;
  beforeAll(async () => {
    at = await setting(kind);
  });

  test('an approved change is ordered once, read back, and followed by Halo', async () => {
    const [one] = at.seats as [Seats];
    const asked = await ask(at, one, 2);
    expect(asked.state).toBe('waiting');
    expect(orders(at)).toHaveLength(0);
    await approve(asked);
    const wanted = Number(one.quantity) + 2;
    expect(await ended(asked.id)).toMatchObject({
      state: 'done',
      seen: { quantity: String(wanted) },
      reason: 'ordered',
    });
    expect(orders(at)).toHaveLength(1);
    await waitFor(async () => (await countAtHalo(at, one)) === wanted, 'Halo to follow');
  });

  test('an order that fails later is reported and changes nothing', async () => {
    const [, two] = at.seats as [Seats, Seats];
    const placed = orders(at).length;
    await control(at.source, 'nextOrder', { becomes: 'failed', afterMs: 3_600_000 });
    const asked = await ask(at, two);
    await approve(asked);
    await waitFor(
      async () => (await stack.expect(200, 'GET', `/v1/changes/${asked.id}`)).state === 'placed',
      'the order to be placed',
    );
    await control(at.source, 'finishOrders', {});
    const failed = await ended(asked.id);
    expect(failed.state).toBe('failed');
    expect(failed.message).toMatch(/did not carry it out|shows \d+ seats/);
    expect(orders(at)).toHaveLength(placed + 1);
    const { items } = await stack.expect(
      200,
      'GET',
      `/v1/findings?kind=change-failed&integrationId=${at.integration}&state=open`,
    );
    expect(items.length).toBeGreaterThan(0);
  });

  test('a lost answer is looked up and never sent again', async () => {
    const [, , three] = at.seats as [Seats, Seats, Seats];
    const placed = orders(at).length;
    const write: Record<Kind, string> = {
      'streamone-ion': '/orders',
      'streamone-stellr': '/changeSeats',
      arrowsphere: '/seats',
    };
    at.source.simulator.faults.add({
      path: write[kind],
      reads: false,
      act: { do: 'drop-reply' },
    } as unknown as Fault);
    const asked = await ask(at, three);
    await approve(asked);
    const done = await ended(asked.id);
    expect(orders(at)).toHaveLength(placed + 1);
    expect(done).toMatchObject({ state: 'done', seen: { quantity: String(Number(three.quantity) + 1) } });
  });

  test('partly filled is reported with the result', async () => {
    const [, , , four] = at.seats as [Seats, Seats, Seats, Seats];
    await control(at.source, 'nextOrder', { becomes: 'partly' });
    const asked = await ask(at, four, 4);
    await approve(asked);
    const partly = await ended(asked.id);
    expect(partly).toMatchObject({ state: 'failed', seen: { quantity: String(Number(four.quantity) + 2) } });
    expect(partly.message).toContain(`shows ${Number(four.quantity) + 2} seats`);
  });

  test('what Work 365 changes goes the same way, and shows once it is done', async () => {
    const one = at.seats.at(-1)!;
    const header = { 'work-365-rest-provider-api-key': 'work365-key-of-this-test' };
    const destination = await stack.expect(201, 'POST', '/v1/connections', {
      kind: 'work365',
      name: `Work 365 of ${kind}`,
      settings: { displayName: 'Tributary', country: 'de', currency: 'EUR' },
      credentials: { key: 'work365-key-of-this-test' },
    });
    const integration = await stack.integrate(at.source, destination, {});
    const base = `/work365/${integration}`;
    const path = `${base}/customers/${one.customerId}/subscriptions/${one.id}`;
    const served = async () => Number((await stack.expect(200, 'GET', path, undefined, header)).quantity);
    const before = await served();
    const model = { id: one.id, quantity: before + 3 };
    expect(await stack.expect(403, 'PATCH', `${base}/subscriptions`, model, header)).toMatch(
      /^Write-back is off/,
    );

    const options = (changes: string) =>
      stack.expect(200, 'PATCH', `/v1/integrations/${integration}`, { options: { changes } });
    await options('ask');
    expect(await stack.expect(200, 'PATCH', `${base}/subscriptions`, model, header)).toMatchObject({
      id: one.id,
      quantity: before,
    });
    const { items } = await stack.expect(200, 'GET', `/v1/approvals?integrationId=${integration}`);
    expect(items).toMatchObject([
      { subscriptionId: one.id, askedBy: 'Work 365', wanted: { quantity: String(before + 3) } },
    ]);
    expect(await served()).toBe(before);
    await approve(items[0]);
    expect(await ended(items[0].id)).toMatchObject({ state: 'done' });
    expect(await served()).toBe(before + 3);
    await waitFor(async () => (await countAtHalo(at, one)) === before + 3, 'Halo to follow');

    await options('auto');
    const placed = orders(at).length;
    await stack.expect(200, 'PATCH', `${base}/subscriptions/`, { ...model, quantity: before + 4 }, header);
    await waitFor(async () => (await served()) === before + 4, 'the feed to follow', { timeoutMs: 240_000 });
    expect(orders(at)).toHaveLength(placed + 1);
    expect(
      await stack.expect(409, 'PATCH', `${base}/subscriptions`, { ...model, quantity: 0 }, header),
    ).toMatch(/at least 1/);
    await stack.expect(204, 'PATCH', `${base}/subscriptions`, { id: 'nobody', quantity: 1 }, header);
  });
});
