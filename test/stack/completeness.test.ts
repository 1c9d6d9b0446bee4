import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Design §3, "Complete", and invariants 4 and 8: what a listing must be to be believed, and what it costs. */
let stack: Stack;
beforeAll(async () => {
  // Pauses between tries are not what these tests are about.
  stack = await startStack({ patience: { retries: { pause: () => sleep(20) } } });
});
afterAll(() => stack?.close());

const finds = (scene: Scene) =>
  scene.source.simulator.requests.filter(({ path }) => path.endsWith('/licenses/v2/find')).length;

const reasonOf = async ({ collectionId }: { collectionId: string }) =>
  (await stack.sql`select completeness ->> 'reason' as reason from collections where id = ${collectionId}`)[0]
    ?.reason;

/** Three licences at Halo; then the first was cancelled, the second changed, and a fourth bought. */
async function changed(options: Parameters<typeof Scene.withClients>[1] = {}) {
  const scene = await Scene.withClients(stack, options);
  const refs: string[] = [];
  for (let i = 0; i < 3; i++) refs.push(await scene.licence({ seats: 1 }));
  await scene.run('subscriptions');
  await scene.arrow('cancelLicense', { ref: refs[0] });
  await scene.arrow('setSeats', { ref: refs[1], seats: 2 });
  refs.push(await scene.licence({ seats: 1 }));
  return { scene, refs };
}

describe('an incomplete listing still creates and updates, and takes nothing away', () => {
  test.each([
    ['the declared total is another', 'declaredTotalOffset', { licenses: 2 }, /declares 6 records, but 4/],
    [
      'records shift from page to page',
      'duplicateAcrossPages',
      {},
      /declares 4 records, but 3|returned twice/,
    ],
    ['a page comes twice', 'repeatPage', {}, /returned twice|declares/],
  ])('%s', async (_, knob, body, reason) => {
    const { scene, refs } = await changed({ arrow: { pageLimit: 2 } });
    const before = finds(scene);
    await scene.arrow(knob, body);
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({
      state: 'incomplete',
      counts: { deactivated: 0 },
      completeness: { complete: false },
    });
    expect(await reasonOf(run)).toMatch(reason);
    expect(run.counts.created + run.counts.updated).toBeGreaterThan(0);
    expect(scene.rowOf(refs[0]!).is_active).toBe(true);
    // It was listed once more before that counted.
    expect(finds(scene) - before).toBe(4);
    await scene.arrow(knob, { on: false });
    expect(await scene.run('subscriptions')).toMatchObject({
      state: 'completed',
      counts: { deactivated: 1 },
    });
  });

  test('nothing comes where rows were', async () => {
    const { scene, refs } = await changed();
    await scene.arrow('emptyListings', { kind: 'licenses' });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ state: 'incomplete', counts: { deactivated: 0 } });
    expect(await reasonOf(run)).toMatch(/empty/);
    await scene.earlier(61);
    await scene.run('subscriptions');
    for (const ref of refs.slice(0, 3)) expect(scene.rowOf(ref).is_active).toBe(true);
    await scene.arrow('emptyListings', { kind: 'customers' });
    expect(await scene.run('customers')).toMatchObject({ state: 'incomplete' });
  });

  test('a mismatch that is gone when listed again does not count', async () => {
    const { scene } = await changed({ arrow: { pageLimit: 2 } });
    scene.source.simulator.faults.add({
      path: '/licenses/v2/find',
      act: { do: 'patch', body: { pagination: { perPage: 2, currentPage: 1, totalPage: 2, total: 7 } } },
    });
    expect(await scene.run('subscriptions')).toMatchObject({
      state: 'completed',
      counts: { created: 1, updated: 1, deactivated: 1 },
      completeness: { complete: true, declared: 4, distinct: 4 },
    });
  });
});

