import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startArrowSphere } from '../../simulators/arrowsphere/server.ts';
import type { Licence } from '../../simulators/arrowsphere/state.ts';

// biome-ignore lint/suspicious/noExplicitAny: wire records are read freely here.
type Json = any;
let sim: Awaited<ReturnType<typeof startArrowSphere>>;
let now = 0;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  sim = await startArrowSphere({ customers: 45, subscriptions: 400, apiKey: 'k', clock: () => now });
});
afterEach(() => sim.close());

async function call(method: string, path: string, sent?: unknown) {
  const answer = await fetch(`${sim.url}/index.php/api${path}`, {
    method,
    headers: { apiKey: 'k', ...(sent !== undefined && { 'content-type': 'application/json' }) },
    ...(sent !== undefined && { body: JSON.stringify(sent) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: (text ? JSON.parse(text) : undefined) as Json };
}
const get = async (path: string) => (await call('GET', path)).json;
async function control(name: string, sent: unknown = {}) {
  const body = JSON.stringify(sent);
  const answer = await fetch(`${sim.url}/__control/do/${name}`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Json;
}
const licence = async (ref: string) => (await get(`/licenses/${ref}`)).data.license;
const refOf = (pick: (one: Licence) => boolean) => `XSP${sim.state.licences.find(pick)!.id}`;
const active = (term: string) => (one: Licence) =>
  one.state === 'active' && one.term === term && one.seats > 20 && one.renewal === 'auto_renew';
const seats = (ref: string, n: number) => call('PUT', `/licenses/${ref}/seats`, { seats: n });
const history = async (ref: string) => (await get(`/licenses/${ref}/history`)).data.actions;

describe('changes', () => {
  it('are accepted first and done later, one at a time; the history tells them', async () => {
    const ref = refOf(active('P1Y'));
    const before = (await licence(ref)).seats;
    await control('orderDelay', { ms: 60_000 });
    expect((await seats(ref, 300)).status).toBe(204);
    expect(await licence(ref)).toMatchObject({ seats: before, message: 'seats in progress' });
    expect((await seats(ref, 301)).json.error).toMatch(/already running/);
    expect(await history(ref)).toEqual([]);
    now += 60_000;
    expect(await licence(ref)).toMatchObject({ seats: 300, message: '' });
    expect(await history(ref)).toMatchObject([
      { action: 'seats', note: { before: { seats: before }, after: { seats: 300 } } },
    ]);
    expect(await control('orders')).toMatchObject([
      { target: ref, state: 'done', change: { action: 'seats' } },
    ]);
  });

  it('may fail late, be filled in part, or wait for a person', async () => {
    const ref = refOf(active('P1Y'));
    const before = (await licence(ref)).seats;
    await control('nextOrder', { becomes: 'failed', afterMs: 3_600_000, message: 'Out of credit.' });
    await seats(ref, before + 10);
    now += 3_600_000;
    expect(await licence(ref)).toMatchObject({ seats: before, message: 'seats failed: Out of credit.' });
    await control('nextOrder', { becomes: 'partly', target: ref });
    await seats(ref, before + 10);
    expect((await licence(ref)).seats).toBe(before + 5);
    await control('nextOrder', { becomes: 'held' });
    expect((await call('PUT', `/licenses/${ref}/suspend`)).status).toBe(204);
    expect(await licence(ref)).toMatchObject({ state: 'active', message: 'suspend in progress' });
    await control('finishOrders');
    expect(await licence(ref)).toMatchObject({ state: 'suspended', message: '' });
  });

  it('a lost reply leaves one order behind', async () => {
    const ref = refOf(active('P1Y'));
    sim.faults.add({ method: 'PUT', act: { do: 'drop-reply' } });
    await expect(seats(ref, 777)).rejects.toThrow();
    expect((await licence(ref)).seats).toBe(777);
    expect(await control('orders')).toHaveLength(1);
  });

  it('keep to minimum, maximum and windows, at once or late', async () => {
    await control('setRules', { minSeats: 5, maxSeats: 500, cancelWindow: true });
    const ref = refOf(active('P1Y'));
    expect((await licence(ref)).priceBand.saleConstraints).toEqual({ minQuantity: 5, maxQuantity: 500 });
    expect((await seats(ref, 501)).status).toBe(400);
    const { actions, actionMessages } = await licence(ref);
    expect([actions.cancel, actions.decreaseSeats]).toEqual([undefined, undefined]);
    expect(actionMessages).toMatchObject([{ action: 'cancel' }, { action: 'decreaseSeats', maxDecrease: 0 }]);
    expect((await call('PUT', `/licenses/${ref}/cancel`)).status).toBe(400);
    now = Date.parse(actionMessages[0].supportedUntil) - 1000;
    const within = await licence(ref);
    expect(within.actions).toHaveProperty('cancel');
    expect(within.actionMessages[1].maxDecrease).toBe(within.seats - 5);
    expect((await seats(ref, 5)).status).toBe(204);
    await control('setRules', { refuse: 'late' });
    expect((await seats(ref, 4)).status).toBe(204);
    expect(await licence(ref)).toMatchObject({ seats: 5, message: expect.stringMatching(/failed.*from 5/) });
  });

  it('the price after renewal is the catalogue’s', async () => {
    const { product } = sim.state.licences[0]!;
    await control('setCatalogue', { sku: product.sku, buy: 99, sell: 120 });
    const { results } = await (
      await call('POST', '/licenses/v2/find', { filters: { 'license.partner_ref': ['XSP5000000'] } })
    ).json;
    const months = sim.state.licences[0]!.cycle === 'annual' ? 12 : 1;
    expect(results[0].offer.priceBand.prices.buy).toBe(99 * months);
    expect(results[0].license.price.buy_price).not.toBe(99 * months);
  });
});

describe('statements', () => {
  const statements = async (period: string) =>
    (await get(`/billing/statements?reportPeriod=${period}&perPage=1000`)).data.billingStatements as Json[];
  const linesOf = async ({ reference }: Json) =>
    (await get(`/billing/statements/${reference}/lines?perPage=1000`)).data.billingStatementLines as Json[];
  const linesOfAll = async (period: string) =>
    (await Promise.all((await statements(period)).map(linesOf))).flat() as Json[];

  it('are one a customer and month, with totals that are their lines’', async () => {
    const { code, pagination, data } = await get('/billing/statements?reportPeriod=2026-10&perPage=7&page=2');
    expect([code, pagination.perPage, pagination.currentPage]).toEqual([0, 7, 2]);
    expect(pagination.totalPages).toBe(Math.ceil(pagination.total / 7));
    expect(data.billingStatements).toHaveLength(7);
    for (const one of await statements('2026-10')) {
      const total = (await linesOf(one)).reduce((sum, { prices }) => sum + prices.buyTotal, 0);
      expect(total).toBeCloseTo(one.prices.buyTotal, 3);
      expect(one).toMatchObject({ reportPeriod: '2026-10', billingGroup: 'ArrowBilling', currency: 'EUR' });
      expect((await get(`/billing/statements/${one.reference}`)).data.billingStatement).toEqual(one);
    }
    expect(await statements('2026-11')).toEqual([]);
    expect((await call('GET', '/billing/statements?reportPeriod=yesterday')).status).toBe(400);
    expect((await call('GET', '/billing/statements/H1-XSP9-202610')).status).toBe(404);
  });

  it('have awkward months: credit, proration, no subscription, another quantity', async () => {
    const lines = await linesOfAll('2026-10');
    expect(lines.some(({ prices }) => prices.buyTotal < 0)).toBe(true);
    expect(lines.some(({ arsSubscriptionId, quantity }) => !arsSubscriptionId && quantity === null)).toBe(
      true,
    );
    const parts = lines.filter(({ billingPeriodStart }) => /-16 /.test(billingPeriodStart));
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts)
      expect(
        lines.filter(({ arsSubscriptionId: id }) => id === part.arsSubscriptionId).length,
      ).toBeGreaterThan(1);
    const whole = lines.filter(({ prices, arsSubscriptionId: id }) => id && prices.buyTotal >= 0);
    const held = new Map(sim.state.licences.map(({ id, seats: n }) => [`XSP${id}`, n]));
    expect(whole.some(({ arsSubscriptionId: id, quantity }) => quantity === held.get(id)! + 2)).toBe(true);
    await control('setCharges', { awkward: [] });
    for (const { arsSubscriptionId: id, quantity } of await linesOfAll('2026-10'))
      expect(quantity).toBe(held.get(id));
  });

  it('may be unpublished, not final, withdrawn, short or not for us', async () => {
    await control('publishCharges', { period: '2026-10', state: 'open' });
    const [open] = await statements('2026-10');
    expect(open).toMatchObject({ issueDate: null, sequence: null, status: { state: 'Open' } });
    await control('publishCharges', { period: '2026-10', state: 'rejected' });
    expect((await statements('2026-10'))[0].status.state).toBe('Rejected');
    await control('publishCharges', { period: '2026-10', state: 'final', gap: true });
    const [short] = await statements('2026-10');
    const total = (await linesOf(short)).reduce((sum, { prices }) => sum + prices.buyTotal, 0);
    expect(total).not.toBeCloseTo(short.prices.buyTotal, 3);
    await control('publishCharges', { period: '2026-10', state: 'none' });
    expect(await statements('2026-10')).toEqual([]);
    const customer = sim.state.customers[1]!.ref;
    const { key } = await control('addCharge', { period: '2026-09', customer, unitCost: 12.5, note: 'Fee' });
    const fee = async () => (await linesOfAll('2026-09')).filter(({ description }) => description === 'Fee');
    expect((await fee())[0].prices.buyTotal).toBe(12.5);
    await control('removeCharge', { key });
    expect(await fee()).toEqual([]);
    await control('setCharges', { offered: false });
    expect((await call('GET', '/billing/statements?reportPeriod=2026-09')).status).toBe(403);
  });
});
