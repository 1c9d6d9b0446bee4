import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importElsewhere } from '../support/import-setting.ts';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Design §3, "One at a time", and cancelling: who joins, who waits, who is refused, and what a stop leaves behind. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const importsOf = async ({ integration }: Scene) =>
  (await stack.expect(200, 'GET', `/v1/imports?integrationId=${integration}`)).items;
const cancel = async (id: string) => {
  await stack.expect(202, 'POST', `/v1/imports/${id}/cancel`, undefined);
  return await stack.importEnds(id, 30_000);
};
const finds = (scene: Scene) =>
  scene.source.simulator.requests.filter(({ path }) => path.endsWith('/licenses/v2/find')).length;
/** Answers of the distributor's licence listing take this long. */
const slowListing = (scene: Scene, ms: number, times = 1) =>
  scene.source.simulator.faults.add({ path: '/licenses/v2/find', times, act: { do: 'delay', ms } });
const sync = async (scene: Scene) => {
  const path = `/v1/integrations/${scene.integration}/schedule`;
  await stack.expect(200, 'PUT', path, { every: 'P7D' });
  await stack.expect(202, 'POST', `${path}/trigger`, undefined);
};
const syncEnded = (scene: Scene) =>
  waitFor(async () => {
    for await (const { searchAttributes, status } of stack.temporal.workflow.list({
      query: `WorkflowType = 'syncIntegration'`,
    }))
      if (JSON.stringify(searchAttributes).includes(scene.integration)) return status.name !== 'RUNNING';
    return false;
  }, 'the sync to end');

test('a request joins a running import that does what it asks, and is refused else', async () => {
  const scene = await Scene.withClients(stack);
  const [one, two] = scene.customers.map(({ ref }) => ref) as [string, string];
  slowListing(scene, 4_000);
  const running = await scene.begin('subscriptions', { customerIds: [one, two] });
  expect(running.joined).toBeUndefined();
  const path = `/v1/integrations/${scene.integration}/imports`;
  expect(await scene.begin('subscriptions', { customerIds: [two] })).toMatchObject({
    id: running.id,
    joined: true,
  });
  for (const other of [
    {},
    { customerIds: [one, scene.customers[2]!.ref] },
    { mode: 'preview', customerIds: [one] },
  ]) {
    const refused = await stack.expect(409, 'POST', path, { kind: 'subscriptions', mode: 'apply', ...other });
    expect(refused).toMatchObject({ type: expect.stringMatching(/import-running$/), importId: running.id });
  }
  // The other kind is not in its way.
  expect(await scene.run('customers')).toMatchObject({ state: 'completed' });
  expect(await stack.importEnds(running.id)).toMatchObject({ state: 'completed' });
});

test('a scheduled sync waits for a running import, then runs its own for all customers', async () => {
  const scene = await Scene.withClients(stack);
  await scene.licence();
  const [one] = scene.customers.map(({ ref }) => ref);
  slowListing(scene, 4_000);
  const byHand = await scene.begin('subscriptions', { customerIds: [one] });
  await sync(scene);
  await syncEnded(scene);
  const scheduled = (await importsOf(scene)).filter(
    ({ trigger }: { trigger: string }) => trigger === 'schedule',
  );
  expect(scheduled.map(({ kind, state }: { kind: string; state: string }) => [kind, state])).toEqual([
    ['subscriptions', 'completed'],
    ['customers', 'completed'],
  ]);
  const ended = await stack.expect(200, 'GET', `/v1/imports/${byHand.id}`);
  expect(Date.parse(scheduled[0].startedAt)).toBeGreaterThanOrEqual(Date.parse(ended.finishedAt));
});

