import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startArrowSphere } from '../../simulators/arrowsphere/server.ts';
import type { ArrowSphereOptions } from '../../simulators/arrowsphere/state.ts';

// biome-ignore lint/suspicious/noExplicitAny: wire records are read freely here.
type Json = any;
type Sim = Awaited<ReturnType<typeof startArrowSphere>>;

const small: ArrowSphereOptions = { customers: 45, subscriptions: 230, currency: 'USD', apiKey: 'k' };
let sim: Sim;
beforeEach(async () => {
  sim = await startArrowSphere(small);
});
afterEach(() => sim.close());

async function call(method: string, path: string, sent?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${sim.url}/index.php/api${path}`, {
    method,
    headers: { apiKey: 'k', ...(sent !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(sent !== undefined && { body: JSON.stringify(sent) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: (text ? JSON.parse(text) : undefined) as Json };
}
const get = async (path: string) => (await call('GET', path)).json;
const find = async (page: number, query: unknown = {}, perPage = 50) =>
  (await call('POST', `/licenses/v2/find?page=${page}&per_page=${perPage}`, query)).json;
const control = (name: string, sent: unknown) =>
  fetch(`${sim.url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(sent) });
const licence = async (ref: string) => (await get(`/licenses/${ref}`)).data.license;
const found = async (ref: string) =>
  (await find(1, { filters: { 'license.partner_ref': [ref] } })).results[0]?.license;
const refs = (page: Json): string[] => page.results.map((one: Json) => one.license.partner_ref);
const refOf = (pick: (one: Sim['state']['licences'][number]) => boolean) =>
  `XSP${sim.state.licences.find(pick)!.id}`;

describe('authentication', () => {
  it('takes the key in any spelling of the header and tells who we are', async () => {
    for (const name of ['apiKey', 'apikey', 'APIKEY'])
      expect((await fetch(`${sim.url}/index.php/api/whoami`, { headers: { [name]: 'k' } })).status).toBe(200);
    const whoami = await get('/whoami');
    expect(whoami).toMatchObject({ status: 200, data: { reference: 'XSP222222', preferredCurrency: 'USD' } });
    expect(whoami.data.companyName).toBeTruthy();
  });

  it('answers a bad key with 401, or 403 when told so, before it looks at the path', async () => {
    const bad = await call('GET', '/nowhere', undefined, { apiKey: 'wrong' });
    expect(bad.status).toBe(401);
    expect(bad.json).toMatchObject({ status: 401, error: 'Unauthorized', errorCode: expect.any(String) });
    expect(bad.json.correlationId).toMatch(/-/);
    await control('setApiKey', { apiKey: 'other', badKeyStatus: 403 });
    expect((await call('GET', '/whoami')).status).toBe(403);
  });
});

