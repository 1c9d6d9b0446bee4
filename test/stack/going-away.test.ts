import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { allPermissions, drop, listOf } from '../../simulators/streamone-stellr/state.ts';
import { control } from '../support/control.ts';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Design §3, "Going away": what is deactivated, when, and that nothing ever is outside these rules. */
let stack: Stack;
let scene: Scene;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());
afterEach(() => {
  if (!scene) return;
  expect(scene.destination.simulator.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

/** An account whose licences (`seats` each, of the first customer) are at Halo. */
async function imported(
  count: number,
  { seats = 5, ...options }: { seats?: number; [key: string]: unknown } = {},
) {
  scene = await Scene.withClients(stack, options);
  const refs: string[] = [];
  for (let i = 0; i < count; i++) refs.push(await scene.licence({ seats }));
  expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: count } });
  return refs;
}
const stands = (ref: string) => scene.rowOf(ref).is_active;
const remove = (ref: string) => scene.arrow('removeLicense', { ref });

describe('ended by the distributor’s own word', () => {
  test('is deactivated with its status, and active again when it is alive again', async () => {
    const [ref] = await imported(2, { seats: 1 });
    await scene.arrow('cancelLicense', { ref });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ state: 'completed', counts: { deactivated: 1 } });
    expect(await scene.item(run.id, ref!)).toMatchObject({
      action: 'deactivate',
      rule: 'ended_at_distributor',
      before: { status: 'active', active: true },
      after: { status: 'cancelled', active: false },
      outcome: 'applied',
    });
    expect(scene.rowOf(ref!)).toMatchObject({
      status: 'Cancelled',
      is_active: false,
      deleted: false,
      count: 1,
    });
    const writes = scene.writes;
    await scene.run('subscriptions');
    expect(scene.writes).toBe(writes);

    await scene.arrow('setLicense', { ref, patch: { state: 'active' } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 1, created: 0 } });
    expect(scene.rowOf(ref!)).toMatchObject({ status: 'Active', is_active: true });
  });

  test('counts in a complete scope only', async () => {
    const [ref] = await imported(2, { seats: 1 });
    await scene.arrow('cancelLicense', { ref });
    await scene.arrow('declaredTotalOffset', { licenses: 1 });
    expect(await scene.run('subscriptions')).toMatchObject({
      state: 'incomplete',
      counts: { deactivated: 0 },
    });
    expect(stands(ref!)).toBe(true);
    await scene.arrow('declaredTotalOffset');
    // The chosen customer, listed whole, is such a scope.
    await scene.run('subscriptions', { customerIds: [scene.customers[0]!.ref] });
    expect(stands(ref!)).toBe(false);
  });
});

test('inactive at HaloPSA already, by hand: settled once, and in no guard', async () => {
  // More than may end at once.
  const refs = await imported(14, { seats: 1 });
  const byHand = refs.slice(0, 12);
  for (const ref of byHand) await scene.edit(ref, { is_active: false, status: 'Cancelled' });
  for (const ref of refs.slice(0, 13)) await scene.arrow('cancelLicense', { ref });
  const run = await scene.run('subscriptions');
  expect(run).toMatchObject({ state: 'completed', counts: { deactivated: 1, held: 0 } });
  expect(refs.filter(stands)).toEqual([refs[13]]);
  const rows = () =>
    stack.sql`select id, valid_from from licences where connection_id = ${scene.destination.id} order by id`;
  const [before, writes] = [await rows(), scene.writes];
  expect(await scene.run('subscriptions')).toMatchObject({
    counts: { created: 0, updated: 0, deactivated: 0, held: 0 },
  });
  expect([await rows(), scene.writes]).toEqual([before, writes]);
});