describe('one bad record', () => {
  test('with an id counts as seen, is quarantined, and the rest continues', async () => {
    const { scene, refs } = await changed();
    await scene.arrow('breakLicense', { ref: refs[2], mode: 'unreadable' });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({
      state: 'completed_with_errors',
      counts: { created: 1, updated: 1, deactivated: 1, quarantined: 1 },
      completeness: { complete: true, unreadable: 1 },
    });
    expect(await scene.item(run.id, refs[2]!)).toMatchObject({ outcome: 'quarantined', rule: 'unreadable' });
    await scene.earlier(61);
    await scene.run('subscriptions');
    expect(scene.rowOf(refs[2]!).is_active).toBe(true);
  });

  test('without an id makes the listing incomplete, and endings elsewhere go on', async () => {
    const { scene, refs } = await changed();
    await scene.arrow('breakLicense', { ref: refs[2], mode: 'noid' });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({
      state: 'incomplete',
      counts: { created: 1, updated: 1, deactivated: 1, quarantined: 1 },
    });
    expect(scene.rowOf(refs[0]!).is_active).toBe(false);
    expect((await scene.finding('quarantined')).message).toContain('1 record in the distributor');
  });

  test('among customers is quarantined too', async () => {
    const scene = await Scene.open(stack);
    await scene.arrow('breakCustomer', { ref: scene.customers[1]!.ref, mode: 'noname' });
    expect(await scene.run('customers')).toMatchObject({
      state: 'completed_with_errors',
      counts: { created: 2, quarantined: 1 },
    });
  });
});

test('an envelope that cannot be read stops the import with a clear reason', async () => {
  const { scene } = await changed();
  const before = scene.dump();
  scene.source.simulator.faults.add({
    path: '/licenses/v2/find',
    times: -1,
    act: { do: 'respond', status: 200, body: { hello: 'there' } },
  });
  const run = await scene.run('subscriptions');
  expect(run).toMatchObject({ state: 'failed', problem: { type: 'upstream-failed' } });
  expect(run.problem.detail).toMatch(/form its API documents/);
  expect(scene.dump()).toEqual(before);
  scene.source.simulator.faults.clear();
  expect(await scene.run('subscriptions')).toMatchObject({ state: 'completed' });
});

test('a destination whose list does not add up is not written to', async () => {
  const { scene } = await changed();
  const before = scene.dump();
  scene.destination.simulator.faults.add({
    path: '/api/SoftwareLicence',
    method: 'GET',
    times: -1,
    act: { do: 'patch', body: { record_count: 99 } },
  });
  const run = await scene.run('subscriptions');
  expect(run).toMatchObject({ state: 'failed' });
  expect(run.problem.detail).toMatch(/is incomplete/);
  expect(scene.dump()).toEqual(before);
});

test('an unchanged distributor costs no write and rewrites no row', async () => {
  const scene = await Scene.open(stack, { arrow: { customers: 8, subscriptions: 60 } });
  await scene.run('customers');
  const first = await scene.run('subscriptions');
  const rows = async () => {
    const all = [];
    for (const table of ['customers', 'subscriptions', 'clients', 'licences', 'links'])
      all.push(
        await stack.sql.unsafe(
          `select id, xmin::text, valid_from from ${table} where connection_id in ('${scene.source.id}', '${scene.destination.id}') order by 1`,
        ),
      );
    return all;
  };
  const before = { rows: await rows(), writes: scene.writes, changes: scene.changes.length };
  const customers = await scene.run('customers');
  const subscriptions = await scene.run('subscriptions');
  expect({ rows: await rows(), writes: scene.writes, changes: scene.changes.length }).toEqual(before);
  const history =
    await stack.sql`select 1 from ledger_history where connection_id in (${scene.source.id}, ${scene.destination.id})`;
  expect(history).toHaveLength(0);
  const none = { created: 0, updated: 0, deactivated: 0, failed: 0, held: 0 };
  expect(customers).toMatchObject({
    state: 'completed',
    counts: { ...none, unchanged: scene.clients.length },
  });
  expect(subscriptions).toMatchObject({
    state: 'completed',
    counts: { ...none, unchanged: first.counts.created },
  });
});
