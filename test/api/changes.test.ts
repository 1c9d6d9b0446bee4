import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aSubscription, listInto } from '../support/listing.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Asking for changes and deciding on them; nothing here reaches the distributor. */
let stack: Stack;
let ionId: string;
let integration: string;
beforeAll(async () => {
  stack = await startStack({ worker: false });
  const ion = await stack.connect('streamone-ion', { customers: 2, subscriptions: 2 });
  const halo = await stack.connect('halopsa', { clients: 'none' });
  ionId = ion.id;
  integration = await stack.integrate(ion, halo, {});
  await listInto(stack.parts.db, ionId, 'subscriptions', [
    row('s1'),
    row('s2'),
    row('s3'),
    row('s4'),
    row('s5'),
  ]);
});
afterAll(() => stack?.close());

const row = (id: string, quantity = '10') =>
  aSubscription(id, 'c1', {
    quantity,
    unitCost: '12.5',
    currency: 'EUR',
    billingCycle: 'monthly',
    autoRenew: true,
  });
const path = () => `/v1/integrations/${integration}/changes`;
const seats = (subscriptionId: string, quantity: string) => ({ kind: 'quantity', subscriptionId, quantity });
const policy = (options: object) =>
  stack.expect(200, 'PATCH', `/v1/integrations/${integration}`, { options });

describe('a change', () => {
  test('is refused in a sentence while the integration places none', async () => {
    const said = await stack.expect(409, 'POST', path(), seats('s1', '12'));
    expect(said).toMatchObject({
      type: expect.stringContaining('not-applicable'),
      detail: expect.stringContaining('`changes` is off'),
    });
  });

  test('is estimated before it is asked for, and nothing is stored', async () => {
    await policy({ changes: 'auto', changePolicy: { autoSeats: 3 } });
    const estimate = (body: object) => stack.expect(200, 'POST', `${path()}/estimate`, body);
    expect(await estimate(seats('s1', '12'))).toEqual({
      base: { quantity: '10', status: 'active', autoRenew: true },
      cost: { perCycle: { amount: '25', currency: 'EUR', cycle: 'monthly' }, untilTermEnd: null },
      cancelUntil: null,
      waitsBecause: null,
    });
    expect((await estimate(seats('s1', '20'))).waitsBecause).toContain('more than the 3');
    const refused = await stack.expect(409, 'POST', `${path()}/estimate`, seats('s1', '10'));
    expect(refused.detail).toContain('10 seats already');
    expect((await stack.expect(200, 'GET', path())).items).toEqual([]);
  });

  test('waits with what it costs, once a subscription', async () => {
    await policy({ changes: 'ask' });
    const asked = await stack.expect(202, 'POST', path(), seats('s1', '12'));
    expect(asked).toMatchObject({
      state: 'waiting',
      base: { quantity: '10', status: 'active', autoRenew: true },
      cost: { perCycle: { amount: '25', currency: 'EUR', cycle: 'monthly' } },
    });
    expect((await stack.expect(202, 'POST', path(), seats('s1', '12'))).id).toBe(asked.id);
    expect(await stack.expect(409, 'POST', path(), seats('s1', '14'))).toMatchObject({ changeId: asked.id });
    const { items } = await stack.expect(200, 'GET', `/v1/approvals?integrationId=${integration}`);
    expect(items.map(({ id }: { id: string }) => id)).toEqual([asked.id]);
    const rejected = await stack.expect(200, 'POST', `/v1/approvals/${asked.id}/reject`, {
      reason: 'not now',
    });
    expect(rejected).toMatchObject({ state: 'rejected', reason: 'not now' });
    expect((await stack.expect(409, 'POST', `/v1/approvals/${asked.id}/approve`, {})).detail).toContain(
      'rejected already',
    );
  });

  test('is refused by its rule, its kind and its subscription', async () => {
    expect((await stack.expect(409, 'POST', path(), seats('s2', '10'))).detail).toContain('10 seats already');
    expect(
      (await stack.expect(409, 'POST', path(), { kind: 'cancel', subscriptionId: 's2' })).detail,
    ).toContain('offers no way to do this (cancel)');
    await stack.expect(404, 'POST', path(), seats('nobody', '10'));
    await stack.expect(400, 'POST', path(), { kind: 'quantity', subscriptionId: 's2' });
    await stack.expect(400, 'POST', path(), { kind: 'quantity', subscriptionId: 's2', quantity: '1e3' });
  });

  test('cannot be approved too late, by its asker, or after the subscription moved', async () => {
    const late = await stack.expect(202, 'POST', path(), seats('s3', '11'));
    await stack.sql`update changes set expires_at = now() - interval '1 second' where id = ${late.id}`;
    expect((await stack.expect(409, 'POST', `/v1/approvals/${late.id}/approve`, {})).detail).toContain(
      'could be approved until',
    );
    expect(await stack.expect(200, 'GET', `/v1/changes/${late.id}`)).toMatchObject({ state: 'expired' });

    await policy({ changePolicy: { fourEyes: true } });
    const own = await stack.expect(202, 'POST', path(), seats('s4', '11'));
    expect((await stack.expect(409, 'POST', `/v1/approvals/${own.id}/approve`, {})).detail).toContain(
      'someone else',
    );
    await policy({ changePolicy: { fourEyes: false } });

    const overtaken = await stack.expect(202, 'POST', path(), seats('s5', '11'));
    await listInto(stack.parts.db, ionId, 'subscriptions', [row('s5', '15')]);
    const said = await stack.expect(409, 'POST', `/v1/approvals/${overtaken.id}/approve`, {});
    expect(said.detail).toContain('quantity was 10 and is now 15');
    expect(await stack.expect(200, 'GET', `/v1/changes/${overtaken.id}`)).toMatchObject({
      state: 'refused',
      seen: { quantity: '15' },
    });
  });
});
