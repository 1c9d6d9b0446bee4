import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulators/harness.ts';
import { type IonState, startStreamOneIon } from '../../simulators/streamone-ion/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged key by key
type Json = any;
let sim: Simulator<IonState>;
let now = 0;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  sim = await startStreamOneIon({ customers: 40, subscriptions: 400, clock: () => now });
});
afterEach(() => sim.close());

const account = '/api/v3/accounts/1001';
async function call(path: string, sent?: unknown, authorization = 'Bearer ion-access-1') {
  const answer = await fetch(sim.url + path, {
    ...(sent !== undefined && { method: 'POST', body: JSON.stringify(sent) }),
    headers: { authorization, 'content-type': 'application/json' },
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}
async function control(name: string, sent: unknown = {}) {
  const { status, body } = await call(`/__control/do/${name}`, sent);
  expect(status).toBe(200);
  return body;
}
const held = async (): Promise<Json[]> =>
  (await call(`${account}/subscriptions?pagination.limit=1000`)).body.items;
const reread = async ({ id, customerId }: Json) =>
  (await call(`${account}/customers/${customerId}/subscriptions/${id}`)).body;
const someActive = async (at = 0): Promise<Json> =>
  (await held()).filter(
    ({ subscriptionStatus, subscriptionTotalLicenses: n }) => subscriptionStatus === 'active' && n > 20,
  )[at];
const update = (sub: Json, quantity: number, more: Json = {}) => ({
  action: 'UPDATE',
  productId: sub.ccpProductId,
  skuId: sub.ccpSkuId,
  planId: sub.ccpPlanId,
  resourceId: sub.subscriptionId,
  quantity,
  attributes: [{ name: 'operations', value: 'updatesubscription' }],
  ...more,
});
const order = (sub: Json, items: Json[], referenceId = 'r-1') =>
  call(`${account}/customers/${sub.customerId}/orders`, {
    referenceId,
    displayName: 'Seats',
    orderItems: items,
  });
const readOrder = async (name: string) => (await call(`/api/v3/${name}`)).body;

describe('orders', () => {
  test('run from NEW to COMPLETED; only then the listing shows the seats', async () => {
    const sub = await someActive();
    await control('orderDelay', { ms: 3_600_000 });
    const { status, body } = await order(sub, [update(sub, 300)]);
    expect([status, body.status, body.referenceId]).toEqual([200, 'NEW', 'r-1']);
    now += 1_800_000;
    expect((await readOrder(body.name)).status).toBe('IN_PROGRESS');
    expect((await reread(sub)).subscriptionTotalLicenses).toBe(sub.subscriptionTotalLicenses);
    now += 1_800_000;
    expect(await readOrder(body.name)).toMatchObject({
      status: 'COMPLETED',
      orderItems: [{ status: 'ACTIVE' }],
    });
    expect((await held()).find(({ id }) => id === sub.id).subscriptionTotalLicenses).toBe('300');
  });

  test('are found by reference in the listing, newest first; a second one is taken or refused', async () => {
    const sub = await someActive();
    sim.faults.add({ path: '/orders', act: { do: 'drop-reply' } });
    await expect(order(sub, [update(sub, 301)], 'lost')).rejects.toThrow();
    const { orders } = (await call(`${account}/customers/${sub.customerId}/orders?pageSize=10`)).body;
    expect(orders[0]).toMatchObject({ referenceId: 'lost', orderItems: [{ quantity: 301 }] });
    expect((await order(sub, [update(sub, 301)], 'lost')).status).toBe(200);
    expect(await control('orders')).toHaveLength(2);
    await control('setOption', { duplicateReference: 'refuse' });
    expect((await order(sub, [update(sub, 301)], 'lost')).status).toBe(409);
    expect(await control('orders')).toHaveLength(2);
  });

  test('fail late, in part, or wait for a person and may be taken back', async () => {
    const sub = await someActive();
    const had = Number(sub.subscriptionTotalLicenses);
    await control('nextOrder', { becomes: 'failed', afterMs: 3_600_000, message: 'Tenant is locked.' });
    const late = (await order(sub, [update(sub, 400)])).body;
    now += 3_600_000;
    expect(await readOrder(late.name)).toMatchObject({
      status: 'ERROR',
      errors: [{ detail: 'Tenant is locked.' }],
      orderItems: [{ status: 'ERROR' }],
    });
    await control('nextOrder', { becomes: 'partly' });
    const part = (await order(sub, [update(sub, had + 10)])).body;
    expect(part).toMatchObject({ status: 'COMPLETED', orderItems: [{ quantity: had + 10 }] });
    expect((await reread(sub)).subscriptionTotalLicenses).toBe(String(had + 5));
    const [a, b] = (await held()).filter(
      ({ customerId, subscriptionStatus, subscriptionTotalLicenses: n }) =>
        customerId === sub.customerId && subscriptionStatus === 'active' && n,
    );
    await control('nextOrder', { becomes: 'partly' });
    const two = (await order(a, [update(a, 500), update(b, 500)])).body;
    expect(two.orderItems.map((item: Json) => item.status)).toEqual(['ACTIVE', 'ERROR']);
    await control('nextOrder', { becomes: 'held' });
    const wait = (await order(sub, [update(sub, 600)])).body;
    expect(wait.status).toBe('ON_HOLD');
    expect((await call(`/api/v3/${wait.name}:cancel`, {})).body.status).toBe('CANCELED');
    expect((await call(`/api/v3/${part.name}:cancel`, {})).status).toBe(400);
  });

  test('are checked in shape and by rule, at once or late', async () => {
    const sub = await someActive();
    const refused = async (item: Json) => {
      const { status, body } = await order(sub, [item]);
      expect([status, body.code]).toEqual([400, 3]);
      return body.details[0].errors[0].code;
    };
    const { quantity: _, ...without } = update(sub, 1);
    expect(await refused(without)).toBe('COMM-VL-001 ');
    expect(await refused({ ...update(sub, 5), action: 'DELETE' })).toBe('COMM-VL-002');
    expect(await refused({ ...update(sub, 5), resourceId: undefined })).toBe('COMM-VL-003');
    expect(await refused({ ...update(sub, 30), action: 'CREATE', attributes: [] })).toBe('MSFT_CR_033');
    expect(await refused(update(sub, 0))).toBe('MSFT_CR_101');
    expect(await refused(update(sub, 10_000))).toBe('MSFT_CR_101');
    expect(await refused({ ...update(sub, 30), planId: 'other' })).toBe('MSFT_CR_103');
    expect(await refused(update(sub, 2))).toBe('MSFT_CR_105');
    expect(await control('orders')).toEqual([]);
    now = Date.parse(sub.cancellationAllowedUntilDate) - 1;
    expect((await order(sub, [update(sub, 2)])).body.status).toBe('COMPLETED');
    await control('setOption', { refuse: 'late' });
    const late = (await order(sub, [update(sub, 0)])).body;
    expect(late).toMatchObject({ status: 'ERROR', errors: [{ detail: expect.stringMatching(/from 1/) }] });
  });

  test('set the renewal and make new subscriptions', async () => {
    const sub = await someActive();
    const had = Number(sub.subscriptionTotalLicenses);
    const renewal = (value: string) => ({
      attributes: [
        { name: 'operations', value: 'updatesubscription' },
        { name: 'renewalSetting', value },
      ],
    });
    await order(sub, [update(sub, had, renewal('auto-off'))]);
    expect(await reread(sub)).toMatchObject({ autoRenew: false, subscriptionRenewStatus: 'DISABLED' });
    await order(sub, [update(sub, had + 1)]);
    expect(await reread(sub)).toMatchObject({ autoRenew: false });
    const before = (await held()).length;
    const made = await order(sub, [
      { ...update(sub, 7, renewal('auto-on')), action: 'CREATE', resourceId: undefined },
    ]);
    expect(made.body.orderItems[0]).toMatchObject({
      status: 'ACTIVE',
      resourceId: expect.stringMatching(/-/),
    });
    const after = await held();
    expect(after).toHaveLength(before + 1);
    expect(after.at(-1)).toMatchObject({
      subscriptionTotalLicenses: '7',
      autoRenew: true,
      customerId: sub.customerId,
    });
  });

  test('the price book tells what a renewal costs', async () => {
    const { mfgPartNumber, cost } = await someActive();
    const prices = async () =>
      (
        await call(`${account}/products:pricing`, {
          priceBookCustomerId: 20_001,
          externalProductWithProvider: [{ provider: '30', externalProducts: [mfgPartNumber, 'none'] }],
        })
      ).body.plans;
    expect(await prices()).toMatchObject([{ pricebookPrice: cost }, { productAvailability: false }]);
    await control('setPrice', { mfgPartNumber, price: 99.5 });
    expect((await prices())[0]).toMatchObject({ productId: mfgPartNumber, pricebookPrice: 99.5 });
  });
});

describe('charges', () => {
  const month = (start: string, end: string) => ({
    specs: {
      date_range_option: { selected_range: { fixed_date_range: { start_date: start, end_date: end } } },
    },
  });
  const october = month('2026-10-01T00:00:00Z', '2026-10-31T23:59:59Z');
  const report = async (sent: Json = october) => {
    const { body } = await call(`${account}/reports/50001/data`, sent);
    const keys = body.report.specs.selectedColumns.map((one: Json) => one.columnTemplateId.split('.')[1]);
    const rows = body.results.rows.map(({ values }: Json) =>
      Object.fromEntries(
        values.map((value: Json, index: number) => [
          keys[index],
          value.moneyValue?.value ?? value.stringValue ?? value.floatValue ?? value.dateValue,
        ]),
      ),
    );
    return { body, rows: rows as Json[] };
  };

  test('a saved report holds the month, with its awkward rows', async () => {
    const { reports } = (await call(`${account}/reports?module=REPORTS_REPORTS_MODULE`)).body;
    expect(reports[0]).toMatchObject({ reportId: '50001', reportTemplateId: 'azure_plan_billing' });
    const { body, rows } = await report();
    expect(body.resultCount).toBe(String(rows.length));
    expect(
      body.report.specs.selectedColumns.find((one: Json) => /seller_cost/.test(one.columnTemplateId)),
    ).toMatchObject({ columnHeading: 'Seller Cost (EUR)', valueType: 'MONEY' });
    const subs = new Map((await held()).map((sub) => [sub.subscriptionId, sub]));
    const plain = rows.filter(
      (row) => row.charge_type === 'cycleFee' && subs.get(row.cloud_account_number)?.cost,
    );
    expect(plain.length).toBeGreaterThan(50);
    for (const row of plain)
      expect(row.seller_cost).toBeCloseTo(row.seat_count * subs.get(row.cloud_account_number).cost, 2);
    expect(rows.some((row) => row.seller_cost < 0)).toBe(true);
    expect(rows.some((row) => row.cloud_account_number === '')).toBe(true);
    expect(rows.some((row) => row.usage_starttime === '2026-10-16T00:00:00Z')).toBe(true);
    const over = (row: Json) =>
      row.seat_count === Number(subs.get(row.cloud_account_number)?.subscriptionTotalLicenses) + 2;
    expect(rows.some(over)).toBe(true);
    const few = await report({
      specs: { selectedColumns: [{ columnTemplateId: 'azure_plan_billing.seller_cost' }] },
    });
    expect(Object.keys(few.rows[0])).toEqual(['seller_cost']);
    const { results } = (await call(`${account}/reports/50001/reportDataCsv`, october)).body;
    expect(results.split('\n')).toHaveLength(rows.length + 1);
    expect(results).toContain('"Seller Cost (EUR)"');
  });

  test('not there yet, cut, not final, not for us', async () => {
    expect((await report(month('2026-11-01T00:00:00Z', '2026-11-30T23:59:59Z'))).rows).toEqual([]);
    expect((await call(`${account}/reports/50001/data`, month('2026-10-02', '2026-10-31'))).status).toBe(400);
    await control('publishCharges', { period: '2026-10', gap: true });
    const { body } = await report();
    expect(Number(body.availableRowsCount)).toBe(Number(body.resultCount) + 1);
    expect((await report()).rows[0].invoice_number).toBe('ION-202610');
    await control('publishCharges', { period: '2026-10', state: 'open', gap: false });
    expect((await report()).rows[0].invoice_number).toBe('');
    await control('setCharges', { offered: false });
    expect((await call(`${account}/reports/50001/data`, october)).status).toBe(403);
  });

  test('v1 tells the same in its own way', async () => {
    const basic = `Basic ${Buffer.from('ion-key:ion-secret').toString('base64')}`;
    const query = 'filter[date_range]=m-10-2026&filter[report_currency]=EUR';
    const { body } = await call(`/api/v1/reports/billing/azureplan?${query}`, undefined, basic);
    const costs = body.data.flatMap(({ lines }: Json) =>
      lines.flatMap((sub: Json) =>
        sub.lines.flatMap((product: Json) => product.lines.map((sku: Json) => sku.data.cost)),
      ),
    );
    expect(costs.every((cost: string) => /^-?\d+\.\d{10}$/.test(cost))).toBe(true);
    const total = costs.reduce((sum: number, cost: string) => sum + Number(cost), 0);
    const { rows } = await report();
    expect(total).toBeCloseTo(
      rows.reduce((sum, row) => sum + row.seller_cost, 0),
      2,
    );
    const since = 'filter[billingStartDate:gte]=2026-10-01';
    const { invoice } = (await call(`/api/v1/invoices/myinvoices?${since}`, undefined, basic)).body.data;
    expect(invoice).toMatchObject([
      { billingStartDate: '2026-10-01', billingEndDate: '2026-10-31', number: 'ION-202610' },
    ]);
    expect(Number(invoice[0].total)).toBeCloseTo(total, 1);
  });
});
