import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Design §3, "Customers": who becomes a client, who is mapped to one, and what is left to a person. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

/** An account of these customers beside its own company, and a Halo of these clients. */
async function names(customers: string[], clients: (string | object)[], options: object = {}) {
  const scene = await Scene.open(stack, { arrow: { customers: 0 }, options });
  const refs: string[] = [];
  for (const name of customers) refs.push((await scene.arrow('addCustomer', { name })).ref);
  const ids: string[] = [];
  for (const client of clients) {
    const { id } = await scene.halo('addClient', typeof client === 'string' ? { name: client } : client);
    ids.push(`${id}`);
  }
  return { scene, refs, ids };
}
const readClients = (scene: Scene) =>
  stack.expect(200, 'GET', `/v1/connections/${scene.destination.id}/clients?refresh=true`);

test('an unmapped customer becomes a client under the chosen top level; a mapped one is kept and never renamed', async () => {
  const { scene, refs } = await names(['One Ltd', 'Two Ltd'], [], { topLevelId: '13' });
  expect(await scene.run('customers')).toMatchObject({ state: 'completed', counts: { created: 2 } });
  expect(scene.clients.map(({ name, toplevel_id }) => [name, toplevel_id])).toEqual([
    ['One Ltd', 13],
    ['Two Ltd', 13],
  ]);
  expect(await scene.mapping(refs[0]!)).toMatchObject({ origin: 'created', clientName: 'One Ltd' });
  await scene.arrow('setCustomer', { ref: refs[0], patch: { CompanyName: 'One Holding Ltd' } });
  await scene.halo('setClient', { id: scene.clientOf(refs[1]!).id, patch: { name: 'Two, as we call it' } });
  const before = scene.dump();
  expect(await scene.run('customers')).toMatchObject({ counts: { created: 0, updated: 0, unchanged: 2 } });
  expect(scene.dump()).toEqual(before);
});

test('a customer whose id a client carries is mapped to it, whatever its name', async () => {
  const { scene, refs, ids } = await names(['One Ltd'], ['Quite another name']);
  const account = scene.source.simulator.state.reference;
  await scene.halo('addClient', {
    name: 'Known of old',
    new_external_link: { third_party_id: refs[0], third_party_type: `arrowsphere:${account}:customer` },
  });
  const run = await scene.run('customers');
  expect(run).toMatchObject({ state: 'completed', counts: { created: 0, updated: 1 } });
  expect(await scene.mapping(refs[0]!)).toMatchObject({ origin: 'uid', clientName: 'Known of old' });
  expect(scene.clients).toHaveLength(2);
  expect(ids).toHaveLength(1);
});

test('a customer whose id a client carries is mapped although its name would hold it, or nobody may be created', async () => {
  for (const createClients of [true, false]) {
    const { scene, refs, ids } = await names(['One Ltd'], [{ name: 'One Limited' }], { createClients });
    const { reference } = scene.source.simulator.state;
    await scene.halo('setClient', { id: Number(ids[0]), patch: { notes: 'there before' } });
    await scene.halo('addClient', {
      name: 'one',
      new_external_link: { third_party_id: refs[0], third_party_type: `arrowsphere:${reference}:customer` },
    });
    expect(await scene.run('customers')).toMatchObject({ counts: { created: 0, updated: 1, held: 0 } });
    expect(await scene.mapping(refs[0]!)).toMatchObject({ origin: 'uid', clientName: 'one' });
  }
});

test('without createClients nobody is created', async () => {
  const { scene, refs } = await names(['One Ltd'], [], { createClients: false });
  const run = await scene.run('customers');
  expect(run).toMatchObject({ state: 'completed', counts: { created: 0, skipped: 2 } });
  expect(await scene.item(run.id, refs[0]!)).toMatchObject({ rule: 'create_clients_off' });
  expect(scene.clients).toEqual([]);
});

test('the own company and closed customers are not created', async () => {
  const { scene, refs } = await names(['One Ltd', 'Closed Ltd'], []);
  await scene.arrow('setCustomer', { ref: refs[1], patch: { DeletedAt: '2026-01-01T00:00:00Z' } });
  const run = await scene.run('customers');
  expect(scene.clients.map(({ name }) => name)).toEqual(['One Ltd']);
  expect(await scene.item(run.id, refs[1]!)).toMatchObject({ rule: 'closed', outcome: 'skipped' });
  const own = scene.source.simulator.state.reference;
  expect(await scene.item(run.id, own)).toMatchObject({ rule: 'own_company', outcome: 'skipped' });
});

