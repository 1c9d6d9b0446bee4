import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulators/harness.ts';
import { type StellrState, startStreamOneStellr } from '../../simulators/streamone-stellr/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged key by key
type Json = any;
let sim: Simulator<StellrState>;
let access = '';
let now = 0;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  sim = await startStreamOneStellr({ customers: 40, subscriptions: 400, clock: () => now });
  const grant = {
    grant_type: 'client_credentials',
    client_id: 'stellr-client',
    client_secret: 'stellr-secret',
  };
  const answer = await fetch(`${sim.url}/oauth2/v1/token`, {
    method: 'POST',
    body: new URLSearchParams(grant),
  });
  access = ((await answer.json()) as Json).access_token;
});
afterEach(() => sim.close());

async function call(path: string, method = 'GET', sent?: unknown) {
  const body = sent === undefined ? undefined : JSON.stringify(sent);
  const answer = await fetch(sim.url + path, {
    method,
    body,
    headers: { authorization: `Bearer ${access}` },
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}
async function control(name: string, sent: unknown = {}) {
  const { status, body } = await call(`/__control/do/${name}`, 'POST', sent);
  expect(status).toBe(200);
  return body;
}
const rowWhere = (term: string) => {
  const found = sim.state.subscriptions.find(
    ({ holding, oneTime }) =>
      holding.state === 'active' && holding.term === term && holding.quantity > 20 && !oneTime,
  )!;
  return {
    id: found.id,
    path: `/api/v1/customers/${found.customerNo}/subscriptions/${found.id}`,
    had: found.holding.quantity,
  };
};
const read = async (path: string) => (await call(path)).body.data;
const seats = async (path: string, quantity: unknown) => {
  const { productId, skuNo } = await read(path);
  return call(`${path}/changeSeats`, 'POST', { quantity, productId, skuNo });
};
const operation = async ({ body }: Json) => read(`/api/v1/subscriptions/operations/${body.data.operationId}`);

describe('changes', () => {
  test('are operations that end later; only then the subscription shows it', async () => {
    const { id, path, had } = rowWhere('P1Y');
    await control('orderDelay', { ms: 60_000 });
    const asked = await seats(path, 300);
    expect(asked).toMatchObject({ status: 200, body: { data: { operationId: 'op-1', status: 'accepted' } } });
    expect(await operation(asked)).toMatchObject({ status: 'processing', subscriptionId: id });
    expect((await read(path)).quantity).toBe(had);
    expect((await seats(path, 301)).status).toBe(400);
    now += 60_000;
    expect((await read(path)).quantity).toBe(300);
    expect(await operation(asked)).toMatchObject({ status: 'done', errorMessage: null });
    expect(await control('orders')).toHaveLength(1);
  });

  test('"done" may hide that the vendor refused, or took a part; a failure may be told plainly', async () => {
    const { path, had } = rowWhere('P1Y');
    await control('nextOrder', { becomes: 'failed', message: 'Tenant is locked.' });
    const failed = await seats(path, 300);
    expect(await operation(failed)).toMatchObject({
      status: 'done',
      vendorResponse: { ErrorMessage: 'Tenant is locked.' },
    });
    expect((await read(path)).quantity).toBe(had);
    await control('setOption', { operationFailures: 'status' });
    expect(await operation(failed)).toMatchObject({ status: 'failed', errorMessage: 'Tenant is locked.' });
    await control('nextOrder', { becomes: 'partly' });
    await seats(path, had + 10);
    expect((await read(path)).quantity).toBe(had + 5);
    await control('nextOrder', { becomes: 'held' });
    const held = await call(`${path}/suspend`, 'POST', {});
    expect((await operation(held)).status).toBe('pending');
    await control('finishOrders');
    expect((await read(path)).status).toMatch(/suspended/i);
  });

  test('life cycle: suspend, activate, cancel, reactive; the renewal is a decision', async () => {
    const { path } = rowWhere('P1M');
    for (const [action, word] of [
      ['suspend', /suspended/i],
      ['activate', /active|^$/i],
      ['cancel', /cancel|expired|inactive|discontinued/i],
      ['reactive', /active|^$/i],
    ] as const) {
      expect((await call(`${path}/${action}`, 'POST', {})).status).toBe(200);
      expect((await read(path)).status).toMatch(word);
      expect((await call(`${path}/${action}`, 'POST', {})).status).toBe(400);
    }
    const options = () => read(`${path}/renew/options`);
    const { decision, options: offers, renewalDate } = await options();
    expect([decision, offers.length, renewalDate]).toEqual(['ACCEPT', 1, expect.stringMatching(/^\d{4}-/)]);
    await control('setRenewalPrice', { skuNo: offers[0].skuNo, unitPrice: 21.5 });
    expect((await options()).options[0]).toMatchObject({ unitPrice: 21.5, current: true });
    expect((await call(`${path}/renew/setting`, 'PUT', { decision: 'NO' })).status).toBe(400);
    expect((await call(`${path}/renew/setting`, 'PUT', { decision: 'REJECT' })).status).toBe(200);
    expect((await options()).decision).toBe('REJECT');
    expect((await read(path)).status).toMatch(/active|^$/i);
  });

  test('rules are told by status, under 200, or late', async () => {
    const { path, had } = rowWhere('P1Y');
    for (const wrong of [0, 10_000, 'many', had - 1]) expect((await seats(path, wrong)).status).toBe(400);
    expect((await call(`${path}/changeSeats`, 'POST', { quantity: 30 })).status).toBe(400);
    expect((await call(`${path}/cancel`, 'POST', {})).body.errorMessage).toMatch(/window/);
    await control('setOption', { refuse: 'business', renewalFields: 'all' });
    expect(await seats(path, 0)).toMatchObject({
      status: 200,
      body: { data: null, errorMessage: expect.any(String) },
    });
    expect(await control('orders')).toEqual([]);
    await control('setOption', { refuse: 'late' });
    const late = await seats(path, 0);
    expect((await operation(late)).vendorResponse.ErrorMessage).toMatch(/from 1/);
    const { cancellationDeadline, reducible, renewalDate } = await read(path);
    expect([reducible, renewalDate]).toEqual([false, expect.any(String)]);
    now = Date.parse(cancellationDeadline) - 1;
    expect((await read(path)).reducible).toBe(true);
    expect((await seats(path, 2)).status).toBe(200);
    expect((await read(path)).quantity).toBe(2);
  });

  test('a new subscription carries a purchase order number, which is used once', async () => {
    const path = '/api/v1/customers/123001/subscriptions';
    const count = () => sim.state.subscriptionsOf.get('123001')!.length;
    const before = count();
    const sent = { resellerPoNo: 'PO-77', subscriptions: [{ mfgPartNo: 'X', quantity: 3 }, { quantity: 4 }] };
    sim.faults.add({ method: 'POST', path: 'subscriptions', act: { do: 'drop-reply' } });
    await expect(call(path, 'POST', sent)).rejects.toThrow();
    expect(count()).toBe(before + 2);
    const again = await call(path, 'POST', sent);
    expect([again.status, again.body.errorMessage]).toEqual([400, expect.stringContaining('op-1')]);
    expect(count()).toBe(before + 2);
    expect((await call(path, 'POST', {})).status).toBe(400);
    expect(sim.state.subscriptionsOf.get('123001')!.at(-1)!.holding.quantity).toBe(4);
  });
});

describe('charges', () => {
  const paged = 'pageNo=1&pageSize=200';
  const invoices = async (month = '2026-10'): Promise<Json[]> => {
    const all = [];
    for (let no = 1; ; no++) {
      const query = `pageNo=${no}&pageSize=200&startDate=${month}-01&endDate=${month}-28`;
      const { records } = await read(`/api/v1/cloud/invoices?${query}`);
      all.push(...records);
      if (records.length < 200) return all;
    }
  };
  const report = (orderNo: string) => read(`/api/v1/cloud/invoice/report?orderNo=${orderNo}&${paged}`);

  test('an invoice a customer and month; its charges add up to it', async () => {
    const all = await invoices();
    expect(all.length).toBeGreaterThan(30);
    const lines: Json[] = [];
    for (const { orderNo, totalAmount, status, invoiceNo } of all) {
      const { records, total } = await report(orderNo);
      expect([records.length, status, invoiceNo]).toEqual([total, 'Invoiced', expect.any(String)]);
      expect(records.reduce((sum: number, one: Json) => sum + one.extendPrice, 0)).toBeCloseTo(
        totalAmount,
        3,
      );
      lines.push(...records);
    }
    const kinds = new Set(lines.map(({ chargeType }) => chargeType));
    expect([...kinds].sort()).toEqual(['CREDIT', 'ONE_TIME', 'PRORATION', 'RECURRING']);
    expect(lines.some(({ extendPrice }) => extendPrice < 0)).toBe(true);
    expect(lines.some(({ subscriptionId }) => subscriptionId === null)).toBe(true);
    expect(lines.some(({ chargeStartDate }) => chargeStartDate === '2026-10-16')).toBe(true);
    const held = (id: string) => sim.state.subscriptionById.get(id)?.holding.quantity;
    expect(lines.some(({ subscriptionId, quantity }) => quantity === held(subscriptionId)! + 2)).toBe(true);
    const own = await read(`/api/v1/cloud/invoices?${paged}&customerNo=${all[0].customerNo}`);
    expect(new Set(own.records.map(({ customerNo }: Json) => customerNo)).size).toBe(1);
    expect((await read('/api/v1/cloud/invoices')).total).toBe(0);
    expect((await call(`/api/v1/cloud/invoice/report?orderNo=1&${paged}`)).status).toBe(404);
  });

  test('not published, not final, short, not for us', async () => {
    expect(await invoices('2026-11')).toEqual([]);
    await control('publishCharges', { period: '2026-10', state: 'open', gap: true });
    const [first] = await invoices();
    expect(first).toMatchObject({ status: 'Pending', invoiceNo: null });
    const { records, total } = await report(first.orderNo);
    expect(total).toBe(records.length + 1);
    await control('setCharges', { offered: false });
    expect((await call(`/api/v1/cloud/invoices?${paged}`)).status).toBe(403);
  });
});
