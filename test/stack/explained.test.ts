import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNoPersonalData, expectNoSecret } from '../support/capture.ts';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Invariant 7: every outside write has its import, item, rule, before and after. Invariant 3: and tells no secret. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

/** One row a write and item, oldest first. */
const explained = ({ integration }: Scene) => stack.sql`
  select w.entity, w.action, w.state, i.rule, i.external_id as id, i.record_id as record, i.before, i.after, i.outcome
  from writes w join imports m on m.id = w.import_id
    cross join jsonb_array_elements_text(w.item_ids) e(id) left join items i on i.id = e.id::uuid
  where m.integration_id = ${integration} order by w.begun_at, i.seq`;

test('every write is explained, including resolved duplicates', async () => {
  const scene = await Scene.withClients(stack, { options: { updateMainSiteAddress: true } });
  const refs: string[] = [];
  for (let i = 0; i < 4; i++) refs.push(await scene.licence({ seats: 1 }));
  await scene.run('subscriptions');
  await scene.arrow('setCustomer', { ref: scene.customers[0]!.ref, patch: { AddressLine1: '9 New Street' } });
  await scene.run('customers');
  await scene.arrow('setSeats', { ref: refs[0], seats: 2 });
  await scene.arrow('cancelLicense', { ref: refs[1] });
  await scene.run('subscriptions');

  // Somebody copies a licence with its link.
  const copy = scene.rowOf(refs[2]!);
  const { id: younger } = await scene.halo('addLicence', {
    name: copy.name,
    client_id: copy.client_id,
    distributor: 'ArrowSphere',
    new_external_link: {
      third_party_id: refs[2],
      third_party_type: scene.links.find((link) => link.third_party_id === refs[2])!.third_party_type,
    },
  });
  const fold = await scene.run('subscriptions');
  expect(fold).toMatchObject({ state: 'completed', counts: { deactivated: 1, failed: 0 } });
  expect(scene.rowsOf(refs[2]!).map(({ id, is_active }) => [id, is_active])).toEqual([
    [copy.id, true],
    [younger, false],
  ]);
  expect((await scene.finding('doubles')).message).toContain(`${younger}`);

  const rows = await explained(scene);
  expect(rows.every(({ state, outcome }) => state === 'confirmed' && outcome === 'applied')).toBe(true);
  expect(rows.every(({ rule, record, after }) => rule && record && Object.keys(after).length > 0)).toBe(true);
  const changed = rows.filter(({ action }) => action !== 'create');
  expect(
    changed.map(({ entity, action, rule, before, after }) => [entity, action, rule, before, after]),
  ).toEqual([
    ['site', 'update', 'address_changed', expect.anything(), expect.anything()],
    ['licence', 'update', 'changed_at_distributor', { quantity: '1' }, { quantity: '2' }],
    [
      'licence',
      'deactivate',
      'ended_at_distributor',
      { active: true, status: 'active' },
      { active: false, status: 'cancelled' },
    ],
    ['licence', 'deactivate', 'double', { active: true }, { active: false, status: 'cancelled' }],
  ]);
  // As many as Halo saw: creates of clients one by one, licences in batches.
  expect(rows).toHaveLength(scene.writes);

  const names = scene.customers.map(({ company }) => company.name);
  const people = scene.customers.map(({ company }) => company.contact.email);
  await expectNoPersonalData(stack, [...names, ...people, '9 New Street']);
  await expectNoSecret(stack, [
    ...Object.values(scene.source.credentials),
    scene.destination.credentials.clientSecret!,
  ]);
});
