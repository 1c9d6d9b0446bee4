import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** What the distributor billed for a month, beside what both sides say. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const monthBack = (months: number) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 7);
};
const last = monthBack(1);

/** Asks again and again: a request joins a reading that runs, which may have read what has changed since. */
async function read(connection: string, state: string, month = last) {
  return await waitFor(async () => {
    await stack.expect(202, 'POST', `/v1/connections/${connection}/charges`, { month });
    const answer = await stack.api('GET', `/v1/connections/${connection}/charges/${month}?limit=200`);
    const body = answer.body as { state?: string };
    return (
      answer.status === 200 &&
      body.state === state &&
      (body as { state: string; items: Charge[]; problem: string | null })
    );
  }, `the charges of ${month} to be ${state}`);
}

interface Charge {
  subscriptionId: string | null;
  cost: string;
  currency: string;
}

describe('charges', () => {
  test('stand as the third column of a reconciliation, and are frozen with it', async () => {
    const scene = await Scene.withClients(stack);
    await scene.arrow('setCharges', { awkward: [] });
    const [customer] = scene.customers;
    const ref = await scene.licence({ seats: 5 });
    await scene.run('subscriptions');
    const path = `/v1/integrations/${scene.integration}/reconciliation`;
    expect(await stack.expect(200, 'GET', path)).toMatchObject({ state: 'known', items: [], charges: null });

    for (const charge of [
      { subscription: ref, quantity: 7, unitCost: 10, unitPrice: 15, kind: 'recurring' },
      { subscription: ref, quantity: 1, unitCost: -4, kind: 'credit' },
      { quantity: 1, unitCost: 25, note: 'Support plan' },
    ])
      await scene.arrow('addCharge', { period: last, customer: customer!.ref, ...charge });
    const { items } = await read(scene.source.id, 'read');
    const ours = items.filter(({ subscriptionId }) => subscriptionId === ref);
    expect(ours.map(({ cost }) => Number(cost))).toEqual(expect.arrayContaining([70, -4]));

    // Listed so since before the month ended, and edited at Halo.
    await stack.sql`update subscriptions set valid_from = now() - interval '90 days' where id = ${ref}`;
    await scene.edit(ref, { count: 2 });
    await scene.run('subscriptions', { mode: 'preview' });
    const answer = await stack.expect(200, 'GET', path);
    const under = answer.items.find((item: { class: string }) => item.class === 'under-billed');
    const cost = ours.reduce((sum, line) => sum + Number(line.cost), 0);
    expect(under.charged).toMatchObject({ state: 'read', month: last });
    expect(Number(under.charged.money[0].amount)).toBeCloseTo(cost, 4);
    expect(under.charged.money[0].currency).toBe('EUR');
    expect(Number(under.charged.quantity)).toBeGreaterThanOrEqual(7);
    expect(answer.items.map((item: { class: string }) => item.class)).toContain('charged-differently');
    expect(answer.charges).toMatchObject({
      month: last,
      state: 'read',
      withoutSubscription: [{ amount: '25', currency: 'EUR', cycle: null }],
    });
    const csv = String((await stack.api('GET', `${path}?format=csv`)).body).split('\r\n');
    expect(csv[0]).toContain('chargedMonth,chargedState,chargedQuantity,chargedAmount,chargedCurrency');
    expect(csv[1]).toContain(`,${last},read,`);

    const frozen = await stack.expect(201, 'POST', `/v1/integrations/${scene.integration}/statements`, {
      month: last,
    });
    expect(frozen.charges).toMatchObject({ month: last, state: 'read' });
    const unassigned = await stack.expect(
      200,
      'GET',
      `/v1/connections/${scene.source.id}/charges/${last}?unassigned=true`,
    );
    expect(unassigned.items).toMatchObject([{ subscriptionId: null, cost: '25' }]);
  });

  test('say why they are not there, or not whole, and are read again', async () => {
    const scene = await Scene.withClients(stack);
    await scene.licence({ seats: 5 });
    await scene.run('subscriptions');
    await read(scene.source.id, 'not-published', monthBack(0));
    await scene.arrow('publishCharges', { period: last, state: 'open' });
    await scene.arrow('addCharge', { period: last, customer: scene.customers[0]!.ref, unitCost: 3 });
    expect((await read(scene.source.id, 'incomplete')).problem).toMatch(/not final yet/);
    await scene.arrow('publishCharges', { period: last, state: 'final' });
    expect((await read(scene.source.id, 'read')).problem).toBeNull();
    await scene.arrow('setCharges', { offered: false });
    expect((await read(scene.source.id, 'not-offered')).items).toEqual([]);
    const { items } = await stack.expect(200, 'GET', `/v1/connections/${scene.source.id}/charges`);
    expect(items.map((item: { month: string; state: string }) => [item.month, item.state])).toEqual([
      [monthBack(0), 'not-published'],
      [last, 'not-offered'],
    ]);
    const { items: entries } = await stack.expect(200, 'GET', '/v1/audit?action=charges.read&limit=5');
    expect(entries.length).toBeGreaterThan(0);
    await stack.expect(409, 'POST', `/v1/connections/${scene.destination.id}/charges`, { month: last });
  });

  test('are read by themselves where a schedule runs', async () => {
    const scene = await Scene.withClients(stack);
    await stack.expect(200, 'PUT', `/v1/integrations/${scene.integration}/schedule`, {
      customers: true,
      subscriptions: true,
      every: 'P1D',
    });
    const read = async () =>
      (await stack.expect(200, 'GET', `/v1/connections/${scene.source.id}/charges`)).items as object[];
    expect(await read()).toEqual([]);
    await stack.temporal.workflow.execute('housekeeping', {
      workflowId: 'housekeeping/once',
      taskQueue: 'tributary',
    });
    const [month] = await waitFor(async () => {
      const months = await read();
      return months.length > 0 && months;
    }, 'the charges to be read');
    expect(month).toMatchObject({ month: last });
  });

  test('of Ion find their subscriptions by the provider’s own id', async () => {
    const source = await stack.connect('streamone-ion', { customers: 4, subscriptions: 24 });
    await stack.expect(202, 'POST', `/v1/connections/${source.id}/collections`, { kind: 'subscriptions' });
    await waitFor(
      async () =>
        (await stack.expect(200, 'GET', `/v1/connections/${source.id}/subscriptions`)).items.length > 0,
      'the subscriptions to be listed',
    );
    const { items } = await read(source.id, 'read');
    const known = await stack.expect(200, 'GET', `/v1/connections/${source.id}/subscriptions?limit=200`);
    const ids = new Set(known.items.map(({ id }: { id: string }) => id));
    const found = items.filter(({ subscriptionId }) => subscriptionId !== null);
    expect(found.length).toBeGreaterThan(5);
    for (const { subscriptionId } of found) expect(ids).toContain(subscriptionId);
  });
});
