import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectClientsTrue, expectLicencesTrue, importSetting } from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What Halo answers to several records is not public: whatever the form, every record is known by its right id. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 5_000, droppedMs: 300, timeoutMs: 1_500 } });
});
afterAll(() => stack?.close());

describe.each(['object-or-array', 'always-array', 'envelope', 'first-only', 'shuffled'])('%s', (shape) => {
  test('creates and updates', async () => {
    const setting = await importSetting(stack, { halo: { replyShape: shape as never } });
    expect(await setting.customers()).toMatchObject({ state: 'completed' });
    await expectClientsTrue(setting);
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
    await expectLicencesTrue(setting);
    for (const licence of setting.source.simulator.state.licences) licence.seats += 1;
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
    await expectLicencesTrue(setting);
    const writes = setting.halo.writes;
    const again = await setting.subscriptions();
    expect(again).toMatchObject({ counts: { created: 0, updated: 0, held: 0 } });
    expect(setting.halo.writes).toBe(writes);
    const [open] = await stack.sql`select count(*)::int as n from baselines
      where integration_id = ${setting.integration} and entity = 'licence' and returned is null`;
    expect(open!.n).toBe(0);
  });
});

test('two subscriptions of one product and customer, answered in another order, are not confused', async () => {
  const setting = await importSetting(stack, { arrow: { customers: 1, subscriptions: 6 } });
  setting.option('replyShape', 'shuffled');
  const { licences } = setting.source.simulator.state;
  for (const [i, licence] of licences.entries()) {
    Object.assign(licence, { product: licences[0]!.product, seats: 10 + i, state: 'active', trial: false });
  }
  await setting.customers();
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 6 } });
  await expectLicencesTrue(setting);
});

test('an answer that names other records is not believed', async () => {
  const setting = await importSetting(stack);
  await setting.customers();
  const { faults } = setting.destination.simulator;
  const rows = [{ id: 1, client_id: 99, name: 'Somebody else' }];
  faults.add({
    method: 'POST',
    path: '/api/SoftwareLicence',
    times: 2,
    act: { do: 'patch', body: { id: 4711, name: 'Somebody else', licences: rows } },
  });
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  await expectLicencesTrue(setting);
});

describe.each(['all-or-nothing', 'keep-good'] as const)('a batch with one bad record, %s', (partialBatch) => {
  test('fails it with its message and applies the rest once', async () => {
    const setting = await importSetting(stack, { halo: { partialBatch } });
    await setting.customers();
    const { licences } = setting.source.simulator.state;
    const bad = licences.filter(({ state }) => state === 'active')[5]!;
    // More than an INT column holds, and a quantity all the same.
    bad.seats = 3_000_000_000;
    const ended = await setting.subscriptions();
    expect(ended).toMatchObject({ state: 'completed_with_errors', counts: { failed: 1 } });
    const { items } = await stack.expect(200, 'GET', `/v1/imports/${ended.id}/items?outcome=failed`);
    expect(items).toMatchObject([{ externalId: `XSP${bad.id}` }]);
    expect(items[0].message).toMatch(/is too large/);
    bad.seats = 5;
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 1 } });
    await expectLicencesTrue(setting);
  });
});
