import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { aCustomer, aSubscription, listInto } from '../support/listing.ts';
import { waitFor } from '../support/wait.ts';
import { arrowsphere, installation } from './installation.ts';

const header = 'work-365-rest-provider-api-key';
const key = 'work365-Key-of-this-test';
const work365 = (name: string, secret = key) => ({
  kind: 'work365',
  name,
  settings: { displayName: 'Tributary', country: 'de', currency: 'EUR' },
  credentials: { key: secret },
});

const longId = `long/${'x'.repeat(60)}`;
const shortened = `sha256-${createHash('sha256').update(longId).digest('hex').slice(0, 43)}`;

const customers = [
  aCustomer('XSP1', {
    name: 'Alpha "GmbH"',
    email: 'it@alpha.example',
    phone: '+49 1',
    domain: 'alpha.example',
    address: { line1: 'Weg 1', line2: null, city: 'Kiel', state: null, postcode: '24103', country: 'DE' },
  }),
  aCustomer('XSP2'),
  aCustomer(longId),
  aCustomer('closed', { status: 'closed' }),
  aCustomer('own', { own: true }),
];
const subscriptions = [
  aSubscription('S1', 'XSP1', {
    name: 'Seats', quantity: '12.5', unitCost: '9999999999999.123456', unitPrice: '0.1', currency: 'USD',
    billingCycle: 'monthly', startDate: '2026-01-31', autoRenew: true, sku: 'ours', vendorSku: 'CFQ7TTC0LH31:001B',
  }),
  aSubscription('S2', 'XSP1', { status: 'suspended', billingCycle: 'annual', startDate: '2026-01-31T22:00:00Z', unitCost: '5' }),
  aSubscription('S3', 'XSP1', { status: 'cancelled', billingCycle: 'one-time' }),
  aSubscription('S4', 'XSP1', { status: 'expired', billingCycle: 'triennial', quantity: '0' }),
  aSubscription('S5', 'XSP1', { status: 'deleted', billingCycle: 'quarterly' }),
  aSubscription('S6', 'XSP1', { status: 'pending', trial: true }),
  aSubscription('S7', 'XSP1', { usage: true, quantity: null, unitCost: '3' }),
  aSubscription('S8', 'XSP1', { status: 'unknown', statusText: 'odd' }),
  aSubscription('S9', 'XSP1', { quantity: null }),
  aSubscription('other', 'XSP2'),
  aSubscription(longId, longId),
  aSubscription('internal', 'own'),
]; // biome-ignore format: a table

