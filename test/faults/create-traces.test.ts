import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  expectClientsTrue,
  expectLicencesTrue,
  type ImportSetting,
  importSetting,
} from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Where our id stays at a destination, and what is done where it stays nowhere. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 2_000, droppedMs: 300, timeoutMs: 1_500 } });
});
afterAll(() => stack?.close());

const lost = { do: 'drop-reply' } as const;
const traces = async ({ destination }: ImportSetting) =>
  (await stack.sql`select traces from connections where id = ${destination.id}`)[0]!.traces;

test('the first create of a connection is alone, and where its link stayed is remembered', async () => {
  const setting = await importSetting(stack);
  await setting.customers();
  const before = setting.posts('SoftwareLicence');
  await setting.subscriptions();
  expect(await traces(setting)).toEqual({ client: 'link', licence: 'link' });
  // One alone, then the rest in one batch or two.
  expect(setting.posts('SoftwareLicence') - before).toBeLessThanOrEqual(3);
  await expectLicencesTrue(setting);
});

test('links that do not stay: the marker in the notes finds what a lost answer left', async () => {
  const setting = await importSetting(stack, { settings: { batchSize: 5 } });
  setting.option('links', 'drop');
  const { faults } = setting.destination.simulator;
  faults.add({ method: 'POST', path: '/api/Client', act: lost });
  faults.add({ method: 'POST', path: '/api/Client', after: 3, act: lost });
  expect(await setting.customers()).toMatchObject({ state: 'completed' });
  await expectClientsTrue(setting);
  faults.add({ method: 'POST', path: '/api/SoftwareLicence', act: lost });
  faults.add({ method: 'POST', path: '/api/SoftwareLicence', after: 2, act: lost });
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  expect(await traces(setting)).toEqual({ client: 'notes', licence: 'notes' });
  await expectLicencesTrue(setting);
});

async function traceless(setting: ImportSetting) {
  setting.option('links', 'drop');
  setting.option('notes', 'drop');
  expect(await setting.customers()).toMatchObject({ state: 'completed' });
  expect((await traces(setting)).client).toBe('none');
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  expect(await traces(setting)).toEqual({ client: 'none', licence: 'none' });
  await expectLicencesTrue(setting);
}

test('nothing stays: a client in doubt is held as a finding, and a person decides', async () => {
  const setting = await importSetting(stack);
  await traceless(setting);
  for (const name of ['Alpha Doubt', 'Beta Doubt']) await addCustomer(setting, name);
  const { faults } = setting.destination.simulator;
  faults.add({ method: 'POST', path: '/api/Client', times: 2, act: { do: 'drop' } });
  const posts = setting.posts('Client');
  expect(await setting.customers()).toMatchObject({ state: 'completed', counts: { created: 0, held: 2 } });
  expect(setting.posts('Client') - posts).toBe(2);
  // Nor by a later import, until a person has checked.
  expect(await setting.customers()).toMatchObject({ counts: { created: 0, held: 2 } });
  const findings = await setting.findings('ambiguous-write');
  expect(findings).toHaveLength(2);
  await resolve(findings[0]!.id, 'create');
  await resolve(findings[1]!.id, 'dismiss');
  expect(await setting.customers()).toMatchObject({ counts: { created: 1, held: 0 } });
  expect(await setting.customers()).toMatchObject({ counts: { created: 0, held: 0 } });
});

test('nothing stays: a licence in doubt is held as a finding, and a person decides', async () => {
  const setting = await importSetting(stack);
  await traceless(setting);
  for (let i = 0; i < 2; i++) await addLicense(setting);
  const { faults } = setting.destination.simulator;
  faults.add({ method: 'POST', path: '/api/SoftwareLicence', times: 2, act: { do: 'drop' } });
  const posts = setting.posts('SoftwareLicence');
  expect(await setting.subscriptions()).toMatchObject({
    state: 'completed',
    counts: { created: 0, held: 2 },
  });
  expect(setting.posts('SoftwareLicence') - posts).toBe(2);
  const findings = await setting.findings('ambiguous-write');
  expect(findings).toHaveLength(2);
  await resolve(findings[0]!.id, 'create');
  await resolve(findings[1]!.id, 'dismiss');
  expect(await setting.subscriptions()).toMatchObject({ counts: { created: 1, held: 0 } });
  expect(await setting.subscriptions()).toMatchObject({ counts: { created: 0, held: 0 } });
});

test('nothing stays: a refused record is refused alone, and nothing stands twice', async () => {
  const setting = await importSetting(stack);
  await traceless(setting);
  for (let i = 0; i < 4; i++) await addLicense(setting, 5);
  const act = { do: 'respond', status: 400, body: { message: 'Not like this' } } as const;
  setting.destination.simulator.faults.add({ method: 'POST', path: '/api/SoftwareLicence', times: 1, act });
  expect(await setting.subscriptions()).toMatchObject({
    state: 'completed_with_errors',
    counts: { created: 3, failed: 1 },
  });
});

const resolve = (id: string, action: string) =>
  stack.expect(200, 'POST', `/v1/findings/${id}/resolve`, { action });

async function control(url: string, name: string, body: object) {
  const answer = await fetch(`${url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return await answer.json();
}
const addCustomer = ({ source }: ImportSetting, name: string) =>
  control(source.simulator.url, 'addCustomer', { name });
function addLicense({ source }: ImportSetting, seats = 1) {
  const { customers } = source.simulator.state;
  const customer = customers.find((one) => !one.deletedAt && one.ref !== source.simulator.state.reference)!;
  return control(source.simulator.url, 'addLicense', { customer: customer.ref, seats });
}
