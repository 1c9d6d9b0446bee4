import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Design §3, "Preview": what would happen, without any of it; then exactly that, or nothing. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

/** One licence to create, one to update, one to deactivate, one as it is. */
async function pending() {
  const scene = await Scene.withClients(stack);
  const refs: string[] = [];
  for (let i = 0; i < 3; i++) refs.push(await scene.licence({ seats: 1 }));
  await scene.run('subscriptions');
  await scene.arrow('setSeats', { ref: refs[1], seats: 2 });
  await scene.arrow('cancelLicense', { ref: refs[2] });
  refs.push(await scene.licence({ seats: 1 }));
  return { scene, refs };
}
const memory = async ({ integration }: Scene) => [
  await stack.sql`select * from mappings where integration_id = ${integration} order by customer_id`,
  await stack.sql`select * from baselines where integration_id = ${integration} order by entity, external_id`,
  await stack.sql`select id, state from findings where integration_id = ${integration} order by id`,
  await stack.sql`select * from decisions where integration_id = ${integration}`,
];

test('a preview writes nothing anywhere and counts what would happen', async () => {
  const { scene, refs } = await pending();
  await scene.arrow('setLicense', { ref: refs[0], patch: { message: 'changes nothing we write' } });
  const before = [scene.dump(), await memory(scene)];
  const preview = await scene.run('subscriptions', { mode: 'preview' });
  const counts = { created: 1, updated: 1, deactivated: 1, unchanged: 1, held: 0, failed: 0 };
  expect(preview).toMatchObject({ state: 'completed', mode: 'preview', counts });
  expect([scene.dump(), await memory(scene)]).toEqual(before);
  const applied = await scene.apply(preview.id);
  expect(applied).toMatchObject({ state: 'completed', counts: { ...counts, unchanged: expect.any(Number) } });

  const customers = await Scene.open(stack);
  const untouched = [customers.dump(), await memory(customers)];
  expect(await customers.run('customers', { mode: 'preview' })).toMatchObject({
    state: 'completed',
    counts: { created: 3 },
  });
  expect([customers.dump(), await memory(customers)]).toEqual(untouched);
});

test('applying writes all of it, and asks the distributor nothing', async () => {
  const { scene, refs } = await pending();
  const preview = await scene.run('subscriptions', { mode: 'preview' });
  const asked = scene.source.simulator.requests.length;
  const run = await scene.apply(preview.id);
  expect(run).toMatchObject({
    previewId: preview.id,
    counts: { created: 1, updated: 1, deactivated: 1, skipped: 0 },
  });
  expect(scene.source.simulator.requests.length).toBe(asked);
  expect(scene.rowOf(refs[1]!).count).toBe(2);
  expect(scene.rowOf(refs[2]!).is_active).toBe(false);
  expect(scene.rowsOf(refs[3]!)).toHaveLength(1);
});

test('applying chosen items writes those alone', async () => {
  const { scene, refs } = await pending();
  const preview = await scene.run('subscriptions', { mode: 'preview' });
  const chosen = await scene.item(preview.id, refs[1]!);
  const run = await scene.apply(preview.id, [chosen.id]);
  expect(run).toMatchObject({ counts: { created: 0, updated: 1, deactivated: 0, skipped: 0 } });
  expect(scene.rowOf(refs[1]!).count).toBe(2);
  expect(scene.rowOf(refs[2]!).is_active).toBe(true);
  expect(scene.rowsOf(refs[3]!)).toEqual([]);
});

test('what changed at Halo or in the ledger since ends stale', async () => {
  const { scene, refs } = await pending();
  const preview = await scene.run('subscriptions', { mode: 'preview' });
  // The first is edited at Halo, the second's change is made there by hand, the third is cancelled there.
  await scene.edit(refs[1]!, { count: 7 });
  await scene.edit(refs[2]!, { status: 'Cancelled', is_active: false });
  await scene.arrow('setSeats', { ref: refs[3], seats: 9 });
  await stack.expect(202, 'POST', `/v1/connections/${scene.source.id}/collections`, {
    kind: 'subscriptions',
  });
  await expect
    .poll(
      async () =>
        (
          await stack.sql`select quantity from subscriptions where id = ${refs[3]!} and connection_id = ${scene.source.id}`
        )[0]?.quantity,
    )
    .toBe('9.0000');
  const writes = scene.writes;
  const run = await scene.apply(preview.id);
  expect(run).toMatchObject({
    state: 'completed',
    counts: { created: 0, updated: 0, deactivated: 0, skipped: 3 },
  });
  expect((await scene.items(run.id)).map(({ outcome }) => outcome)).toEqual(['stale', 'stale', 'stale']);
  expect(scene.writes).toBe(writes);
});

test('expires after 24 hours, and when a later import wrote', async () => {
  const { scene } = await pending();
  const old = await scene.run('subscriptions', { mode: 'preview' });
  await stack.sql`update imports set finished_at = finished_at - interval '25 hours' where id = ${old.id}`;
  const expired = { type: expect.stringMatching(/preview-expired$/) };
  expect(await stack.expect(409, 'POST', `/v1/imports/${old.id}/apply`, {})).toMatchObject(expired);
  const preview = await scene.run('subscriptions', { mode: 'preview' });
  const { id } = await scene.run('subscriptions');
  expect(await stack.expect(409, 'POST', `/v1/imports/${preview.id}/apply`, {})).toMatchObject({
    ...expired,
    importId: id,
  });
});