describe('customers', () => {
  it('come all at once without per_page, with the odd ones among them', async () => {
    const { status, data, pagination } = await get('/customers');
    expect(status).toBe(200);
    expect(data.customers).toHaveLength(46);
    expect(pagination).toMatchObject({ per_page: 999_999, current_page: 1, total: 46, next: null });
    const all: Json[] = data.customers;
    const shapes = [
      (c: Json) => Array.isArray(c.Details),
      (c: Json) => c.Details.TenantId,
      (c: Json) => c.Details.TenantID,
      (c: Json) => c.OrganizationUnit,
      (c: Json) => c.OrganisationUnit,
      (c: Json) => typeof c.BillingId === 'number',
      (c: Json) => typeof c.BillingId === 'string',
      (c: Json) => c.Headcount === null,
      (c: Json) => Number.isInteger(c.Headcount),
      (c: Json) => c.DeletedAt,
      (c: Json) => c.Reference === 'XSP222222',
    ];
    for (const shape of shapes) expect(all.some(shape), String(shape)).toBe(true);
  });

  it('are paged in snake_case with relative links', async () => {
    const middle = await get('/customers?page=2&per_page=20');
    expect(middle.pagination).toEqual({
      ...{ per_page: 20, current_page: 2, total_page: 3, total: 46 },
      ...{ next: '/customers?per_page=20&page=3', previous: '/customers?per_page=20&page=1' },
    });
    const last = await get(middle.pagination.next);
    expect(last.data.customers).toHaveLength(6);
    expect(last.pagination.next).toBeNull();
    expect((await get('/customers?page=1&per_page=5000')).pagination.per_page).toBe(100);
  });

  it('can be created, changed, deleted softly and brought back', async () => {
    const fields = {
      ...{ CompanyName: 'Ny AB', AddressLine1: 'Gatan 1', Zip: '211 20', City: 'Malmö' },
      ...{ CountryCode: 'SE', ReceptionPhone: '555 0199', InternalReference: 'halo-7' },
    };
    const created = await call('POST', '/customers', fields);
    expect(created).toMatchObject({ status: 201, json: { status: 201, data: { reference: 'XSP100045' } } });
    const one = async () => (await get('/customers/XSP100045')).data.customers[0];
    expect(await one()).toMatchObject({ ...fields, Reference: 'XSP100045', DeletedAt: null });
    const changed = await call('PATCH', '/customers/XSP100045', { City: 'Lund', Reference: 'XSP1' });
    expect(changed.json.data.customers[0]).toMatchObject({ Reference: 'XSP100045', City: 'Lund' });

    // A body status that is not the HTTP status, and `messages` as a string.
    const twice = await call('POST', '/customers', fields);
    expect(twice.status).toBe(400);
    expect(twice.json).toMatchObject({ status: 403, messages: 'Bad value for InternalReference.' });
    expect((await call('POST', '/customers', { CompanyName: 'x' })).status).toBe(400);

    expect(await call('DELETE', '/customers/XSP100045')).toMatchObject({ status: 204, text: '' });
    expect((await one()).DeletedAt).toMatch(/Z$/);
    expect(await call('PUT', '/customers/XSP100045', {})).toMatchObject({ status: 204, text: '' });
    expect((await one()).DeletedAt).toBeNull();
    expect((await call('GET', '/customers/XSP9')).json).toMatchObject({
      status: 404,
      errorCode: 'NOT_FOUND',
    });
  });
});