describe('absent', () => {
  test('once means nothing, nor twice within an hour; twice an hour apart is deactivated', async () => {
    const [gone] = await imported(3, { seats: 1 });
    await remove(gone!);
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0 } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0 } });
    await scene.earlier(55);
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0 } });
    expect(stands(gone!)).toBe(true);
    await scene.earlier(6);
    const run = await scene.run('subscriptions');
    expect(await scene.item(run.id, gone!)).toMatchObject({ rule: 'absent_twice', outcome: 'applied' });
    expect(scene.rowOf(gone!)).toMatchObject({ status: 'Cancelled', is_active: false, deleted: false });
  });

  test('and back between means nothing', async () => {
    const [ref] = await imported(3, { seats: 1 });
    await remove(ref!);
    await scene.run('subscriptions');
    await scene.earlier(61);
    await scene.licence({ ref, seats: 1 });
    await scene.run('subscriptions');
    await remove(ref!);
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0 } });
    expect(stands(ref!)).toBe(true);
  });

  test('from an incomplete listing means nothing', async () => {
    const [ref] = await imported(3, { seats: 1 });
    await remove(ref!);
    await scene.arrow('declaredTotalOffset', { licenses: 1 });
    await scene.run('subscriptions');
    await scene.earlier(61);
    await scene.run('subscriptions');
    await scene.arrow('declaredTotalOffset');
    // The first complete one.
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0 } });
    await scene.earlier(61);
    await scene.arrow('declaredTotalOffset', { licenses: 1 });
    expect(await scene.run('subscriptions')).toMatchObject({
      state: 'incomplete',
      counts: { deactivated: 0 },
    });
    expect(stands(ref!)).toBe(true);
  });

  test('from a listing of chosen customers means nothing', async () => {
    const [ref] = await imported(3, { seats: 1 });
    const customerIds = [scene.customers[0]!.ref];
    await remove(ref!);
    await scene.run('subscriptions', { customerIds });
    await scene.earlier(61);
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0 } });
    await scene.earlier(61);
    expect(await scene.run('subscriptions', { customerIds })).toMatchObject({ counts: { deactivated: 0 } });
    expect(stands(ref!)).toBe(true);
  });
});

/** A Stellr that lists customer by customer. */
async function listedByCustomer() {
  const permissions = allPermissions.filter((name) => name !== "List Reseller's Subscriptions");
  const stellr = await stack.connect('streamone-stellr', { customers: 3, subscriptions: 12, permissions });
  const halo = await stack.connect('halopsa', { clients: 'none' });
  const integration = await stack.integrate(stellr, halo, { createClients: true });
  await stack.importAndWait(integration, { kind: 'customers' });
  const run = () => stack.importAndWait(integration, { kind: 'subscriptions' });
  return { stellr, halo, integration, run };
}

test('moved to a customer whose own listing fails: held until that one is listed, and never ended', async () => {
  const { stellr, halo, integration, run } = await listedByCustomer();
  await run();
  const [moves] = await stack.sql<{ id: string; record: string; to: string }[]>`
    select b.external_id as id, b.record_id as record,
      (select m.customer_id from mappings m where m.integration_id = ${integration} and m.customer_id <> s.customer_id
        and m.client_id is not null limit 1) as "to"
    from baselines b join subscriptions s on s.connection_id = ${stellr.id} and s.id = b.external_id
    where b.integration_id = ${integration} and b.entity = 'licence' order by (b.sent ->> 'quantity')::numeric limit 1`;
  const { id, record, to } = moves!;
  const { state } = stellr.simulator;
  const row = state.subscriptionById.get(id)!;
  await control(stellr, 'failCustomer', { customerNo: to, mode: '403' });
  drop(listOf(state, row.customerNo), row);
  listOf(state, to).push(Object.assign(row, { customerNo: to }));
  await run();
  await stack.sql`update absences set since = since - interval '2 days' where connection_id = ${stellr.id}`;
  expect((await run()).counts).toMatchObject({ deactivated: 0, held: 1 });
  const unclear = async () =>
    (
      await stack.expect(
        200,
        'GET',
        `/v1/findings?integrationId=${integration}&kind=absence-unclear&state=open`,
      )
    ).items;
  expect(await unclear()).toMatchObject([{ subject: { externalId: id } }]);
  const licence = () => halo.simulator.state.licences.rows.get(Number(record))!;
  expect(licence().is_active).toBe(true);
  await control(stellr, 'failCustomer', { customerNo: to, mode: 'off' });
  expect((await run()).counts).toMatchObject({ deactivated: 0 });
  expect(await unclear()).toEqual([]);
  expect(licence().is_active).toBe(true);
});

test('a customer whose own listing failed is judged by none', async () => {
  const { stellr, integration, run } = await listedByCustomer();
  const first = await run();
  expect(first.counts.created).toBeGreaterThan(3);
  const baselines = await stack.sql<{ id: string; customerNo: string }[]>`
    select b.external_id as id, s.customer_id as "customerNo" from baselines b
    join subscriptions s on s.connection_id = ${stellr.id} and s.id = b.external_id
    where b.integration_id = ${integration} and b.entity = 'licence'
    order by (b.sent ->> 'quantity')::numeric limit 1`;
  const { id, customerNo } = baselines[0]!;
  await control(stellr, 'removeSubscription', { id });
  await run();
  await stack.sql`update absences set since = since - interval '2 hours' where connection_id = ${stellr.id}`;
  await control(stellr, 'failCustomer', { customerNo, mode: '403' });
  expect((await run()).counts).toMatchObject({ deactivated: 0, held: 0 });
  await control(stellr, 'failCustomer', { customerNo, mode: 'off' });
  const last = await run();
  expect(last.counts.deactivated + last.counts.held).toBe(1);
});

