import { beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { PlanScene } from '../../support/plan-scene.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

/** Twelve licences of ten seats; the current seats of each are given by index. */
async function changed(now: (i: number) => number) {
  const scene = await PlanScene.open(db);
  await scene.customer('C1');
  const ids = Array.from({ length: 12 }, (_, i) => `S${i}`);
  for (const id of ids) await scene.ours(id, { quantity: '10' });
  for (const [i, id] of ids.entries())
    await db.sql`update subscriptions set quantity = ${now(i)} where connection_id = ${scene.source} and id = ${id}`;
  return await scene.plan('subscriptions', ids);
}
const held = (items: Record<string, { outcome: string }>) =>
  Object.values(items).filter(({ outcome }) => outcome === 'held').length;

test('a rise elsewhere excuses no fall', async () => {
  const { items, findings } = await changed((i) => (i === 0 ? 500 : 5));
  expect(held(items)).toBe(11);
  expect(items.S0).toMatchObject({ outcome: 'planned', after: { quantity: '500' } });
  expect(findings).toMatchObject([
    {
      kind: 'shrink',
      subject: {
        deactivations: 0,
        active: 12,
        quantityFall: '55',
        money: [{ amount: '110', currency: 'EUR', cycle: 'monthly' }],
      },
    },
  ]);
  expect(findings[0].message).toContain('“Customer C1” (customer C1)');
});

test('falls within the limit are written', async () => {
  const { items, findings } = await changed((i) => (i === 0 ? 1 : 10));
  expect(items).toMatchObject({ S0: { outcome: 'planned' } });
  expect(findings).toEqual([]);
});
