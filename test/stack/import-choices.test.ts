import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** What the console does with an import: groups with money, a preview applied by filter, failed items again. */
let stack: Stack;
let halo: Connected<'halopsa'>;
let integration: string;
beforeAll(async () => {
  stack = await startStack();
  const arrow = await stack.connect('arrowsphere', { customers: 4, subscriptions: 24 });
  halo = await stack.connect('halopsa', { clients: 'none' });
  integration = await stack.integrate(arrow, halo, { createClients: true });
  await stack.importAndWait(integration, { kind: 'customers' });
});
afterAll(() => stack?.close());

const get = (path: string) => stack.expect(200, 'GET', path);
const sumOf = (amounts: { amount: string }[]) => amounts.map(({ amount }) => Number(amount));

test('a preview is grouped by rule, with money a currency and cycle, and applied by filter', async () => {
  const preview = await stack.importAndWait(integration, { kind: 'subscriptions', mode: 'preview' });
  const { items: groups, money } = await get(`/v1/imports/${preview.id}/groups`);
  const created = groups.find((group: { rule: string }) => group.rule === 'new_subscription');
  expect(created).toMatchObject({ action: 'create', outcome: 'planned', count: preview.counts.created });
  expect(groups.reduce((n: number, group: { count: number }) => n + group.count, 0)).toBe(
    preview.counts.created + preview.counts.skipped + preview.counts.held,
  );
  // Worked out apart from the groups, from the items themselves.
  const { items, facets } = await get(
    `/v1/imports/${preview.id}/items?limit=200&outcome=planned&facets=true`,
  );
  expect(facets.rule.new_subscription).toBe(created.count);
  const cents = new Map<string, number>();
  for (const { after, externalId } of items) {
    const [row] = await stack.sql`select currency from subscriptions where id = ${externalId}`;
    const key = `${row!.currency}/${after.billingCycle}`;
    const value = Math.round(Number(after.quantity) * Number(after.unitPrice) * 1e6);
    if (after.unitPrice !== null && after.quantity !== null) cents.set(key, (cents.get(key) ?? 0) + value);
  }
  const told = new Map<string, number>();
  for (const { amount, currency, cycle } of money)
    told.set(`${currency}/${cycle}`, Math.round(Number(amount) * 1e6));
  expect(told).toEqual(cents);
  expect(sumOf(created.money).every((amount) => amount >= 0)).toBe(true);

  const customerId = items[0].customerId;
  const [row] = await stack.sql`select name from customers where id = ${customerId}`;
  const customerName = String(row!.name);
  expect(items[0].customerName).toBe(customerName);
  const fit = await get(
    `/v1/imports/${preview.id}/groups?outcome=planned&search=${encodeURIComponent(customerName)}`,
  );
  expect(fit.items).toHaveLength(1);
  const found = await get(
    `/v1/imports/${preview.id}/items?outcome=planned&search=${encodeURIComponent(customerName)}`,
  );
  expect(fit.items[0].count).toBe(found.items.length);
  const chosen = await stack.expect(200, 'POST', `/v1/imports/${preview.id}/choice`, {
    filter: { search: customerName },
  });
  expect(chosen).toEqual({
    create: found.items.length,
    update: 0,
    deactivate: 0,
    money: fit.money,
    endings: [],
  });
  const one = await stack.expect(200, 'POST', `/v1/imports/${preview.id}/choice`, { itemIds: [items[0].id] });
  expect(one).toMatchObject({ create: 1 });
  const mine = items.filter((item: { customerId: string }) => item.customerId === customerId);
  expect(mine.length).toBeLessThan(items.length);
  const named = await get(`/v1/imports/${preview.id}/items?outcome=planned&customerId=${customerId}`);
  expect(named.items).toHaveLength(mine.length);
  const refused = await stack.api('POST', `/v1/imports/${preview.id}/apply`, { filter: { rule: 'no-such' } });
  expect(refused.status).toBe(400);
  const other = items.find((item: { customerId: string }) => item.customerId !== customerId);
  const applied = await stack.expect(202, 'POST', `/v1/imports/${preview.id}/apply`, {
    filter: { customerId },
    itemIds: [other.id],
  });
  const done = await stack.importEnds(applied.id);
  expect(done.counts.created).toBe(mine.length + 1);
  expect(done.progress).toMatchObject({ waitingFor: null, expectedAt: null });
  const audited = await get(`/v1/audit?importId=${applied.id}&action=licence.create&limit=200`);
  expect(audited.items).toHaveLength(mine.length + 1);
  expect(audited.items[0]).toMatchObject({ actor: { name: 'First admin key' }, itemId: expect.any(String) });
});

test('failed items are written again, by reason, and nothing else is', async () => {
  halo.simulator.faults.add({
    method: 'POST',
    path: '[lL]icence',
    times: -1,
    act: { do: 'respond', status: 400, body: { message: 'Refused for a test' } },
  });
  const failed = await stack.importAndWait(integration, { kind: 'subscriptions' });
  halo.simulator.faults.clear();
  expect(failed.counts.failed).toBeGreaterThan(0);
  const { items } = await get(`/v1/imports/${failed.id}/items?outcome=failed&limit=200`);
  const [{ message }] = items;
  const apart = (await get(`/v1/imports/${failed.id}/groups?outcome=failed`)).items;
  expect(apart.map((group: { message: string }) => group.message).sort()).toEqual(
    [...new Set(items.map((item: { message: string }) => item.message))].sort(),
  );
  const none = await stack.api('POST', `/v1/imports/${failed.id}/retry`, { filter: { message: 'other' } });
  expect(none.status).toBe(400);
  const again = await stack.expect(202, 'POST', `/v1/imports/${failed.id}/retry`, { filter: { message } });
  const done = await stack.importEnds(again.id);
  expect(done).toMatchObject({ state: 'completed', previewId: failed.id });
  expect(done.counts.created).toBe(
    items.filter((item: { message: string }) => item.message === message).length,
  );
  expect((await stack.api('POST', `/v1/imports/${failed.id}/retry`)).status).toBe(409);
});
