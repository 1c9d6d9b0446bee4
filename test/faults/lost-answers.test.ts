import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../simulators/harness.ts';
import { expectClientsTrue, expectLicencesTrue, importSetting } from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Writes whose answer is lost or wrong: when the import ends, nothing is duplicated and nothing is missing. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 2_000, droppedMs: 300, timeoutMs: 1_500 } });
});
afterAll(() => stack?.close());

type Act = Fault['act'];
/** Each is what happens to the POST; in all but the last two the write happened. */
const losses: [string, Act][] = [
  ['the connection is cut after the write', { do: 'drop-reply' }],
  ['the answer is cut in the middle', { do: 'truncate' }],
  ['the answer is broken JSON', { do: 'broken-json' }],
  ['no answer comes after the write', { do: 'hang', handled: true }],
  ['the write happens after the client gave up', { do: 'delay', ms: 2_700 }],
  ['the gateway answers 504 and nothing was written', { do: 'respond', status: 504 }],
  ['the connection is cut before the write', { do: 'drop' }],
];

describe.each(losses)('%s', (_, act) => {
  test('on the first client of a connection', async () => {
    const setting = await importSetting(stack);
    setting.destination.simulator.faults.add({ method: 'POST', path: '/api/Client', act });
    expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
    await expectClientsTrue(setting);
  });

  test('on a later client, the first licence and a batch', async () => {
    const setting = await importSetting(stack, { settings: { batchSize: 5 } });
    const { faults } = setting.destination.simulator;
    faults.add({ method: 'POST', path: '/api/Client', after: 2, act });
    expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
    await expectClientsTrue(setting);
    faults.add({ method: 'POST', path: '/api/SoftwareLicence', act });
    faults.add({ method: 'POST', path: '/api/SoftwareLicence', after: 1, act });
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed', problem: null });
    await expectLicencesTrue(setting);
  });
});

test('a record that is answered 500 for ever fails alone, and the import ends', async () => {
  const setting = await importSetting(stack, { settings: { batchSize: 5 } });
  await setting.customers();
  const poison = setting.source.simulator.state.licences.filter(({ state }) => state === 'active')[7]!;
  const fault = { method: 'POST', path: '/api/SoftwareLicence', body: `XSP${poison.id}"`, times: -1 };
  setting.destination.simulator.faults.add({ ...fault, act: { do: 'respond', status: 500 } });
  const ended = await setting.subscriptions();
  expect(ended).toMatchObject({ state: 'completed_with_errors', problem: null, counts: { failed: 1 } });
  setting.destination.simulator.faults.clear();
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 1 } });
  await expectLicencesTrue(setting);
});

test('a record whose update is answered 500 for ever fails alone, and the import ends', async () => {
  const setting = await importSetting(stack);
  await setting.customers();
  await setting.subscriptions();
  const { licences } = setting.source.simulator.state;
  const changed = licences.filter(({ state }) => state === 'active').slice(0, 4);
  for (const licence of changed) licence.seats += 1;
  const [row] = await stack.sql<{ id: string }[]>`
    select record_id as id from baselines where integration_id = ${setting.integration} and external_id = ${`XSP${changed[1]!.id}`}`;
  const fault = { method: 'POST', path: '/api/SoftwareLicence', body: `"id":${row!.id}\\b`, times: -1 };
  setting.destination.simulator.faults.add({ ...fault, act: { do: 'respond', status: 500 } });
  const ended = await setting.subscriptions();
  expect(ended).toMatchObject({ state: 'completed_with_errors', counts: { failed: 1, updated: 3 } });
  setting.destination.simulator.faults.clear();
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { updated: 1 } });
  await expectLicencesTrue(setting);
});
