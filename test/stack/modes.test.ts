import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** An integration that observes reports everything and writes nothing; one that is paused runs previews only. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const set = (scene: Scene, mode: string) =>
  stack.expect(200, 'PATCH', `/v1/integrations/${scene.integration}`, { options: { mode } });

test('observing plans, reports and opens findings without one write, then applies as it said', async () => {
  const scene = await Scene.withClients(stack);
  const kept = await scene.licence({ seats: 5 });
  await scene.run('subscriptions');
  await set(scene, 'observe');
  const writes = scene.writes;
  const asked = scene.changes.length;
  await scene.arrow('setSeats', { ref: kept, seats: 9 });
  await scene.licence({ seats: 3 });
  const observed = await scene.run('subscriptions');
  expect(observed).toMatchObject({ mode: 'observe', state: 'completed', counts: { created: 1, updated: 1 } });
  expect((await scene.items(observed.id)).every(({ outcome }) => outcome === 'planned')).toBe(true);
  expect(scene.writes).toBe(writes);
  expect(scene.changes).toHaveLength(asked);

  const preview = await scene.run('subscriptions', { mode: 'preview' });
  expect((await stack.api('POST', `/v1/imports/${preview.id}/apply`, {})).body.detail).toContain(
    'only observes',
  );
  await set(scene, 'apply');
  expect(await scene.run('subscriptions')).toMatchObject({
    mode: 'apply',
    counts: { created: 1, updated: 1 },
  });
  expect(scene.rowOf(kept).count).toBe(9);
});

test('paused, nothing runs but a preview', async () => {
  const scene = await Scene.withClients(stack);
  await set(scene, 'paused');
  const path = `/v1/integrations/${scene.integration}/imports`;
  expect(await stack.expect(409, 'POST', path, { kind: 'customers', mode: 'apply' })).toMatchObject({
    type: expect.stringContaining('not-applicable'),
    detail: expect.stringContaining('is paused'),
  });
  expect(await scene.run('customers', { mode: 'preview' })).toMatchObject({ state: 'completed' });
});

test('an import that runs while its integration starts to observe writes no more', async () => {
  const scene = await Scene.withClients(stack);
  for (let i = 0; i < 3; i++) await scene.licence({ seats: i + 1 });
  const preview = await scene.run('subscriptions', { mode: 'preview' });
  await stack.sql`update integrations set options = options || '{"mode": "observe"}' where id = ${scene.integration}`;
  // As an import that was opened a moment before.
  const [{ id }] = (await stack.sql`select id from imports where id = ${preview.id}`) as [{ id: string }];
  await stack.sql`update imports set state = 'running', mode = 'apply' where id = ${id}`;
  const { intend, nextBatch } = await import('../../db/imports/writes.ts');
  const batch = await nextBatch(stack.sql, id, 10);
  expect(batch.length).toBeGreaterThan(0);
  await expect(intend(stack.sql, id, 'licence', batch)).rejects.toThrow(
    /set to observe, so nothing more is written/,
  );
  await stack.sql`update imports set state = 'completed' where id = ${id}`;
});
