import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../../../connectors/arrowsphere/definition.ts';
import { arrowsphere } from '../../../connectors/arrowsphere/index.ts';
import type { ListPage } from '../../../connectors/contract.ts';
import { Failure } from '../../../domain/failure.ts';
import type { Subscription } from '../../../domain/subscription.ts';
import { startArrowSphere } from '../../../simulators/arrowsphere/server.ts';
import { contextOf } from '../context.ts';
import { acceptance, type Running } from '../distributor.acceptance.ts';
import { customer, found, licence } from './samples.ts';

const apiKey = 'key-that-nobody-may-see';
const pagination = (total: number) => ({ per_page: 100, current_page: 1, total_page: 1, total, next: null });

async function start(size: { customers: number; subscriptions: number }): Promise<Running> {
  const sim = await startArrowSphere({ ...size, apiKey });
  const { state } = sim;
  const settingsAt = (baseUrl: string) => ({ baseUrl });
  return {
    sim,
    parts: { settings: settingsAt(`${sim.url}/index.php/api/`), credentials: { apiKey } },
    refused: { credentials: { apiKey: 'another-key' } },
    settingsAt,
    identity: state.reference,
    secrets: [apiKey, 'another-key', 'Wayne industries', 'nobody@example.com', 'office@northbridge.example'],
    own: state.reference,
    closed: state.customers.find((one) => one.deletedAt)?.ref,
    customers: {
      path: '/customers\\?',
      ids: () => state.customers.map((one) => one.ref),
      page: (customers) => ({ status: 200, data: { customers }, pagination: pagination(customers.length) }),
      sample: () => structuredClone(customer),
      unreadable: (record) => ({ ...record, CompanyName: 17 }),
      withoutId: ({ Reference: _, ...record }) => record,
      named: (record, name) => ({ ...record, CompanyName: name }),
    },
    subscriptions: {
      path: 'licenses',
      ids: (of) =>
        state.licences.filter((one) => !of || one.customer.ref === of).map((one) => `XSP${one.id}`),
      page: (results) => ({
        results,
        filters: [],
        pagination: { perPage: 100, currentPage: 1, totalPage: 1, total: results.length, next: null },
      }),
      sample: () => ({ license: structuredClone(found), offer: { name: 'Office 365 E3' } }),
      unreadable: (record) => inside(record, { customer_ref: 17 }),
      withoutId: (record) => inside(record, { partner_ref: undefined }),
      named: (record, offer) => inside(record, { offer }),
      unknownStatus: (record, word) => inside(record, { isEnabled: false, status_label: word }),
      withoutPrice: (record) => inside(record, { price: undefined }),
    },
  };
}

const inside = (record: Record<string, unknown>, change: object) => ({
  ...record,
  license: { ...(record.license as object), ...change },
});

acceptance({ distributor: arrowsphere, start });

