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
  // Switching shows what would be written, and may rely on a preview that was looked at.
  const path = `/v1/integrations/${scene.integration}`;
  const plan = [{ kind: 'subscriptions', importId: preview.id, mode: 'preview', created: 1, updated: 1 }];
  expect(await stack.expect(200, 'GET', path)).toMatchObject({ wouldWrite: plan });
  const applied = (previewId: string) => stack.api('PATCH', path, { options: { mode: 'apply' }, previewId });
  expect((await applied(scene.integration)).body.type).toContain('invalid-request');
  await stack.sql`update imports set finished_at = now() - interval '25 hours' where id = ${observed.id}`;
  expect((await applied(observed.id)).body.type).toContain('preview-expired');
  expect((await applied(preview.id)).body).toMatchObject({ options: { mode: 'apply' }, wouldWrite: plan });
  expect(await stack.expect(200, 'GET', path)).not.toHaveProperty('wouldWrite');
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

test('a customer is observed while the others are written, until a look at its preview', async () => {
  const scene = await Scene.withClients(stack);
  const [first, second] = scene.customers.slice(0, 2).map(({ ref }) => ({ ref })) as [
    { ref: string },
    { ref: string },
  ];
  const mode = (customer: string, mode: string) =>
    stack.expect(200, 'PUT', `/v1/integrations/${scene.integration}/mappings/${customer}/mode`, { mode });
  const watched = await scene.licence({ customer: first.ref, seats: 5 });
  const written = await scene.licence({ customer: second.ref, seats: 3 });
  expect(await mode(first.ref, 'observe')).toMatchObject({ customerId: first.ref, mode: 'observe' });
  const run = await scene.run('subscriptions');
  expect(await scene.item(run.id, watched)).toMatchObject({
    outcome: 'skipped',
    rule: 'new_subscription',
    message: expect.stringContaining('only observed'),
  });
  expect(scene.rowsOf(watched)).toEqual([]);
  expect(scene.rowOf(written).count).toBe(3);

  // The preview shows what would be written; applied, it is not, while the customer is observed.
  const preview = await scene.run('subscriptions', { mode: 'preview', customerIds: [first.ref] });
  expect(preview).toMatchObject({ counts: { created: 1 } });
  const writes = scene.writes;
  expect(await scene.apply(preview.id)).toMatchObject({ counts: { created: 0, skipped: 1 } });
  expect(scene.writes).toBe(writes);

  expect(await mode(first.ref, 'apply')).toMatchObject({ mode: 'apply' });
  await scene.run('subscriptions');
  expect(scene.rowOf(watched).count).toBe(5);
  const { items } = await stack.expect(
    200,
    'GET',
    `/v1/audit?action=customer.mode&integrationId=${scene.integration}`,
  );
  expect(items.map((entry: { after: object }) => entry.after)).toEqual([
    { mode: 'apply' },
    { mode: 'observe' },
  ]);
});

test('a licence that stood there before is confirmed by a person, then linked and kept, never doubled', async () => {
  const scene = await Scene.withClients(stack);
  const client = scene.clientOf(scene.customers[0]!.ref);
  const product = { sku: 'SKU-1', priceband_vendor_sku: 'VENDOR-1', term: 8640 };
  const ref = await scene.licence({ seats: 6, patch: product });
  // As Halo's own integrator made it, under a name of its own.
  const { id } = await scene.halo('addLicence', {
    name: 'Business Premium (Halo)', client_id: client.id, count: 4, product_sku: 'SKU-1', vendor_product_sku: 'VENDOR-1',
    term_duration: 'P1Y', distributor: 'ArrowSphere',
  }); // biome-ignore format: a row
  const held = await scene.run('subscriptions');
  expect(await scene.item(held.id, ref)).toMatchObject({ outcome: 'held', rule: 'licence_offered' });
  expect(scene.licences).toHaveLength(1);
  const finding = await scene.finding('licence-offered');
  expect(finding).toMatchObject({
    actions: ['approve', 'create', 'dismiss'],
    subject: { licenceId: String(id) },
  });

  await scene.answer(finding, { action: 'approve' });
  const adopted = await scene.run('subscriptions');
  expect(await scene.item(adopted.id, ref)).toMatchObject({
    outcome: 'applied',
    rule: 'adopted_by_decision',
  });
  expect(scene.licences).toHaveLength(1);
  // Ours is written, theirs is kept, and the id is there for whoever comes next.
  expect(scene.rowOf(ref)).toMatchObject({ id: Number(id), count: 6, name: 'Business Premium (Halo)' });
  expect(await scene.findings('licence-offered')).toEqual([]);
  // What the distributor says beside it is filled in once; then both sides are in step.
  expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0 } });
  expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0, updated: 0 } });
  expect(scene.rowOf(ref)).toMatchObject({ id: Number(id), name: 'Business Premium (Halo)' });
  expect(scene.licences).toHaveLength(1);
});
