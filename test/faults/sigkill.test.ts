import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../db/client.ts';
import type { Fault } from '../../simulators/harness.ts';
import {
  atHalo,
  expectClientsTrue,
  expectLicencesTrue,
  type ImportSetting,
  importSetting,
} from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

/** A worker process is killed at the worst moments; another one finishes, and nothing is lost or doubled. */
let stack: Stack;
let worker: WorkerProcess;
beforeAll(async () => {
  stack = await startStack({ worker: false });
  worker = await stack.startWorkerProcess();
});
afterAll(() => stack?.close());

/** Killed, and another started in its place. */
async function replaceWorker(): Promise<void> {
  await worker.kill();
  worker = await stack.startWorkerProcess();
}

async function mapped(options?: Parameters<typeof importSetting>[1]): Promise<ImportSetting> {
  const setting = await importSetting(stack, { settings: { batchSize: 5 }, ...options });
  expect(await setting.customers()).toMatchObject({ state: 'completed' });
  return setting;
}

/** Begins a subscription import and kills the worker once `at` is true of it. */
async function killedAt(setting: ImportSetting, fault: Fault | null, at: (id: string) => unknown) {
  if (fault) setting.destination.simulator.faults.add(fault);
  const id = await setting.begin('subscriptions');
  await waitFor(() => at(id), 'the moment of death', { everyMs: 20 });
  await worker.kill();
  setting.destination.simulator.faults.clear();
  setting.source.simulator.faults.clear();
  worker = await stack.startWorkerProcess();
  const ended = await stack.importEnds(id, 180_000);
  expect(ended).toMatchObject({ state: 'completed', problem: null });
  await expectLicencesTrue(setting);
  return ended;
}

const long = 240_000;
const toLicences = { method: 'POST', path: '/api/SoftwareLicence' };
const intended = async (id: string) =>
  (await stack.sql`select 1 from writes where import_id = ${id} and state = 'intended'`).length > 0;

test('mid-collection', { timeout: long }, async () => {
  const setting = await mapped({ arrow: { customers: 10, subscriptions: 900 }, settings: { batchSize: 50 } });
  // The first pages are stored, the later ones come slowly.
  const fault: Fault = { path: 'licenses', after: 4, times: -1, act: { do: 'delay', ms: 4_000 } };
  setting.source.simulator.faults.add(fault);
  await killedAt(setting, null, async (id) => {
    const [row] = await stack.sql`select (progress ->> 'received')::int as n from imports where id = ${id}`;
    const pages = setting.source.simulator.requests.filter(({ path }) => path.includes('licenses'));
    return row && pages.length > 5;
  });
});

test('between the intent and the POST', { timeout: long }, async () => {
  const setting = await mapped();
  const after = setting.posts('SoftwareLicence');
  await killedAt(
    setting,
    { ...toLicences, after: 1, act: { do: 'hang' } },
    async (id) => (await intended(id)) && setting.posts('SoftwareLicence') > after + 1,
  );
});

test('between the POST and its confirmation, of a batch', { timeout: long }, async () => {
  const setting = await mapped();
  const ended = await killedAt(
    setting,
    { ...toLicences, after: 1, act: { do: 'hang', handled: true } },
    () => setting.halo.licences.rows.size >= 6,
  );
  expect(ended.counts.created).toBe(setting.halo.licences.rows.size);
});

test('between the first licence and the look where its id stayed', { timeout: long }, async () => {
  const setting = await mapped();
  await killedAt(
    setting,
    { path: '/api/ExternalLink', act: { do: 'hang' }, after: 1 },
    async (id) => (await intended(id)) && setting.halo.licences.rows.size === 1,
  );
});

test('on the first client of a connection', { timeout: long }, async () => {
  const setting = await importSetting(stack);
  const { faults } = setting.destination.simulator;
  faults.add({ method: 'POST', path: '/api/Client', act: { do: 'hang', handled: true } });
  const id = await setting.begin('customers');
  await waitFor(() => setting.halo.clients.rows.size > 1, 'the first client', { everyMs: 20 });
  await replaceWorker();
  expect(await stack.importEnds(id, 180_000)).toMatchObject({ state: 'completed', problem: null });
  await expectClientsTrue(setting);
});

test('mid-plan', { timeout: long }, async () => {
  const setting = await mapped();
  const other = connect(stack.databaseUrl, { max: 1 });
  try {
    const lock = await other.reserve();
    await lock`begin`;
    await lock`lock table items in access exclusive mode`;
    const blocked = async () =>
      (
        await stack.sql`select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query ilike '%items%'`
      ).length > 0;
    const id = await setting.begin('subscriptions');
    await waitFor(blocked, 'the plan to wait');
    await worker.kill();
    await lock`commit`;
    lock.release();
    worker = await stack.startWorkerProcess();
    expect(await stack.importEnds(id, 180_000)).toMatchObject({ state: 'completed' });
    await expectLicencesTrue(setting);
  } finally {
    await other.end();
  }
});

test('mid-close, while a double is folded', { timeout: long }, async () => {
  const setting = await mapped();
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  const link = [...setting.halo.links.rows.values()].find(({ table_id }) => table_id === 1)!;
  const row = setting.halo.licences.rows.get(link.halo_id)!;
  await atHalo(setting, 'addLicence', {
    client_id: row.client_id,
    name: row.name,
    distributor: row.distributor,
    new_external_link: { third_party_id: link.third_party_id, third_party_type: link.third_party_type },
  });
  await killedAt(setting, { ...toLicences, act: { do: 'hang', handled: true } }, () =>
    [...setting.halo.licences.rows.values()].some(({ is_active }) => !is_active),
  );
  expect(await setting.findings('doubles')).toHaveLength(1);
});

test('with another worker at its side', { timeout: long }, async () => {
  const setting = await mapped({ arrow: { customers: 10, subscriptions: 120 } });
  const second = await stack.startWorkerProcess();
  const after = setting.posts('SoftwareLicence') + 3;
  await killedAt(
    setting,
    { ...toLicences, after: 3, act: { do: 'hang', handled: true } },
    () => setting.posts('SoftwareLicence') > after,
  );
  await second.stop();
});
