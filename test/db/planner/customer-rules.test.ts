import { afterAll, beforeEach, expect, test } from 'vitest';
import { linkType } from '../../../domain/licence.ts';
import { customerRules } from '../../../domain/rules.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { PlanScene } from '../../support/plan-scene.ts';

/** Every rule of a customer plan, on the smallest ledger where it fits. */
let db: TestDatabase;
let scene: PlanScene;
beforeEach(async () => {
  db ??= await testDatabase();
  scene = await PlanScene.open(db);
});

const met = new Set<string>();
async function item(id = 'C1') {
  const { items, ...rest } = await scene.plan('customers', ['C1', 'C2']);
  for (const { rule } of Object.values(items)) met.add(rule);
  return { ...rest, item: items[id] };
}
afterAll(() => {
  // `mapped` is counted, one is stored as like_name, and one is found only when about to write.
  const others = ['mapped', 'like_name_in_import', 'created_elsewhere'];
  const rules = Object.keys(customerRules).filter((name) => !others.includes(name));
  expect([...met].sort()).toEqual(rules.sort());
});

test('new: created with what is known of it', async () => {
  await scene.customer('C1', { client: null, domain: 'c1.example' });
  expect((await item()).item).toMatchObject({
    rule: 'new_customer',
    action: 'create',
    outcome: 'planned',
    after: { name: 'Customer C1', domain: 'c1.example' },
  });
});

test('mapped: nothing to do', async () => {
  await scene.customer('C1');
  expect(await item()).toMatchObject({ item: undefined, unchanged: 1 });
});

test('its client is gone, or inactive', async () => {
  await scene.customer('C1');
  await db.sql`update clients set inactive = true where connection_id = ${scene.destination}`;
  const { item: inactive, findings } = await item();
  expect(inactive).toMatchObject({ rule: 'client_inactive', outcome: 'held' });
  expect(findings).toMatchObject([
    {
      kind: 'client-missing',
      cause: 'client-missing:inactive',
      message: expect.stringContaining('“Customer C1” (client 1), which is inactive'),
    },
  ]);
  await db.sql`delete from clients where connection_id = ${scene.destination}`;
  expect((await item()).item).toMatchObject({ rule: 'client_missing', outcome: 'held' });
});

test.each([
  ['own_company', { own: true }],
  ['closed', { status: 'closed' }],
])('%s is left out', async (rule, more) => {
  await scene.customer('C1', { client: null, ...more });
  expect((await item()).item).toMatchObject({ rule, outcome: 'skipped' });
});

test('dismissed, and decided by a person', async () => {
  await scene.customer('C1', { client: null });
  await scene.decide('C1', 'dismiss', 'customer');
  expect((await item()).item).toMatchObject({ rule: 'dismissed', outcome: 'skipped' });
  await scene.insert('mappings', {
    integration_id: scene.integration,
    customer_id: 'C1',
    client_id: null,
    origin: 'manual',
    created_at: new Date(),
  });
  expect((await item()).item).toMatchObject({ rule: 'create_decided', outcome: 'planned' });
});

test('this integration creates no clients', async () => {
  scene = await PlanScene.open(db, { createClients: false });
  await scene.customer('C1', { client: null });
  expect((await item()).item).toMatchObject({ rule: 'create_clients_off', outcome: 'skipped' });
});

test('a client carries its id', async () => {
  await scene.customer('C1', { client: null });
  await scene.client('7', { name: 'Other' });
  await scene.link('7', 'C1', { third_party_type: linkType('arrowsphere', scene.source, 'customer') });
  expect((await item()).item).toMatchObject({
    rule: 'known_by_id',
    action: 'update',
    after: { clientId: '7' },
  });
});

test('a client has a similar name, or another customer of the import', async () => {
  await scene.customer('C1', { client: null, name: 'Acme Ltd' });
  await scene.customer('C2', { client: null, name: 'ACME  Limited' });
  expect((await item('C2')).item).toMatchObject({ rule: 'like_name', outcome: 'held' });
  await scene.client('7', { name: 'Acme' });
  const { item: held, findings } = await item();
  expect(held).toMatchObject({ rule: 'like_name', outcome: 'held' });
  expect(findings[0]).toMatchObject({
    kind: 'customer-held',
    message: expect.stringContaining('“Acme” (client 7)'),
  });
});

test('a client without a readable name may be anybody', async () => {
  await scene.customer('C1', { client: null });
  await scene.client('7', { name: '', unreadable: ['name'] });
  const { item: held, findings } = await item();
  expect(held).toMatchObject({ rule: 'client_unreadable', outcome: 'held' });
  expect(findings).toMatchObject([
    {
      kind: 'customer-held',
      cause: 'customer-held:unreadable-client',
      message: expect.stringContaining('client 7'),
    },
  ]);
  await scene.insert('mappings', {
    integration_id: scene.integration,
    customer_id: 'C9',
    client_id: '7',
    origin: 'manual',
    created_at: new Date(),
  });
  expect((await item()).item).toMatchObject({ rule: 'new_customer' });
});

test('a create that may have happened', async () => {
  await scene.customer('C1', { client: null });
  await scene.insert('findings', {
    id: crypto.randomUUID(),
    key: `ambiguous-write:${scene.integration}:C1`,
    kind: 'ambiguous-write',
    subject: {},
    message: '',
    state: 'open',
    actions: [],
  });
  expect((await item()).item).toMatchObject({ rule: 'ambiguous_write', outcome: 'held' });
});

test('the address of a client we created', async () => {
  scene = await PlanScene.open(db, { updateMainSiteAddress: true });
  await scene.customer('C1', { address: { city: 'Bath' } });
  await db.sql`update clients set main_site_id = '5' where connection_id = ${scene.destination}`;
  await scene.insert('baselines', {
    integration_id: scene.integration,
    entity: 'client',
    external_id: 'C1',
    record_id: '1',
    sent: { address: { city: 'York' } },
    created_by_us: true,
    active: true,
    updated_at: new Date(),
  });
  expect((await item()).item).toMatchObject({
    rule: 'address_changed',
    before: { address: { city: 'York' } },
    after: { address: { city: 'Bath' } },
  });
  await db.sql`update customers set unreadable = '{address}' where connection_id = ${scene.source}`;
  expect((await item()).item).toBeUndefined();
});