describe('too much at once', () => {
  test('of licences: one finding, all held; approved, the next import applies them', async () => {
    const refs = await imported(8, { seats: 0 });
    const gone = refs.slice(0, 4);
    for (const ref of gone) await scene.arrow('cancelLicense', { ref });
    await scene.arrow('setLicense', { ref: refs[7], patch: { auto_renew: false } });
    expect(await scene.run('subscriptions')).toMatchObject({
      state: 'completed',
      counts: { deactivated: 0, held: 4, updated: 1 },
    });
    expect(gone.every(stands)).toBe(true);
    const finding = await scene.finding('shrink');
    expect(finding).toMatchObject({
      actions: ['approve', 'reject'],
      subject: { deactivations: 4, active: 8 },
    });
    expect(finding.subject.externalIds.sort()).toEqual([...gone].sort());
    await scene.run('subscriptions');
    expect((await scene.finding('shrink')).id).toBe(finding.id);

    await scene.answer(finding, { action: 'approve' });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 4, held: 0 } });
    expect(gone.some(stands)).toBe(false);
    expect(await scene.findings('shrink')).toEqual([]);
  });

  test('three licences of few are not too many', async () => {
    const refs = await imported(4, { seats: 0 });
    for (const ref of refs.slice(0, 3)) await scene.arrow('cancelLicense', { ref });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 3, held: 0 } });
  });

  test('of quantity: held; if rejected, it is kept while the rest is written', async () => {
    const [ref, other] = await imported(3, { seats: 20 });
    await scene.arrow('setLicense', { ref, patch: { seat: 10 } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 0, held: 1 } });
    expect(scene.rowOf(ref!)).toMatchObject({ count: 20 });
    const finding = await scene.finding('shrink');
    expect(finding.subject).toMatchObject({ externalIds: [ref], quantityFall: '10' });
    await scene.answer(finding, { action: 'reject' });
    await scene.arrow('setLicense', { ref, patch: { auto_renew: false } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 1, held: 0 } });
    expect(scene.rowOf(ref!)).toMatchObject({ count: 20, autorenew: false });
    expect(await scene.findings('shrink')).toEqual([]);
    // A fall within the limit, and a rise, are written.
    await scene.arrow('setSeats', { ref: other, seats: 15 });
    await scene.arrow('setSeats', { ref, seats: 21 });
    await scene.run('subscriptions');
    expect([scene.rowOf(ref!).count, scene.rowOf(other!).count]).toEqual([21, 15]);
    // The rejection was for that fall, not for ever.
    await scene.arrow('setSeats', { ref, seats: 17 });
    await scene.run('subscriptions');
    await scene.run('subscriptions');
    expect(scene.rowOf(ref!).count).toBe(17);
  });

  test('rejected licences are kept until they are alive again', async () => {
    const refs = await imported(5, { seats: 0 });
    const gone = refs.slice(0, 4);
    for (const ref of gone) await scene.arrow('cancelLicense', { ref });
    await scene.run('subscriptions');
    await scene.answer(await scene.finding('shrink'), { action: 'reject' });
    expect(await scene.run('subscriptions')).toMatchObject({
      counts: { deactivated: 0, held: 0, skipped: 4 },
    });
    expect(await scene.findings('shrink')).toEqual([]);
    expect(gone.every(stands)).toBe(true);
    await scene.arrow('setLicense', { ref: gone[0], patch: { state: 'active' } });
    await scene.run('subscriptions');
    await scene.arrow('cancelLicense', { ref: gone[0] });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 1, skipped: 3 } });
    expect(stands(gone[0]!)).toBe(false);
  });

  test('an approval is spent by the next import, whatever became of it', async () => {
    const refs = await imported(6, { seats: 0 });
    const four = refs.slice(0, 4);
    for (const ref of four) await scene.arrow('cancelLicense', { ref });
    await scene.run('subscriptions');
    await scene.answer(await scene.finding('shrink'), { action: 'approve' });
    for (const ref of four) await scene.arrow('setLicense', { ref, patch: { state: 'active' } });
    await scene.run('subscriptions');
    for (const ref of four) await scene.arrow('cancelLicense', { ref });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 0, held: 4 } });
  });

  test('the limit is the integration’s own', async () => {
    const refs = await imported(10, { seats: 0, options: { shrinkLimitPercent: 50 } });
    for (const ref of refs.slice(0, 5)) await scene.arrow('cancelLicense', { ref });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 5, held: 0 } });
  });
});
