import { afterAll, beforeAll, expect, test } from 'vitest';
import { importInputOf, openImport } from '../../db/imports/imports.ts';
import { bySystem } from '../../domain/actor.ts';
import { collectWorkflowId, importWorkflowId, taskQueue } from '../../temporal/ids.ts';
import { startImport } from '../../temporal/start.ts';
import {
  atHalo,
  expectClientsTrue,
  expectLicencesTrue,
  type ImportSetting,
  importElsewhere,
  importSetting,
} from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Imports that are stopped, forgotten or left behind: what they began is settled, and the next one is right. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 4_000, droppedMs: 300, timeoutMs: 1_500 } });
});
afterAll(() => stack?.close());

const toLicences = { method: 'POST', path: '/api/SoftwareLicence' };
const small = { settings: { batchSize: 5 } };

async function mapped(): Promise<ImportSetting> {
  const setting = await importSetting(stack, small);
  expect(await setting.customers()).toMatchObject({ state: 'completed' });
  return setting;
}
const rows = (setting: ImportSetting) => setting.halo.licences.rows.size;
const housekeeping = () =>
  stack.temporal.workflow.execute('housekeeping', { taskQueue, workflowId: `house/${Date.now()}`, args: [] });
const workflowOf = (setting: ImportSetting, id: string) =>
  stack.temporal.workflow.getHandle(importWorkflowId('subscriptions', setting.integration, id));

test('a cancelled import writes nothing once it has ended, and lets a write under way finish', async () => {
  const setting = await mapped();
  setting.destination.simulator.faults.add({ ...toLicences, times: -1, act: { do: 'delay', ms: 1_000 } });
  const id = await setting.begin('subscriptions');
  await waitFor(() => rows(setting) >= 1, 'the first licence', { everyMs: 20 });
  await stack.expect(202, 'POST', `/v1/imports/${id}/cancel`);
  const ended = await stack.importEnds(id, 30_000);
  expect(ended.state).toBe('cancelled');
  const written = rows(setting);
  await importElsewhere(stack);
  expect(rows(setting)).toBe(written);
  expect(ended.counts.created).toBe(written);
  setting.destination.simulator.faults.clear();
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  await expectLicencesTrue(setting);
});

test('cancelled while an answer is lost, where no link stays: the next import finds what was made', async () => {
  const setting = await importSetting(stack, small);
  setting.option('links', 'drop');
  await setting.customers();
  setting.destination.simulator.faults.add({ ...toLicences, after: 1, act: { do: 'hang', handled: true } });
  const id = await setting.begin('subscriptions');
  await waitFor(() => rows(setting) > 1, 'a batch', { everyMs: 20 });
  await workflowOf(setting, id).terminate('stopped by a person');
  await housekeeping();
  await stack.sql`update imports set started_at = started_at - interval '1 minute' where id = ${id}`;
  await housekeeping();
  expect(await stack.importEnds(id, 10_000)).toMatchObject({
    state: 'failed',
    problem: {
      title: 'The workflow of the import ended early',
      detail: expect.stringMatching(/start the import again/),
    },
  });
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  await expectLicencesTrue(setting);
});

test('a terminated import whose request is still under way does not double what the next one makes', async () => {
  const setting = await mapped();
  setting.destination.simulator.faults.add({ ...toLicences, after: 1, act: { do: 'delay', ms: 3_500 } });
  const id = await setting.begin('subscriptions');
  await waitFor(() => setting.posts('SoftwareLicence') > 1, 'a batch', { everyMs: 20 });
  await workflowOf(setting, id).terminate('stopped by a person');
  await stack.sql`update imports set started_at = started_at - interval '1 minute' where id = ${id}`;
  await housekeeping();
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  await expectLicencesTrue(setting);
});

