import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectProblem, instant, nobody, uuid } from '../support/problems.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** Integrations, their mappings and schedules, as design.md §5 promises them. */
let stack: Stack;
let arrow: Connected<'arrowsphere'>;
let halo: Connected<'halopsa'>;
let integration: string;
beforeAll(async () => {
  stack = await startStack();
  arrow = await stack.connect('arrowsphere', { customers: 6, subscriptions: 6 });
  halo = await stack.connect('halopsa', { customers: 6, clients: 'none' });
  integration = await stack.integrate(arrow, halo);
});
afterAll(() => stack?.close());

const path = (rest = '') => `/v1/integrations/${integration}${rest}`;

describe('an integration', () => {
  test('has its options with their defaults', async () => {
    const { status, headers, body } = await stack.api('GET', path());
    expect(status).toBe(200);
    expect(headers.get('etag')).toBeTruthy();
    expect(body).toMatchObject({
      id: expect.stringMatching(uuid),
      name: expect.any(String),
      sourceId: arrow.id,
      destinationId: halo.id,
      version: expect.any(Number),
    });
    expect(body.options).toMatchObject({
      topLevelId: null,
      createClients: false,
      updateMainSiteAddress: false,
      shrinkLimitPercent: 10,
      currency: null,
      timeZone: 'UTC',
    });
  });

  test('is made once for a pair, of a distributor and a destination that are there', async () => {
    const make = (sourceId: unknown, destinationId: unknown, more = {}) =>
      stack.api('POST', '/v1/integrations', { name: 'x', sourceId, destinationId, options: {}, ...more });
    expectProblem(await make(arrow.id, halo.id), 409, 'conflict');
    expectProblem(await make(halo.id, arrow.id), 400, 'invalid-request');
    expectProblem(await make(arrow.id, arrow.id), 400, 'invalid-request');
    for (const none of [nobody, 'nonsense', 7, null, undefined]) {
      const answer = await make(none, halo.id);
      expect([400, 404]).toContain(answer.status);
      expectProblem(answer, answer.status);
    }
    expectProblem(await make(arrow.id, halo.id, { name: '' }), 400, 'invalid-request');
    expectProblem(await make(arrow.id, halo.id, { colour: 'red' }), 400, 'invalid-request');
    const other = await stack.connect('arrowsphere', { customers: 1, subscriptions: 0, account: 1 });
    const made = await make(other.id, halo.id, {
      options: { currency: 'EUR', timeZone: 'Europe/Stockholm' },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/integrations/${made.body.id}`);
    expect(made.body.options).toMatchObject({ currency: 'EUR', timeZone: 'Europe/Stockholm' });
    const listed = (await stack.expect(200, 'GET', '/v1/integrations')).items;
    expect(listed.map(({ id }: { id: string }) => id)).toContain(made.body.id);
    await stack.expect(204, 'DELETE', `/v1/integrations/${made.body.id}`);
    expectProblem(await stack.api('GET', `/v1/integrations/${made.body.id}`), 404, 'not-found');
    // The pair is free again.
    const again = await make(other.id, halo.id);
    expect(again.status).toBe(201);
    await stack.expect(204, 'DELETE', `/v1/integrations/${again.body.id}`);
  });

  test.each([
    ['an unknown option', { colour: 'red' }],
    ['a share below nothing', { shrinkLimitPercent: -1 }],
    ['a share above all', { shrinkLimitPercent: 101 }],
    ['a share that is no number', { shrinkLimitPercent: '10' }],
    ['a zone that is nowhere', { timeZone: 'Europe/Atlantis' }],
    ['an empty zone', { timeZone: '' }],
    ['a currency of two letters', { currency: 'EU' }],
    ['a currency that is none', { currency: 'ZZZ' }],
    ['a currency in small letters', { currency: 'eur' }],
    ['a top level as a number', { topLevelId: 12 }],
    ['a switch as text', { createClients: 'yes' }],
  ])('does not take %s', async (_, options) => {
    const before = (await stack.api('GET', path())).body;
    expectProblem(await stack.api('PATCH', path(), { options }), 400, 'invalid-request');
    const other = { name: 'x', sourceId: arrow.id, destinationId: halo.id, options };
    expectProblem(await stack.api('POST', '/v1/integrations', other), 400, 'invalid-request');
    expect((await stack.api('GET', path())).body).toEqual(before);
  });

  test('is changed by a merge patch with If-Match; its ends stay', async () => {
    const { headers, body } = await stack.api('GET', path());
    const etag = headers.get('etag')!;
    const options = { currency: 'EUR', createClients: true };
    const changed = await stack.api('PATCH', path(), { name: 'New', options }, { 'if-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ name: 'New', version: body.version + 1 });
    expect(changed.body.options).toEqual({ ...body.options, ...options });
    expectProblem(await stack.api('PATCH', path(), { name: 'Old' }, { 'if-match': etag }), 412);
    expectProblem(await stack.api('DELETE', path(), undefined, { 'if-match': etag }), 412);
    const back = await stack.expect(200, 'PATCH', path(), {
      options: { currency: null, createClients: null },
    });
    expect(back.options).toEqual(body.options);
    for (const ends of [{ sourceId: nobody }, { destinationId: halo.id + 1 }])
      expectProblem(await stack.api('PATCH', path(), ends), 400, 'invalid-request');
  });
});

describe('mappings', () => {
  beforeAll(async () => {
    const names = arrow.simulator.state.customers.map(({ company }) => company.name);
    for (const name of names.slice(1, 3))
      await fetch(`${halo.simulator.url}/__control/do/addClient`, {
        method: 'POST',
        body: JSON.stringify({ name }),
      });
  });
  const mappings = async (query = '') => (await stack.expect(200, 'GET', path(`/mappings${query}`))).items;

  test('are generated from equal names, listed by state and name, set and taken away', async () => {
    const generated = await stack.expect(200, 'POST', path('/mappings/generate'));
    expect(generated).toEqual({
      generated: 2,
      ambiguous: expect.any(Number),
      unmatched: expect.any(Number),
      batchId: expect.any(String),
    });
    const mapped = await mappings('?state=mapped');
    expect(mapped).toHaveLength(2);
    for (const mapping of mapped) {
      expect(mapping).toMatchObject({
        customerId: expect.stringMatching(/^XSP\d+$/),
        customerName: expect.any(String),
        clientId: expect.any(String),
        origin: 'generated',
      });
      expect(mapping.clientName).toBe(mapping.customerName);
    }
    const open = await mappings('?state=unmapped');
    expect(open.length).toBeGreaterThan(2);
    for (const mapping of open)
      expect(mapping).toMatchObject({ clientId: null, clientName: null, origin: null });
    expect(await mappings()).toHaveLength(open.length + 2);
    const [one, other] = mapped;
    const found = await mappings(`?search=${encodeURIComponent(one.customerName.toLowerCase())}`);
    expect(found).toEqual([one]);
    expectProblem(await stack.api('GET', path('/mappings?state=half')), 400, 'invalid-request');

    const put = (customerId: string, body: unknown) =>
      stack.api('PUT', path(`/mappings/${customerId}`), body);
    const taken = await put(open[0].customerId, { clientId: one.clientId });
    expectProblem(taken, 409, 'client-taken');
    for (const wrong of [
      {},
      { clientId: 7 },
      { clientId: '' },
      { create: false },
      { clientId: '1', create: true },
    ])
      expectProblem(await put(open[0].customerId, wrong), 400, 'invalid-request');
    const unheard = await put(open[0].customerId, { clientId: '999999' });
    expect([400, 404]).toContain(unheard.status);
    expectProblem(unheard, unheard.status);
    const noCustomer = await put('XSP1', { clientId: one.clientId });
    expectProblem(noCustomer, 404, 'not-found');

    expect((await stack.api('DELETE', path(`/mappings/${one.customerId}`))).status).toBe(204);
    expectProblem(await stack.api('DELETE', path(`/mappings/${one.customerId}`)), 404, 'not-found');
    const set = await put(one.customerId, { clientId: one.clientId });
    expect(set.status).toBe(200);
    expect(set.body).toMatchObject({
      clientId: one.clientId,
      origin: 'manual',
      createdBy: { kind: 'key', name: 'First admin key' },
    });
    // Said twice is said once.
    expect((await put(one.customerId, { clientId: one.clientId })).status).toBe(200);

    const created = await put(open[0].customerId, { create: true });
    expect(created.status).toBe(200);
    expect(other.origin).toBe('generated');
  });
});

describe('a schedule', () => {
  const put = (body: unknown) => stack.api('PUT', path('/schedule'), body);
  beforeEach(async () => {
    await stack.api('DELETE', path('/schedule'));
  });

  test('is none until one is put, and gone when deleted', async () => {
    expectProblem(await stack.api('GET', path('/schedule')), 404, 'not-found');
    for (const act of ['trigger', 'pause', 'resume'])
      expectProblem(await stack.api('POST', path(`/schedule/${act}`)), 404, 'not-found');
    expectProblem(await stack.api('DELETE', path('/schedule')), 404, 'not-found');
    const made = await put({ customers: true, subscriptions: false, every: 'PT6H' });
    expect([200, 201]).toContain(made.status);
    const shown = await stack.expect(200, 'GET', path('/schedule'));
    expect(shown).toMatchObject({ customers: true, subscriptions: false, every: 'PT6H' });
    expect(JSON.stringify(shown)).toMatch(/"next\w*":/);
    expect(JSON.stringify(shown)).toMatch(/"(last|recent)\w*":/);
    expect((await stack.api('DELETE', path('/schedule'))).status).toBe(204);
    expectProblem(await stack.api('GET', path('/schedule')), 404, 'not-found');
  });

  test('follows the clock of its zone', async () => {
    await put({ customers: true, subscriptions: true, cron: '30 6 * * *', timeZone: 'Asia/Tokyo' });
    const shown = await stack.expect(200, 'GET', path('/schedule'));
    expect(shown).toMatchObject({ cron: '30 6 * * *', timeZone: 'Asia/Tokyo' });
    const next = JSON.stringify(shown).match(/"\d{4}-\d\d-\d\dT21:30:00(\.000)?Z"/);
    expect(next, JSON.stringify(shown)).not.toBeNull();
    for (const at of JSON.stringify(shown).match(/"\d{4}-[\d\-T:.]+Z?"/g)!)
      expect(JSON.parse(at)).toMatch(instant);
  });

  test.each([
    ['seconds', { every: 'PT30S' }],
    ['no time at all', { every: 'PT0S' }],
    ['no duration', { every: 'often' }],
    ['a day that never comes', { cron: '0 0 31 2 *' }],
    ['an hour that is none', { cron: '0 25 * * *' }],
    ['a cron of three words', { cron: '* * *' }],
    ['every second', { cron: '* * * * * *' }],
    ['both', { every: 'PT6H', cron: '0 0 * * *' }],
    ['neither', {}],
    ['a zone that is nowhere', { cron: '0 0 * * *', timeZone: 'Mars/Olympus' }],
    ['nothing to do', { every: 'PT6H', customers: false, subscriptions: false }],
    ['a field nobody knows', { every: 'PT6H', colour: 'red' }],
  ])('of %s is refused', async (_, when) => {
    expectProblem(await put({ customers: true, subscriptions: true, ...when }), 400, 'invalid-request');
    expectProblem(await stack.api('GET', path('/schedule')), 404, 'not-found');
  });

  test('is paused, resumed and run at once', async () => {
    await put({ customers: true, subscriptions: false, every: 'P1D' });
    const act = async (name: string) => {
      const answer = await stack.api('POST', path(`/schedule/${name}`));
      expect([200, 202, 204], JSON.stringify(answer.body)).toContain(answer.status);
      return stack.expect(200, 'GET', path('/schedule'));
    };
    const paused = (shown: object) => JSON.stringify(shown).includes('"paused":true');
    expect(paused(await act('pause'))).toBe(true);
    expect(paused(await act('resume'))).toBe(false);
    await act('trigger');
    const ran = async () =>
      (await stack.api('GET', `/v1/imports?integrationId=${integration}&kind=customers`)).body.items[0];
    await expect.poll(async () => (await ran())?.state, { timeout: 60_000 }).toBe('completed');
    expect((await ran()).trigger).toMatch(/schedule/);
    await expect
      .poll(async () => JSON.stringify((await stack.api('GET', path('/schedule'))).body), { timeout: 20_000 })
      .toMatch(/"(last|recent)\w*":(\[\{|\{|")/);
  });
});

test('an integration stays while an import of it runs', async () => {
  halo.simulator.faults.add({ path: '/auth/token', times: -1, act: { do: 'delay', ms: 1500 } });
  arrow.simulator.faults.add({ path: '/customers', times: -1, act: { do: 'delay', ms: 1500 } });
  const { id } = await stack.expect(202, 'POST', path('/imports'), { kind: 'customers', mode: 'apply' });
  expectProblem(await stack.api('DELETE', path()), 409);
  arrow.simulator.faults.clear();
  halo.simulator.faults.clear();
  await stack.importEnds(id);
  const writes = halo.simulator.state.writes;
  await stack.expect(204, 'DELETE', path());
  // Its history stays, the PSA is untouched.
  expect(await stack.expect(200, 'GET', `/v1/imports/${id}`)).toMatchObject({
    id,
    integrationId: integration,
  });
  expect(halo.simulator.state.writes).toBe(writes);
});