describe('licences', () => {
  it('are found page by page in a dialect of their own, in the order of ids', async () => {
    const pages = await Promise.all([1, 2, 3, 4, 5, 6].map((page) => find(page)));
    expect(Object.keys(pages[0]).sort()).toEqual(['filters', 'pagination', 'results']);
    expect(pages[1].pagination).toEqual({
      ...{ perPage: 50, currentPage: 2, totalPage: 5, total: 230 },
      next: '/licenses/v2/find?per_page=50&page=3',
      previous: '/licenses/v2/find?per_page=50&page=1',
    });
    expect(pages[4].pagination.next).toBeNull();
    expect(pages[5].results).toEqual([]);
    const all = pages.flatMap(refs);
    expect(new Set(all).size).toBe(230);
    expect(all).toEqual([...all].sort());
    expect(refs(await find(1, { sort: { 'license.id': 'desc' } }))).toEqual(all.slice(-50).reverse());
  });

  it('can be filtered, excluded, compared, searched and sorted', async () => {
    const ref = sim.state.licences[3]!.customer.ref;
    const scoped = await find(1, { filters: { 'license.customer_ref': [ref], 'license.isEnabled': true } });
    expect(scoped.results.length).toBeGreaterThan(0);
    for (const { license } of scoped.results)
      expect(license).toMatchObject({ customer_ref: ref, isEnabled: true, status_code: 86 });
    const off = await find(1, { exclusionFilters: { 'license.isEnabled': true } });
    expect(off.results.every((one: Json) => !one.license.isEnabled)).toBe(true);
    const many = await find(1, {
      filters: { 'license.seat': { gte: 100, lt: 150 } },
      sort: { 'license.seat': 'desc' },
    });
    const seats = many.results.map((one: Json) => one.license.seat);
    expect(seats).toEqual([...seats].sort((a, b) => b - a));
    expect(seats.every((n: number) => n >= 100 && n < 150)).toBe(true);
    const keyword = await find(1, { keyword: 'visio' });
    expect(keyword.results.every((one: Json) => /Visio/.test(one.license.offer))).toBe(true);
    const since = new Date(Date.now() - 60_000).toISOString();
    await control('setSeats', { ref: 'XSP5000007', seats: 3 });
    const fresh = await find(1, {
      keywords: { 'license.lastUpdate': { values: [since, '9999'], operator: 'BETWEEN' } },
    });
    expect(refs(fresh)).toEqual(['XSP5000007']);
    const compared = { 'license.price.buy_price': { field: 'offer.priceBand.prices.buy', operator: 'NEQ' } };
    expect((await find(1, { compare: compared })).pagination.total).toBe(0);
    const wrong = await call('POST', '/licenses/v2/find', { filters: { customer_ref: ['x'] } });
    expect(wrong).toMatchObject({ status: 400, json: { status: 400, messages: [expect.any(String)] } });
  });

  it('tell the same in the find and the GET dialect', async () => {
    for (const { id } of sim.state.licences.slice(0, 40)) {
      const [a, b] = [await found(`XSP${id}`), await licence(`XSP${id}`)];
      expect([b.license_id, b.seats, b.customer_ref, b.periodicityCode, b.termCode, b.autoRenew]).toEqual([
        ...[a.partner_ref, a.seat, a.customer_ref, a.periodicity, a.term, a.auto_renew],
      ]);
      expect(b.price).toMatchObject({
        currency: 'USD',
        unit: { buy: a.price.buy_price, sell: a.price.sell_price },
        total: { buy: a.price.total_buy_price },
      });
      expect(a.start_date).toMatch(/\.000Z$/);
      expect(b.activation_datetime).toBe(a.start_date.replace('.000Z', 'Z'));
    }
  });

  it('write year 9021 for month-to-month and a price for the whole cycle', async () => {
    expect((await licence(refOf((one) => one.term === 'P1M'))).expiry_datetime).toMatch(/^9021-/);
    const annual = sim.state.licences.find((one) => one.cycle === 'annual')!;
    const { price, periodicityCode } = await licence(`XSP${annual.id}`);
    expect(periodicityCode).toBe(8640);
    expect(price.unit.buy).toBeCloseTo(Number(annual.product.cost) * 12, 2);
  });

  it('are listed by account with pages or cursors, and by customer', async () => {
    const second = await get('/v2/licenses?page=2&per_page=100');
    expect(second).toMatchObject({ status: 200, pagination: { per_page: 100, total_page: 3, total: 230 } });
    expect(second.data.licenses[0].license_id).toBe('XSP5000100');
    const seen: string[] = [];
    let next: string | null = '/v2/licenses?per_page=100&search_after=';
    while (next) {
      const page: Json = await get(next);
      seen.push(...page.data.licenses.map((one: Json) => one.license_id));
      next = page.pagination.next;
    }
    expect(new Set(seen).size).toBe(230);
    const before = await get('/v2/licenses?per_page=10&search_before=XSP5000100');
    expect(before.data.licenses.at(-1).license_id).toBe('XSP5000099');
    expect((await call('GET', '/v2/licenses?page=2&search_after=XSP5000001')).status).toBe(400);

    const { ref } = sim.state.customers[1]!;
    const [plain, v2] = [await get(`/customers/${ref}/licenses`), await get(`/v2/customers/${ref}/licenses`)];
    expect(plain).toEqual(v2);
    expect(plain.data.licenses.length).toBe(
      sim.state.licences.filter((one) => one.customer.ref === ref).length,
    );
    const { sku } = plain.data.licenses[0];
    const some = await get(`/customers/${ref}/licenses?sku=${encodeURIComponent(sku)}`);
    expect(some.data.licenses.every((one: Json) => one.sku === sku)).toBe(true);
  });

  it('answer writes with empty bodies and mean them', async () => {
    const ref = refOf((one) => one.state === 'active' && one.renewal === 'auto_renew');
    const put = (action: string, sent?: unknown) => call('PUT', `/licenses/${ref}/${action}`, sent);
    const done = { status: 204, text: '' };
    expect(await put('seats', { seats: 900 })).toMatchObject(done);
    expect((await found(ref)).seat).toBe(900);
    expect(await put('autorenew/cancel')).toMatchObject(done);
    expect(await licence(ref)).toMatchObject({ autoRenew: false, renewalPolicy: 'cancel' });
    expect(await put('autorenew/est')).toMatchObject(done);
    expect((await found(ref)).attributes.renewalPolicy).toBe('auto_renew_to_est');
    expect(await put('suspend', {})).toMatchObject(done);
    expect(await licence(ref)).toMatchObject({ state: 'suspended' });
    expect(await found(ref)).toMatchObject({ isEnabled: false });
    expect(await put('seats', { seats: 5 })).toMatchObject({
      status: 400,
      json: { error: expect.any(String) },
    });
    expect(await put('reactivate')).toMatchObject(done);
    expect(await put('cancel')).toMatchObject(done);
    expect(await put('cancel')).toMatchObject({ status: 400 });
    expect((await licence(ref)).actions).toEqual({ history: expect.any(String) });
  });

  it('apply a PATCH in part and say so with 206', async () => {
    const ref = refOf((one) => one.state === 'active' && one.term === 'P1Y' && one.seats > 1);
    expect((await licence(ref)).actions.decreaseSeats).toBeUndefined();
    const part = await call('PATCH', `/licenses/${ref}`, { friendlyName: 'Ours', seats: 1 });
    expect(part.status).toBe(206);
    expect(part.json).toMatchObject({ status: 206, messages: [expect.stringMatching(/decreased/)] });
    expect((await licence(ref)).friendlyName).toBe('Ours');
    expect(await call('PATCH', `/licenses/${ref}`, { seats: 0 })).toMatchObject({ status: 400 });
    expect(await call('PATCH', `/licenses/${ref}`, { seats: 999 })).toMatchObject({ status: 200, text: '' });
    expect((await found(ref)).seat).toBe(999);
    const plain = await call('PATCH', `/licenses/${ref}`, { seats: 5 }, { 'content-type': 'text/plain' });
    expect(plain.status).toBe(400);
  });
});