describe('a client is never doubled', () => {
  test('a customer of like name is held as a finding, import after import', async () => {
    const { scene, refs } = await names(
      ['Falcon Works Ltd', 'Élan SARL', 'Quarry Inc.', 'Twin Ltd', 'TWIN  Limited', 'Alone AB'],
      ['falcon  works LIMITED', 'E\u0301lan', { name: 'QUARRY', inactive: true }],
    );
    const run = await scene.run('customers');
    expect(run).toMatchObject({ state: 'completed', counts: { created: 2, held: 4 } });
    const held = await scene.findings('customer-held');
    const [falcon, elan, quarry, , twin] = refs;
    expect(held.map(({ subject }) => subject.customerId).sort()).toEqual([falcon, elan, quarry, twin].sort());
    expect(held.find(({ subject }) => subject.customerId === quarry).message).toMatch(/QUARRY.*inactive/);
    expect(await scene.run('customers')).toMatchObject({ counts: { created: 0, held: 4, unchanged: 2 } });
    expect(await scene.findings('customer-held')).toHaveLength(4);
    expect(scene.clients).toHaveLength(5);
  });

  test('map, create and dismiss answer it, and the next import obeys', async () => {
    const { scene, refs, ids } = await names(['A Ltd', 'B Ltd', 'C Ltd'], ['A', 'B', 'C']);
    await scene.run('customers');
    const held = await scene.findings('customer-held');
    const of = (ref: string) => held.find(({ subject }) => subject.customerId === ref);
    const [a, b, c] = refs as [string, string, string];
    await scene.answer(of(a), { action: 'map', clientId: ids[0] });
    await scene.answer(of(b), { action: 'create' });
    await scene.answer(of(c), { action: 'dismiss', reason: 'not ours' });
    const run = await scene.run('customers');
    expect(run).toMatchObject({ counts: { created: 1, held: 0, unchanged: 1 } });
    expect(await scene.mapping(a)).toMatchObject({ clientId: ids[0], origin: 'manual' });
    expect(await scene.mapping(b)).toMatchObject({ origin: 'created', clientName: 'B Ltd' });
    expect(await scene.mapping(c)).toMatchObject({ clientId: null, origin: null });
    expect(await scene.item(run.id, c)).toMatchObject({ rule: 'dismissed', outcome: 'skipped' });
    expect(await scene.findings()).toEqual([]);
  });

  test('mapped by hand to be created it is created, and a client is one customer’s', async () => {
    const { scene, refs, ids } = await names(['A Ltd', 'B Ltd'], ['A Ltd', 'Home'], { createClients: false });
    await scene.run('customers');
    await readClients(scene);
    await scene.map(refs[0]!, { create: true });
    await scene.map(refs[1]!, { clientId: ids[1] });
    const path = `/v1/integrations/${scene.integration}/mappings/${refs[0]}`;
    expect(await stack.expect(409, 'PUT', path, { clientId: ids[1] })).toMatchObject({
      type: expect.stringMatching(/client-taken$/),
      customerId: refs[1],
    });
    expect(await scene.run('customers')).toMatchObject({ counts: { created: 1 } });
    expect(scene.clients.filter(({ name }) => name === 'A Ltd')).toHaveLength(2);
    expect(await scene.run('customers')).toMatchObject({ counts: { created: 0, unchanged: 2 } });
  });
});

test('the main site’s address follows on clients this integration created, and on no other', async () => {
  const { scene, refs, ids } = await names(['Made Ltd', 'Mapped Ltd', 'Own address'], ['Mapped'], {
    updateMainSiteAddress: true,
  });
  const moved = { AddressLine1: '1 Old Road', City: 'Leeds', State: 'Yorks', Zip: 'LS1', CountryCode: 'GB' };
  for (const ref of refs) await scene.arrow('setCustomer', { ref, patch: moved });
  await scene.run('customers');
  await scene.map(refs[1]!, { clientId: ids[0] });
  const site = (ref: string) => scene.site(scene.clientOf(ref)).delivery_address;
  expect(site(refs[0]!)).toMatchObject({
    line1: '1 Old Road',
    line3: 'Leeds',
    line4: 'Yorks',
    postcode: 'LS1',
  });
  const mapped = scene.clients.find(({ id }) => `${id}` === ids[0])!;
  const before = structuredClone(scene.site(mapped));

  for (const ref of refs.slice(0, 2))
    await scene.arrow('setCustomer', { ref, patch: { AddressLine1: '2 New Street' } });
  const run = await scene.run('customers');
  expect(run).toMatchObject({ state: 'completed', counts: { updated: 1, unchanged: 2 } });
  expect(site(refs[0]!)).toMatchObject({ line1: '2 New Street', line3: 'Leeds', postcode: 'LS1' });
  expect(scene.site(mapped)).toEqual(before);
  expect(await scene.item(run.id, refs[0]!)).toMatchObject({
    rule: 'address_changed',
    before: { address: { line1: '1 Old Road' } },
    after: { address: { line1: '2 New Street' } },
  });
  const writes = scene.writes;
  expect(await scene.run('customers')).toMatchObject({ counts: { updated: 0, unchanged: 3 } });
  expect(scene.writes).toBe(writes);
  await stack.expect(200, 'PATCH', `/v1/integrations/${scene.integration}`, {
    options: { updateMainSiteAddress: false },
  });
  await scene.arrow('setCustomer', { ref: refs[0], patch: { AddressLine1: '3 Last Lane' } });
  await scene.run('customers');
  expect(scene.writes).toBe(writes);
});