test('a row whose workflow was never started is started by housekeeping', async () => {
  const setting = await importSetting(stack);
  const request = {
    integrationId: setting.integration,
    kind: 'customers',
    mode: 'apply',
    trigger: 'manual',
    startedBy: bySystem,
  } as const;
  const opened = await openImport(stack.db, {
    ...request,
    customerIds: null,
    previewId: null,
    itemIds: null,
  });
  if (!('row' in opened)) throw new Error('another import runs');
  await stack.sql`update imports set started_at = started_at - interval '1 minute' where id = ${opened.row.id}`;
  await housekeeping();
  expect(await stack.importEnds(opened.row.id)).toMatchObject({ state: 'completed' });
  await expectClientsTrue(setting);
  // Once started it is not started again.
  expect(await startImport(stack.temporal, await importInputOf(stack.db, opened.row.id))).toBeTruthy();
});

test('a listing whose workflow was terminated is asked for again', { timeout: 240_000 }, async () => {
  const setting = await mapped();
  setting.source.simulator.faults.add({ path: 'licenses', act: { do: 'hang' } });
  const id = await setting.begin('subscriptions');
  const listing = stack.temporal.workflow.getHandle(collectWorkflowId('subscriptions', setting.source.id));
  await waitFor(async () => (await listing.describe()).status.name === 'RUNNING', 'the listing');
  await listing.terminate('stopped by a person');
  setting.source.simulator.faults.clear();
  expect(await stack.importEnds(id, 200_000)).toMatchObject({ state: 'completed' });
  await expectLicencesTrue(setting);
});

test('a second licence with our id is folded into the older; a stranger’s is left alone', async () => {
  const setting = await mapped();
  await setting.subscriptions();
  const link = [...setting.halo.links.rows.values()].find(({ table_id }) => table_id === 1)!;
  const { client_id, name, distributor } = setting.halo.licences.rows.get(link.halo_id)!;
  const made = { client_id, name, distributor };
  const stranger = await atHalo(setting, 'addLicence', made);
  const foreign = { third_party_id: link.third_party_id, third_party_type: 'another-tool' };
  const theirs = await atHalo(setting, 'addLicence', { ...made, new_external_link: foreign });
  const { third_party_id, third_party_type } = link;
  const double = await atHalo(setting, 'addLicence', {
    ...made,
    new_external_link: { third_party_id, third_party_type },
  });
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  const active = (id: number) => setting.halo.licences.rows.get(id)!.is_active;
  expect([stranger, theirs, double, { id: link.halo_id }].map(({ id }) => active(id))).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(await setting.findings('doubles')).toHaveLength(1);
  const { writes } = setting.halo;
  await setting.subscriptions();
  expect(setting.halo.writes).toBe(writes);
});

test('a second client with our id is folded into the older', async () => {
  const setting = await mapped();
  const link = [...setting.halo.links.rows.values()].find(({ table_id }) => table_id === 2)!;
  const { name } = setting.halo.clients.rows.get(link.halo_id)!;
  const { third_party_id, third_party_type } = link;
  const double = await atHalo(setting, 'addClient', {
    name,
    new_external_link: { third_party_id, third_party_type },
  });
  expect(await setting.customers()).toMatchObject({ state: 'completed' });
  expect(setting.halo.clients.rows.get(double.id)!.inactive).toBe(true);
  expect(setting.halo.clients.rows.get(link.halo_id)!.inactive).toBe(false);
  expect(await setting.findings('doubles')).toHaveLength(1);
});

test('every id on a collected page has its ledger row, with several pages in flight', async () => {
  const setting = await importSetting(stack, { arrow: { customers: 20, subscriptions: 4_000 } });
  // Pages that come at different speeds cross each other.
  for (const page of [3, 8, 13, 21])
    setting.source.simulator.faults.add({ path: 'licenses', after: page, act: { do: 'delay', ms: 300 } });
  await setting.customers();
  await setting.subscriptions();
  const [lost] = await stack.sql<{ n: number; pages: number }[]>`
    select count(*) filter (where s.id is null)::int as n, count(distinct p.cursor)::int as pages
    from collections c join collection_pages p on p.collection_id = c.id, unnest(p.ids) u(id)
    left join subscriptions s on s.connection_id = ${setting.source.id} and s.id = u.id
    where c.connection_id = ${setting.source.id} and c.kind = 'subscriptions'`;
  expect(lost!.pages).toBeGreaterThan(20);
  expect(lost!.n).toBe(0);
});