describe('the REST Provider contract', () => {
  const it = installation();
  let base: string;
  let integrationId: string;
  let sourceId: string;
  let connectionId: string;

  const integrate = async (name: string, secret = key) => {
    const source = (await it.call('POST', '/v1/connections', arrowsphere(name))).body.id;
    const destination = await it.call('POST', '/v1/connections', work365(name, secret));
    expect(destination.status).toBe(201);
    const ends = { name, sourceId: source, destinationId: destination.body.id };
    const integration = (await it.call('POST', '/v1/integrations', ends)).body.id;
    return { source, destination: destination.body.id, integration };
  };
  const ask = async (method: string, path: string, headers: Record<string, string> = { [header]: key }) => {
    const answer = await it.app.inject({ method: method as 'GET', url: path, headers });
    return { status: answer.statusCode, text: answer.body, headers: answer.headers };
  };
  const get = async (path: string) => {
    const { status, text, headers } = await ask('GET', `${base}${path}`);
    return { status, headers, text, body: status === 200 ? JSON.parse(text) : undefined };
  };

  beforeAll(async () => {
    const made = await integrate('One');
    [sourceId, connectionId, integrationId] = [made.source, made.destination, made.integration];
    base = `/work365/${integrationId}`;
    await listInto(it.db, sourceId, 'customers', customers);
    await listInto(it.db, sourceId, 'subscriptions', subscriptions);
  });

  test('customers: a bare array in camelCase, nulls written, with the whole of every model', async () => {
    const { status, body, headers } = await get('/customers');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body.map((one: { id: string }) => one.id)).toEqual(['XSP1', 'XSP2', shortened]);
    const model = { id: null, name: null, createdOn: null, modifiedOn: null };
    expect(body[0]).toEqual({
      id: 'XSP1',
      name: 'Alpha "GmbH"',
      createdOn: null,
      modifiedOn: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      email: 'it@alpha.example',
      language: null,
      culture: null,
      defaultAddress: {
        ...model,
        country: 'DE',
        city: 'Kiel',
        regionOrState: null,
        addressLine1: 'Weg 1',
        addressLine2: null,
        postalOrZipCode: '24103',
      },
      domain: 'alpha.example',
      organizationRegistrationNumber: null,
      userCredentials: null,
      contact: { ...model, firstName: null, lastName: null, phoneNumber: '+49 1', email: 'it@alpha.example' },
    });
    expect(body[1]).toMatchObject({ defaultAddress: null, contact: null });
    expect((await get('/customers/XSP1')).body).toEqual(body[0]);
    expect((await get('/customers/closed')).body.id).toBe('closed');
  });

  test('subscriptions: integers for enums, exact numbers, dates with and without a zone', async () => {
    const { body, text } = await get('/customers/XSP1/subscriptions');
    expect(body.map((one: { id: string }) => one.id)).toEqual(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7']);
    expect(body[0]).toEqual({
      id: 'S1',
      name: 'Seats',
      createdOn: null,
      modifiedOn: expect.any(String),
      partNumber: 'CFQ7TTC0LH31:001B',
      autoRenew: true,
      provisioningFrequency: 1,
      billingType: 1,
      customer: { id: 'XSP1', name: 'Alpha "GmbH"' },
      friendlyName: 'Seats',
      startDate: '2026-01-31T00:00:00',
      status: 1,
      quantity: 12.5,
      pricing: { currency: 'USD', price: expect.any(Number), retailPrice: 0.1 },
    });
    expect(text).toContain('"price":9999999999999.123456,');
    const of = (field: string) => body.map((one: Record<string, unknown>) => one[field]);
    expect(of('status')).toEqual([1, 2, 3, 4, 3, 2, 1]);
    expect(of('provisioningFrequency')).toEqual([1, 2, 4, 5, 0, 0, 0]);
    expect(of('billingType')).toEqual([1, 1, 1, 1, 1, 1, 2]);
    expect(of('quantity')).toEqual([12.5, 1, 1, 0, 1, 1, 1]);
    expect(of('autoRenew').slice(0, 2)).toEqual([true, false]);
    expect(of('startDate').slice(1, 3)).toEqual(['2026-01-31T22:00:00Z', '0001-01-01T00:00:00']);
    expect(of('pricing').slice(1)).toEqual([
      { currency: 'EUR', price: 5, retailPrice: null },
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(of('friendlyName')[5]).toBe('Subscription S6 (trial)');
    expect((await get('/customers/XSP1/subscriptions/S1')).body).toEqual(body[0]);
  });

  test('ids of more than 50 characters are told shorter, and found by that', async () => {
    expect(shortened).toHaveLength(50);
    expect((await get(`/customers/${shortened}`)).body).toMatchObject({
      id: shortened,
      name: `Customer ${longId}`,
    });
    const [only] = (await get(`/customers/${shortened}/subscriptions`)).body;
    expect(only).toMatchObject({ id: shortened, customer: { id: shortened } });
    expect((await get(`/customers/${shortened}/subscriptions/${shortened}`)).body).toEqual(only);
    for (const path of ['', '/subscriptions', '/subscriptions/S1', '/agreements'])
      expect((await get(`/customers/${encodeURIComponent(longId)}${path}`)).status, path).toBe(404);
    expect((await get(`/customers/XSP1/subscriptions/${'y'.repeat(51)}`)).status).toBe(404);
    expect((await get(`/invoices/${'y'.repeat(600)}`)).status).toBe(404);
  });

  test('a doubled or trailing slash and another case are the same route; ids keep their case', async () => {
    const same: [string, string[]][] = [
      [
        '/customers',
        ['//customers', '/customers/', '/Customers', '//CUSTOMERS//', '/customers/?', '/customers//?x=1'],
      ],
      ['/customers/XSP1', ['//customers/XSP1', '/Customers/XSP1/', '/customers//XSP1']],
      [
        '/customers/XSP1/subscriptions',
        ['/customers/XSP1/Subscriptions/', '//customers//XSP1//subscriptions'],
      ],
      ['/customers/XSP1/subscriptions/S1', ['/CUSTOMERS/XSP1/SUBSCRIPTIONS/S1/']],
      [
        '/utilities/provider-properties',
        ['/Utilities/Provider-Properties', '/utilities//provider-properties/'],
      ],
      ['/invoices/1/licensesummary', ['/invoices/1/licenseSummary', '/Invoices//1/LicenseSummary/']],
      ['/unbilledusages', ['/unbilledUsages/', '/UnbilledUsages']],
    ];
    for (const [path, others] of same) {
      const { text, status } = await get(path);
      expect(status, path).toBe(200);
      for (const other of others) expect(await get(other), other).toMatchObject({ status, text });
    }
    const whole = (await get('/customers')).text;
    for (const prefix of [`//work365//${integrationId}/`, `/Work365/${integrationId.toUpperCase()}`]) {
      const answer = await ask('GET', `${prefix}/customers/`);
      expect([answer.status, answer.text], prefix).toEqual([200, whole]);
    }
    expect((await get('/customers/xsp1')).status).toBe(204);
    expect((await ask('PATCH', `${base}//Subscriptions/`)).text).toMatch(/^Write-back is off/);
    expect((await ask('DELETE', `${base}/subscriptions/S1/Cancel/`)).text).toMatch(/^Write-back is off/);
    // Other routes stay exact.
    expect((await it.call('GET', '/v1//connections')).status).toBe(404);
    expect((await it.call('GET', '/V1/connections')).status).toBe(404);
  });

  test('a caller that tries keys is refused for a minute; the right key still works', async () => {
    const from = (given: string) =>
      it.app.inject({
        method: 'GET',
        url: `${base}/customers`,
        headers: { [header]: given },
        remoteAddress: '10.9.8.7',
      });
    const statuses = new Set<number>();
    for (let n = 0; n < 70; n++) statuses.add((await from(`guess-${n}`)).statusCode);
    expect([...statuses]).toEqual([403, 429]);
    const refused = await from('guess');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers['content-type']).toMatch(/^text\/plain/);
    expect((await from(key)).statusCode).toBe(200);
  });

  test('unknown ids: 204 without a body, or an empty list', async () => {
    for (const path of [
      '/customers/unknown', '/customers/own', '/customers/%00', '/invoices/unknown',
      '/customers/unknown/subscriptions/S1', '/customers/XSP1/subscriptions/unknown', '/customers/XSP2/subscriptions/S1',
      '/customers/own/subscriptions/internal', '/customers/XSP1/subscriptions/S8', '/customers/xsp1',
    ]) // biome-ignore format: a list
      expect(await get(path).then(({ status, text }) => ({ status, text })), path).toEqual({
        status: 204,
        text: '',
      });
    for (const path of ['/customers/unknown/subscriptions', '/customers/own/subscriptions'])
      expect((await get(path)).body, path).toEqual([]);
  });

  test('what no distributor gives is empty in the shape of the contract', async () => {
    for (const path of [
      '/customers/XSP1/agreements', '/invoices', '/invoices/1/licensesummary', '/invoices/1/billedusages',
      '/invoices/1/nonrecurringitemsummary', '/unbilledusages', '/nonrecurringitems', '/pricelists/US/software/current',
    ]) // biome-ignore format: a list
      expect((await get(path)).text, path).toBe('[]');
    expect((await get('/utilities/provider-properties')).body).toEqual({
      supportsAgreementConfirmation: false,
      supportsAddressVerification: false,
      supportsCustomerCreation: false,
    });
    expect((await get('/utilities/domain-check/alpha.example')).text).toBe('false');
    expect((await get('/countries/DE/validation-rules')).body).toMatchObject({
      isStateRequired: false,
      stateList: [],
    });
    const capabilities = (await it.call('GET', '/v1/connectors')).body.items.find(
      ({ kind }: { kind: string }) => kind === 'work365',
    ).capabilities;
    expect(capabilities).toEqual(['test', 'customers', 'subscriptions', 'provider-properties']);
  });

  test('an address comes back unvalidated, whatever is sent', async () => {
    const validate = async (payload: string, type = 'application/json') => {
      const headers = { [header]: key, 'content-type': type };
      const url = `${base}/utilities/validate-address`;
      return await it.app.inject({ method: 'POST', url, headers, payload });
    };
    const answer = await validate(
      '{"City":"Kiel","addressLine1":"Weg\\u0000number 1","more":1}',
      'text/json',
    );
    expect(answer.json()).toEqual({
      originalAddress: {
        id: null, name: null, createdOn: null, modifiedOn: null,
        country: null, city: 'Kiel', regionOrState: null, addressLine1: 'Wegnumber 1', addressLine2: null, postalOrZipCode: null,
      },
      suggestedAddresses: [],
      validationMessage: expect.any(String),
      addressValidationStatus: 2,
    }); // biome-ignore format: a row
    expect((await validate('null')).statusCode).toBe(200);
    const broken = await validate('{');
    expect([broken.statusCode, broken.headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
  });

  const writes: [string, string][] = [
    ['POST', '/customers'], ['POST', '/subscriptions'], ['PATCH', '/subscriptions'], ['DELETE', '/subscriptions/S1/cancel'],
    ['PATCH', '/subscriptions/S1/activate'], ['PATCH', '/subscriptions/S1/suspend'], ['PATCH', '/subscriptions/S1/expire'],
    ['POST', '/agreements'], ['POST', '/nonrecurringitems'],
  ]; // biome-ignore format: a table

  test('what changes something is refused in a plain sentence, and changes nothing', async () => {
    const before = (await get('/customers/XSP1/subscriptions')).text;
    for (const [method, path] of writes)
      for (const payload of ['{"id":"S1","quantity":99}', 'no json'])
        for (const type of ['application/json', 'application/json-patch+json']) {
          const headers = { [header]: key, 'content-type': type };
          const answer = await it.app.inject({
            method: method as 'POST',
            url: base + path,
            headers,
            payload,
          });
          expect(answer.statusCode, `${method} ${path}`).toBe(403);
          expect(answer.headers['content-type']).toMatch(/^text\/plain/);
          expect(answer.body).toMatch(/^Write-back is off/);
        }
    expect((await get('/customers/XSP1/subscriptions')).text).toBe(before);
  });

  test('without the very key of this integration there is 403 and nothing else', async () => {
    const other = await integrate('Two', 'another-Key-of-this-test');
    await listInto(it.db, other.source, 'customers', [aCustomer('XSP1', { name: 'Of the other' })]);
    const refused = async (path: string, headers: Record<string, string>, method = 'GET') => {
      const answer = await ask(method, path, headers);
      expect([answer.status, answer.text], path).toEqual([403, 'The key is missing or wrong.']);
      expect(answer.headers['ledger-as-of']).toBeUndefined();
    };
    const paths = ['/customers', '/customers/XSP1', '/customers/XSP1/subscriptions', '/utilities/provider-properties', `/customers/${'x'.repeat(60)}`, '/no-such-path']; // biome-ignore format: a list
    for (const path of paths) {
      await refused(base + path, {});
      await refused(base + path, { [header]: 'another-Key-of-this-test' });
      await refused(`/work365/${other.integration}${path}`, { [header]: key });
    }
    for (const wrong of [key.toLowerCase(), `${key} x`, '', key.slice(0, -1)])
      await refused(`${base}/customers`, { [header]: wrong });
    await refused(`${base}/customers`, { authorization: `Bearer ${it.key}` });
    await refused(`/work365/${crypto.randomUUID()}/customers`, { [header]: key });
    await refused('/work365/no-uuid/customers', { [header]: key });
    for (const [method, path] of writes) await refused(base + path, {}, method);
    const own = await ask('GET', `/work365/${other.integration}/customers`, {
      [header]: 'another-Key-of-this-test',
    });
    expect(JSON.parse(own.text)).toMatchObject([{ name: 'Of the other' }]);
    expect((await get('/no-such-path')).status).toBe(404);
  });

  test('a changed key holds at once, a deleted integration answers nobody', async () => {
    const { destination, integration } = await integrate('Three');
    const customers = (given: string) => ask('GET', `/work365/${integration}/customers`, { [header]: given });
    expect((await customers(key)).status).toBe(200);
    await it.call('PATCH', `/v1/connections/${destination}`, {
      credentials: { key: 'the-next-key-of-this' },
    });
    expect((await customers(key)).status).toBe(403);
    expect((await customers('the-next-key-of-this')).status).toBe(200);
    await it.call('DELETE', `/v1/integrations/${integration}`);
    expect((await customers('the-next-key-of-this')).status).toBe(403);
  });

  test('the age of the ledger stands in a header, and past the limit in one finding', async () => {
    const { source, integration, destination } = await integrate('Four');
    const customers = () => ask('GET', `/work365/${integration}/customers`);
    const findings = async (state: string) =>
      (await it.call('GET', `/v1/findings?kind=ledger-old&integrationId=${integration}&state=${state}`)).body
        .items;
    const verify = async () => (await it.call('POST', `/v1/connections/${destination}/test`)).body;
    expect((await customers()).headers['ledger-as-of']).toBe('never');
    expect(await verify()).toMatchObject({
      ok: false,
      message: expect.stringContaining('Start an import of customers'),
    });
    expect(await findings('open')).toEqual([]);
    await listInto(it.db, source, 'customers', [aCustomer('1')]);
    await listInto(it.db, source, 'subscriptions', []);
    expect(await verify()).toMatchObject({ ok: true });
    expect((await it.call('GET', `/v1/connections/${destination}`)).body.lastTest).toMatchObject({
      ok: true,
    });
    const answer = await customers();
    expect(Number(answer.headers['ledger-age'])).toBeLessThan(60);
    expect(Date.parse(String(answer.headers['ledger-as-of']))).toBeGreaterThan(Date.now() - 60_000);

    await it.db
      .sql`update collections set finished_at = finished_at - interval '27 hours' where connection_id = ${source} and kind = 'customers'`;
    const tested = await verify();
    expect(tested.ok).toBe(false);
    expect(tested.message).toMatch(/more than 26 h ago/);
    await verify();
    const open = await findings('open');
    expect(open).toHaveLength(1);
    expect(open[0].message).toContain('customers as of');
    await listInto(it.db, source, 'customers', [aCustomer('1')]);
    await verify();
    expect(await findings('open')).toEqual([]);
    expect(await findings('resolved')).toHaveLength(1);
  });

  test('reading a ledger that stands still opens the finding without any worker', async () => {
    const { source, integration } = await integrate('Five');
    await listInto(it.db, source, 'customers', [aCustomer('1')]);
    await listInto(it.db, source, 'subscriptions', []);
    await it.db
      .sql`update integrations set schedule = '{"customers": true, "subscriptions": false, "every": "PT1H"}' where id = ${integration}`;
    await it.db
      .sql`update collections set finished_at = finished_at - interval '3 hours' where connection_id = ${source}`;
    await ask('GET', `/work365/${integration}/customers`);
    const found = await waitFor(async () => {
      const { items } = (await it.call('GET', `/v1/findings?kind=ledger-old&integrationId=${integration}`))
        .body;
      return items[0];
    }, 'the finding');
    expect(found.subject).toMatchObject({ kinds: [{ kind: 'customers' }], limitHours: 2 });
  });

  test('a test needs an integration, and asks our own routes', async () => {
    const lone = (await it.call('POST', '/v1/connections', work365('Lone'))).body.id;
    expect((await it.call('POST', `/v1/connections/${lone}/test`)).body).toMatchObject({
      ok: true,
      steps: [{ state: 'warning' }],
    });
    const { body } = await it.call('POST', `/v1/connections/${connectionId}/test`);
    expect(body.steps.map((step: { state: string }) => step.state)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
    ]);
    expect(body.steps[0].message).toContain(base);
    expect(JSON.stringify(body)).not.toContain(key);
  });

  test('nothing is mapped, listed or previewed on its side', async () => {
    const not = async (method: string, path: string, body?: unknown) =>
      expect((await it.call(method, path, body)).body.type, path).toBe('/problems/not-applicable');
    await not('GET', `/v1/integrations/${integrationId}/mappings`);
    await not('POST', `/v1/integrations/${integrationId}/imports`, { kind: 'customers', mode: 'preview' });
    await not('GET', `/v1/connections/${connectionId}/clients`);
    await not('GET', `/v1/connections/${connectionId}/agents`);
    await not('GET', `/v1/connections/${connectionId}/people`);
    await not('GET', `/v1/connections/${connectionId}/token`);
    for (const credentials of [
      {},
      { key: 'short' },
      { key: 'with spaces in the key' },
      { key: 'müßte-aber-ascii-sein' },
    ])
      expect((await it.call('POST', '/v1/connections', { ...work365('Bad'), credentials })).status).toBe(400);
    const settings = { displayName: 'T', country: 'Germany', currency: 'Euro', more: 1 };
    const { body } = await it.call('POST', '/v1/connections', { ...work365('Bad'), settings });
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(['/settings/country', '/settings/currency', '/settings/more']); // biome-ignore format: a row
  });
});