describe('ArrowSphere', () => {
  let run: Running;
  beforeAll(async () => {
    run = await start({ customers: 40, subscriptions: 250 });
  });
  afterEach(() => {
    run.sim.faults.clear();
    run.sim.requests.splice(0);
  });
  afterAll(() => run.sim.close());

  const context = () =>
    contextOf({
      settings: definition.settings.parse(run.parts.settings),
      credentials: definition.credentials.parse(run.parts.credentials),
    }) as never;
  const refuseFind = (status: number, after = 0) =>
    run.sim.faults.add({ path: '/find', after, times: -1, act: { do: 'respond', status, body: {} } });
  const paths = () => run.sim.requests.map((request) => request.path.replace('/index.php/api', ''));

  it('takes a base URL with a slash and a key with a space at its end', () => {
    const url = 'https://xsp.arrow.com/index.php/api';
    expect(definition.settings.parse({ baseUrl: `${url}/` })).toMatchObject({ baseUrl: url, maxInFlight: 4 });
    expect(definition.credentials.parse({ apiKey: ' k1 ' })).toEqual({ apiKey: 'k1' });
    expect(definition.credentials.safeParse({ apiKey: 'ké\n1' }).success).toBe(false);
  });

  it('asks who it is once a context, not once a page', async () => {
    const ctx = context();
    await Promise.all(
      ['1', '1', '1'].map((cursor) => arrowsphere.customers.page(ctx, { scope: null, cursor })),
    );
    expect(paths().filter((path) => path === '/whoami').length).toBe(1);
  });

  it('asks who it is again after a failure', async () => {
    const ctx = context();
    run.sim.faults.add({ path: '/whoami', act: { do: 'respond', status: 503 } });
    await expect(arrowsphere.customers.page(ctx, { scope: null, cursor: null })).rejects.toThrow(Failure);
    expect((await arrowsphere.customers.page(ctx, { scope: null, cursor: null })).records.length).toBe(41);
  });

  it.each([403, 404])('lists plainly where the search answers %s', async (status) => {
    refuseFind(status);
    const ids: string[] = [];
    const cursors: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const page: ListPage<Subscription> = await arrowsphere.subscriptions.page(context(), {
        scope: null,
        cursor,
      });
      ids.push(...page.records.map((record) => record.id!));
      cursors.push(cursor);
      cursor = page.next;
    } while (cursor !== null);
    expect(ids.sort()).toEqual(run.subscriptions.ids().sort());
    expect(cursors).toEqual([null, 'list:2', 'list:3']);
    const [scope] = run.customers.ids().filter((id) => run.subscriptions.ids(id).length > 0);
    const page = await arrowsphere.subscriptions.page(context(), { scope: scope!, cursor: null });
    expect(page.records.map((record) => record.id).sort()).toEqual(run.subscriptions.ids(scope).sort());
    expect((await arrowsphere.test(context())).steps.map((step) => step.state)).toEqual(
      Array(5).fill('passed'),
    );
  });

  it('does not change listings half way', async () => {
    const { next } = await arrowsphere.subscriptions.page(context(), { scope: null, cursor: null });
    refuseFind(403);
    const rest = arrowsphere.subscriptions.page(context(), { scope: null, cursor: next });
    await expect(rest).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('reads the same from both dialects, but for what only one of them names', async () => {
    const inOne = { statusText: null, cancelUntil: null, renewalCost: null, renewalPrice: null };
    const read = async () =>
      (await arrowsphere.subscriptions.page(context(), { scope: null, cursor: null })).records
        .flatMap((record) => {
          const read = record.read();
          return 'row' in read ? [{ ...read.row, ...inOne }] : [];
        })
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    const searched = await read();
    refuseFind(403);
    expect(await read()).toEqual(searched);
  });

  it('drops the rows of others when a filter is ignored, and then trusts no total', async () => {
    const [mine, other] = [found, { ...found, partner_ref: 'XSP1', customer_ref: 'XSP1' }];
    const body = run.subscriptions.page([{ license: mine }, { license: other }]);
    run.sim.faults.add({ path: '/find', act: { do: 'respond', status: 200, body } });
    const page = await arrowsphere.subscriptions.page(context(), { scope: found.customer_ref, cursor: null });
    expect(page.records.map((record) => record.id)).toEqual([found.partner_ref]);
    expect(page.declared).toBeNull();
  });

  it.each([
    ['an error under HTTP 200', { status: 403, error: 'Forbidden', messages: 'no' }, 'forbidden'],
    ['no pagination', { status: 200, data: { customers: [customer] } }, 'bad-answer'],
  ])('is not fooled by %s', async (_, body, kind) => {
    run.sim.faults.add({ path: '/customers', act: { do: 'respond', status: 200, body } });
    await expect(arrowsphere.customers.page(context(), { scope: null, cursor: null })).rejects.toMatchObject({
      kind,
    });
  });

  it.each([
    ['total_page', { total_page: 3, total: 255, per_page: 100 }, 3, '2'],
    ['totalPage', { totalPage: 3, total: 255 }, 3, '2'],
    ['totalPages', { totalPages: '3', total: '255' }, 3, '2'],
    ['no page count, a total', { total_page: null, total: 255, Per_Page: 100 }, 3, '2'],
    ['no counts, a next', { next: '/customers?per_page=100&page=2' }, null, '2'],
    ['no counts, no next', { next: null }, null, null],
    ['one page of everything', { Per_Page: 999999, Total: 1, Total_Page: 1 }, 1, null],
  ])('knows the pages from %s', async (_, pagination, pages, next) => {
    const body = { status: 200, data: { customers: [customer] }, pagination };
    run.sim.faults.add({ path: '/customers', act: { do: 'respond', status: 200, body } });
    const page = await arrowsphere.customers.page(context(), { scope: null, cursor: null });
    expect(page).toMatchObject({ pages, next });
  });

  it('keeps the correlation id for support', async () => {
    const body = { status: 500, error: 'x', errorCode: 'E42', correlationId: 'c0ffee-1' };
    run.sim.faults.add({ path: '/find', act: { do: 'respond', status: 500, body } });
    const page = arrowsphere.subscriptions.page(context(), { scope: null, cursor: null });
    await expect(page).rejects.toMatchObject({ kind: 'unavailable', details: { reference: 'E42 c0ffee-1' } });
    run.sim.faults.add({ path: '/find', act: { do: 'respond', status: 500, body: { errorCode: apiKey } } });
    const again = arrowsphere.subscriptions.page(context(), { scope: null, cursor: null });
    await expect(again).rejects.toMatchObject({ details: { reference: undefined } });
  });

  it('tells a bad key whichever of 401 and 403 it gets', async () => {
    for (const status of [401, 403]) {
      run.sim.faults.clear();
      run.sim.faults.add({
        times: -1,
        act: { do: 'respond', status, body: { status, error: 'x', messages: ['y'] } },
      });
      const { steps, identity } = await arrowsphere.test(context());
      expect(steps.map((step) => step.state)).toEqual(['passed', 'failed', 'skipped', 'skipped', 'skipped']);
      expect(steps[1]!.message).toContain('API Keys');
      expect(identity).toBeNull();
    }
  });

  it('knows licence samples of both dialects apart by their endpoint', async () => {
    const body = { status: 200, data: { licenses: [licence] } };
    refuseFind(404);
    run.sim.faults.add({ path: '/v2/customers/', act: { do: 'respond', status: 200, body } });
    const page = await arrowsphere.subscriptions.page(context(), {
      scope: licence.customer_ref,
      cursor: null,
    });
    expect(page).toMatchObject({
      declared: null,
      next: null,
      pages: null,
      records: [{ id: licence.license_id }],
    });
  });
});