describe('controls', () => {
  const ref = 'XSP5000010';

  it('change one licence in both dialects', async () => {
    await control('setSeats', { ref, seats: 42 });
    await control('setLicense', { ref, patch: { currency: 'SEK', trial: true, offer: 'Renamed' } });
    const sek = { currency: 'SEK', total_buy_price: expect.any(Number) };
    expect(await found(ref)).toMatchObject({ seat: 42, trial: true, offer: 'Renamed', price: sek });
    expect(await licence(ref)).toMatchObject({ seats: 42, isTrial: true, price: { currency: 'SEK' } });
    await control('setLicense', { ref, patch: { isEnabled: false, status_code: 99, seat: null } });
    expect(await found(ref)).toMatchObject({ isEnabled: false, status_code: 99, seat: null });
    await control('cancelLicense', { ref });
    expect(await licence(ref)).toMatchObject({ state: 'cancelled' });
  });

  it('add and remove', async () => {
    const customer = (await (await control('addCustomer', { name: 'Later Ltd' })).json()) as Json;
    const added = { customer: customer.ref, seats: 3, term: 'P1M', patch: { type: 'usage' } };
    const made = (await (await control('addLicense', added)).json()) as Json;
    expect(await found(made.ref)).toMatchObject({ customer_name: 'Later Ltd', seat: 3, type: 'usage' });
    await control('removeLicense', { ref });
    expect((await find(1)).pagination.total).toBe(230);
    expect((await call('GET', `/licenses/${ref}`)).status).toBe(404);
    await control('removeCustomer', { ref: customer.ref, licenses: true });
    expect((await get('/customers')).pagination.total).toBe(46);
    expect((await find(1)).pagination.total).toBe(229);
    const unknown = await control('removeLicense', { ref });
    expect(unknown.status).toBe(400);
    expect((await call('GET', '/whoami')).status).toBe(200);
  });

  it('break records in listings', async () => {
    const third = async () => (await find(1)).results[3].license;
    const broken = (mode: string | null) => control('breakLicense', { ref: 'XSP5000003', mode });
    await broken('unreadable');
    expect(await third()).toMatchObject({ partner_ref: 'XSP5000003', seat: 'many' });
    await broken('noid');
    expect(await third()).not.toHaveProperty('partner_ref');
    await broken('noquantity');
    expect(await third()).not.toHaveProperty('seat');
    await broken(null);
    expect(await third()).toHaveProperty('seat');
    const customer = async () => (await get('/customers')).data.customers[1];
    await control('breakCustomer', { ref: 'XSP100000', mode: 'noid' });
    expect(await customer()).not.toHaveProperty('Reference');
    await control('breakCustomer', { ref: 'XSP100000', mode: 'unreadable' });
    expect(await customer()).toMatchObject({ Reference: 'XSP100000', CompanyName: 42 });
  });

  it('make listings lie', async () => {
    const pages = async () =>
      [await find(1), await find(2), await find(5)].map(refs) as [string[], string[], string[]];
    await control('duplicateAcrossPages', { on: true });
    let [one, two, last] = await pages();
    expect(two[0]).toBe(one.at(-1));
    expect([two.length, last.length]).toEqual([50, 34]);
    await control('duplicateAcrossPages', { on: false });
    await control('repeatPage', { on: true });
    [one, two, last] = await pages();
    expect(two).toEqual(one);
    await control('repeatPage', { on: false });
    await control('declaredTotalOffset', { licenses: 4 });
    expect((await find(1)).pagination).toMatchObject({ total: 234, totalPage: 5 });
    expect((await get('/customers')).pagination.total).toBe(46);
    await control('emptyListings', { on: true });
    expect(await find(1)).toMatchObject({ results: [], pagination: { next: null } });
    expect((await get('/customers')).data.customers).toEqual([]);
    await control('emptyListings', { on: false });
    await control('declaredTotalOffset', {});
    await control('findHidesEnded', { on: true });
    const ended = sim.state.licences.filter((licence) => licence.state === 'cancelled').length;
    expect((await find(1)).pagination.total).toBe(230 - ended);
  });
});