test.each([
  ['inactive', 'deactivateClient'],
  ['gone', 'removeClient'],
])('a client that is %s holds its subscriptions and is not made again', async (_, control) => {
  const scene = await Scene.withClients(stack);
  const [one, two] = scene.customers.map(({ ref }) => ref) as [string, string];
  const held = await scene.licence({ customer: one, seats: 1 });
  const free = await scene.licence({ customer: two, seats: 1 });
  await scene.run('subscriptions');
  const { id } = scene.clientOf(one);
  await scene.halo(control, { id });
  const before = scene.licences.find((row) => row.client_id === id);
  for (const ref of [held, free]) await scene.arrow('setSeats', { ref, seats: 2 });
  expect(await scene.run('customers')).toMatchObject({ counts: { created: 0, held: 1 } });
  const finding = await scene.finding('client-missing');
  expect(finding).toMatchObject({ subject: { customerId: one }, actions: ['map', 'dismiss'] });
  const run = await scene.run('subscriptions');
  expect(run).toMatchObject({ state: 'completed', counts: { created: 0, held: 1, updated: 1 } });
  expect(scene.licences.find((row) => row.client_id === id)).toEqual(before);
  expect((await scene.finding('client-missing')).id).toBe(finding.id);

  // A person maps it to another client: its licences go there.
  const other = await scene.halo('addClient', { name: 'Another' });
  await readClients(scene);
  await scene.answer(finding, { action: 'map', clientId: `${other.id}` });
  await scene.run('subscriptions');
  expect(scene.rowOf(held)).toMatchObject({ client_id: other.id, count: 2 });
  expect(await scene.findings('client-missing')).toEqual([]);
});

test('a dismissed client-missing finding stays closed, and is resolved when the client is back', async () => {
  const scene = await Scene.withClients(stack);
  const [one, two] = scene.customers.map(({ ref }) => ref) as [string, string];
  for (const ref of [one, two]) await scene.halo('deactivateClient', { id: scene.clientOf(ref).id });
  await scene.run('customers');
  const found = await scene.findings('client-missing');
  expect(found).toHaveLength(2);
  await scene.answer(found.find(({ subject }) => subject.customerId === one)!, { action: 'dismiss' });
  await scene.run('subscriptions');
  await scene.run('customers');
  expect((await scene.finding('client-missing')).subject).toMatchObject({ customerId: two });
  await scene.halo('setClient', { id: scene.clientOf(two).id, patch: { inactive: false } });
  await scene.run('customers');
  expect(await scene.findings('client-missing')).toEqual([]);
});

describe('generate', () => {
  test('maps exactly equal names only, leaves ambiguous ones and mappings there are', async () => {
    const { scene, refs, ids } = await names(
      ['Exact Ltd', 'case ltd', 'Two Clients', 'Two Customers', 'Two Customers', 'Taken', 'Sleeping'],
      [
        'Exact Ltd',
        'CASE LTD',
        'Two Clients',
        'Two Clients',
        'Two Customers',
        'Taken',
        'Home',
        { name: 'Sleeping', inactive: true },
      ],
    );
    await readClients(scene);
    expect(await scene.generate()).toMatchObject({ generated: 2, ambiguous: 3, unmatched: 2 });
    expect(await scene.mapping(refs[0]!)).toMatchObject({ clientId: ids[0], origin: 'generated' });
    const mapped = (await scene.mappings()).filter(({ clientId }) => clientId !== null);
    expect(mapped.map(({ customerName }) => customerName).sort()).toEqual(['Exact Ltd', 'Taken']);

    await scene.map(refs[0]!, { clientId: ids[6] });
    expect(await scene.generate()).toMatchObject({ generated: 0 });
    expect(await scene.mapping(refs[0]!)).toMatchObject({ clientId: ids[6], origin: 'manual' });
    expect(scene.changes.filter(({ path }) => path !== '/auth/token')).toEqual([]);
  });

  test('collects the customers first when the ledger is older than an hour', async () => {
    const { scene } = await names(['Exact Ltd'], ['Exact Ltd', 'New Ltd']);
    const listed = () =>
      scene.source.simulator.requests.filter(({ path }) => path.endsWith('/api/customers')).length;
    expect(await scene.generate()).toMatchObject({ generated: 1 });
    await scene.arrow('addCustomer', { name: 'New Ltd' });
    const before = listed();
    expect(await scene.generate()).toMatchObject({ generated: 0 });
    expect(listed()).toBe(before);
    await scene.earlier(61);
    expect(await scene.generate()).toMatchObject({ generated: 1 });
  });
});
