import { beforeAll, expect, test } from 'vitest';
import type { OwnerRule } from '../../../domain/ownership.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { PlanScene } from '../../support/plan-scene.ts';

/** Who owns which field is the integration's to say: of all licences, of a vendor's, or of one product. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

/** A licence we wrote that somebody edited in the PSA, while its quantity changed at the distributor. */
async function edited(ownership: OwnerRule[], fields: Record<string, unknown>, vendor = 'Microsoft') {
  const scene = await PlanScene.open(db, { ownership });
  await scene.customer('C1');
  await scene.subscription('S', { vendor, sku: 'SKU', quantity: '7' });
  await scene.licence('L', 'S', { fields: { quantity: '5', ...fields } });
  await scene.written('S', 'L', { sent: { quantity: '5' } });
  const { items, findings } = await scene.plan('subscriptions', ['S']);
  return { item: items.S, kinds: findings.map(({ kind }: { kind: string }) => kind) };
}

const name = { name: 'As somebody calls it' };

test('without a rule a name is held for a person, and an edited quantity is written over', async () => {
  const { item, kinds } = await edited([], name);
  expect(item).toMatchObject({ outcome: 'planned', after: { quantity: '7' }, held: { name: {} } });
  expect(kinds).toEqual(['edited']);
});

test('a name of theirs is left alone and asked about no more', async () => {
  const { item, kinds } = await edited([{ field: 'name', owner: 'theirs', vendor: 'microsoft' }], name);
  expect(item).toMatchObject({ outcome: 'planned', after: { quantity: '7' }, held: null });
  expect(item.after).not.toHaveProperty('name');
  expect(kinds).toEqual([]);
});

test('a rule of one vendor says nothing of another’s', async () => {
  const { kinds } = await edited([{ field: 'name', owner: 'theirs', vendor: 'Microsoft' }], name, 'Acronis');
  expect(kinds).toEqual(['edited']);
});

test('a name of ours is written over and noted', async () => {
  const { item, kinds } = await edited([{ field: 'name', owner: 'ours', sku: 'sku' }], name);
  expect(item).toMatchObject({ rule: 'edit_overwritten', after: { name: 'Subscription S', quantity: '7' } });
  expect(kinds).toEqual([]);
});

test('a quantity of theirs is never written, and one that is asked about is held once it was edited', async () => {
  expect((await edited([{ field: 'quantity', owner: 'theirs' }], {})).item).toBeUndefined();
  const { item, kinds } = await edited([{ field: 'quantity', owner: 'ask' }], { quantity: '6' });
  expect(item).toMatchObject({ outcome: 'held', after: {}, held: { quantity: {} } });
  expect(kinds).toEqual(['edited']);
  // Nobody edited it: it follows the distributor.
  expect((await edited([{ field: 'quantity', owner: 'ask' }], {})).item).toMatchObject({
    after: { quantity: '7' },
  });
});

test('a rule that changes makes every licence be looked at again', async () => {
  const scene = await PlanScene.open(db);
  await scene.customer('C1');
  await scene.ours('S', { vendor: 'Microsoft' });
  expect((await scene.plan('subscriptions', ['S'])).items).toEqual({});
  await db.sql`update licences set fields = fields || '{"name":"Theirs"}', hash = 'edited' where connection_id = ${scene.destination}`;
  expect((await scene.plan('subscriptions', ['S'])).items.S).toMatchObject({ outcome: 'held' });
  await db.sql`update integrations set options = options || '{"ownership":[{"field":"name","owner":"ours"}]}' where id = ${scene.integration}`;
  expect((await scene.plan('subscriptions', ['S'])).items.S).toMatchObject({ rule: 'edit_overwritten' });
});