it('gives two accounts no id in common', async () => {
  const other = await startArrowSphere({ ...small, account: 1 });
  const ids = (one: Sim) => [
    one.state.reference,
    ...one.state.customers.map((c) => c.ref),
    ...one.state.licences.map((l) => `XSP${l.id}`),
  ];
  const first = new Set(ids(sim));
  expect(ids(other).filter((id) => first.has(id))).toEqual([]);
  await other.close();
});

describe('as a program', () => {
  let child: ChildProcess;
  let url: string;
  beforeAll(async () => {
    const args = [
      'simulators/main.ts',
      'arrowsphere',
      '--port',
      '0',
      '--customers',
      '5',
      '--api-key',
      'secret',
    ];
    child = spawn(process.execPath, ['--import', 'tsx', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) =>
      child.stdout!.once('data', (data) => resolve(String(data))),
    );
    const said = JSON.parse(line);
    expect(said.kind).toBe('arrowsphere');
    url = said.url;
  });
  afterAll(() => void child.kill('SIGKILL'));

  it('prints its URL, takes options and ends on SIGTERM', async () => {
    const customers = await fetch(`${url}/index.php/api/customers`, { headers: { apikey: 'secret' } });
    expect(((await customers.json()) as Json).data.customers).toHaveLength(6);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