test.each(['failed', 'cancelled'])('a sync whose customers %s imports no subscriptions', async (how) => {
  const scene = await Scene.withClients(stack);
  if (how === 'failed') await scene.arrow('setApiKey', { apiKey: 'another' });
  else scene.source.simulator.faults.add({ path: '/api/customers', act: { do: 'delay', ms: 4_000 } });
  await sync(scene);
  if (how === 'cancelled') {
    const running = await waitFor(
      async () => (await importsOf(scene)).find(({ trigger }: { trigger: string }) => trigger === 'schedule'),
      'the scheduled import',
    );
    await cancel(running.id);
  }
  await syncEnded(scene);
  const scheduled = (await importsOf(scene)).filter(
    ({ trigger }: { trigger: string }) => trigger === 'schedule',
  );
  expect(scheduled.map(({ kind, state }: { kind: string; state: string }) => [kind, state])).toEqual([
    ['customers', how],
  ]);
});

test('two integrations of one distributor share a running listing', async () => {
  const scene = await Scene.withClients(stack);
  await scene.licence();
  const destination = await stack.connect('halopsa', { clients: 'none' });
  const other = await stack.integrate(scene.source, destination, { createClients: true });
  await stack.importAndWait(other, { kind: 'customers' });
  slowListing(scene, 3_000);
  const before = finds(scene);
  const [one, two] = await Promise.all([
    scene.run('subscriptions'),
    stack.importAndWait(other, { kind: 'subscriptions' }),
  ]);
  expect(finds(scene) - before).toBe(1);
  expect(one.collectionId).toBe(two.collectionId);
  expect([one, two]).toMatchObject([{ counts: { created: 1 } }, { counts: { created: 1 } }]);
});

describe('a cancelled import', () => {
  test('stops listing when nobody waits, and the next import works', async () => {
    const scene = await Scene.withClients(stack, { arrow: { pageLimit: 2 } });
    for (let i = 0; i < 40; i++) await scene.licence({ seats: 1 });
    slowListing(scene, 2_000, -1);
    const { id } = await scene.begin('subscriptions');
    await waitFor(() => finds(scene) > 2, 'the listing to begin');
    const began = performance.now();
    expect(await cancel(id)).toMatchObject({ state: 'cancelled', counts: { created: 0 } });
    expect(performance.now() - began).toBeLessThan(5_000);
    const state = async () =>
      (
        await stack.sql`select state from collections where connection_id = ${scene.source.id} and kind = 'subscriptions'`
      )[0]?.state;
    await expect.poll(state, { timeout: 20_000 }).toBe('cancelled');
    const asked = finds(scene);
    await importElsewhere(stack);
    expect(finds(scene)).toBe(asked);
    scene.source.simulator.faults.clear();
    expect(await scene.run('subscriptions')).toMatchObject({ state: 'completed', counts: { created: 40 } });
  });

  test('lists what it wrote, writes no more, and the next one does the rest', async () => {
    const scene = await Scene.withClients(stack);
    await stack.expect(200, 'PATCH', `/v1/connections/${scene.destination.id}`, {
      settings: { batchSize: 2 },
    });
    const refs: string[] = [];
    for (let i = 0; i < 40; i++) refs.push(await scene.licence({ seats: 1 }));
    scene.destination.simulator.faults.add({
      method: 'POST',
      path: '/api/SoftwareLicence',
      times: -1,
      act: { do: 'delay', ms: 400 },
    });
    const { id } = await scene.begin('subscriptions');
    await waitFor(() => scene.licences.length >= 5, 'some licences');
    const run = await cancel(id);
    expect(run).toMatchObject({ state: 'cancelled', problem: null });
    const written = scene.licences.length;
    expect(written).toBeLessThan(40);
    await importElsewhere(stack);
    expect(scene.licences.length).toBe(written);
    const applied = (await scene.items(id)).filter(({ outcome }) => outcome === 'applied');
    scene.destination.simulator.faults.clear();
    const next = await scene.run('subscriptions');
    expect(next).toMatchObject({ state: 'completed', counts: { failed: 0 } });
    expect(applied.length + next.counts.created + next.counts.updated).toBeGreaterThanOrEqual(40);
    expect(scene.licences).toHaveLength(40);
    for (const ref of refs) expect(scene.rowsOf(ref)).toHaveLength(1);
  });
});
