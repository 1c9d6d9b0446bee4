import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../simulators/harness.ts';
import {
  expectClientsTrue,
  expectLicencesTrue,
  importElsewhere,
  importSetting,
  waitsOutOutage,
} from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Temporary failures are retried, the call budget always holds, and permanent failures are reported at once. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 3_000, droppedMs: 100, timeoutMs: 1_500 } });
});
afterAll(() => stack?.close());

type Act = Fault['act'];
const troubles: [string, Act][] = [
  ['503', { do: 'respond', status: 503 }],
  ['429 with Retry-After', { do: 'respond', status: 429, headers: { 'retry-after': '1' } }],
  ['a cut connection', { do: 'drop' }],
  ['a cut answer', { do: 'truncate' }],
  ['broken JSON', { do: 'broken-json' }],
  ['no answer', { do: 'hang' }],
];

describe.each(troubles)('%s', (_, act) => {
  test('of the distributor, at several moments', async () => {
    const setting = await importSetting(stack, { arrow: { customers: 6, subscriptions: 350 } });
    const { faults } = setting.source.simulator;
    faults.add({ path: 'customers', act });
    faults.add({ path: 'licenses', act });
    faults.add({ path: 'licenses', after: 3, act });
    expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed', problem: null });
    await expectClientsTrue(setting);
    await expectLicencesTrue(setting);
  });

  test('of the destination, on reading and writing', async () => {
    const setting = await importSetting(stack);
    const { faults } = setting.destination.simulator;
    faults.add({ path: '/auth/token', act });
    faults.add({ method: 'GET', path: '/api/Client', act });
    faults.add({ method: 'POST', path: '/api/Client', after: 2, act });
    faults.add({ method: 'GET', path: '/api/SoftwareLicence', act });
    faults.add({ method: 'GET', path: '/api/ExternalLink', after: 3, act });
    faults.add({ method: 'POST', path: '/api/SoftwareLicence', after: 1, act });
    expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed', problem: null });
    await expectClientsTrue(setting);
    await expectLicencesTrue(setting);
  });
});

test('while every write fails an import says so and waits; once they work nothing has failed', async () => {
  const setting = await importSetting(stack, { arrow: { customers: 8, subscriptions: 8 } });
  // More than five items tried four times each.
  setting.destination.simulator.faults.add({
    method: 'POST', path: '/api/Client', times: 23, act: { do: 'respond', status: 500 },
  }); // biome-ignore format: one fault
  const id = await setting.begin('customers');
  const { problem } = await waitFor(() => waitsOutOutage(stack, id), 'the import to say what it waits for');
  expect(problem.detail).toMatch(/Every write fails at the destination/);
  expect(await stack.importEnds(id)).toMatchObject({
    state: 'completed',
    problem: null,
    counts: { failed: 0 },
  });
  await expectClientsTrue(setting);
});

test('a budget far too small for the import is never exceeded, and leaves people their slots', async () => {
  const calls = 60;
  // Time runs a hundred times faster: a window of 300 s passes in 3 s, give or take a step.
  const window = 2_700;
  const setting = await importSetting(stack, {
    arrow: { customers: 50, subscriptions: 60 },
    halo: { callsPerFiveMinutes: calls, windowMs: window },
    settings: { callsPerFiveMinutes: calls, batchSize: 1 },
  });
  let running = true;
  const clock = (async () => {
    while (running) {
      await sleep(250);
      await stack.sql`update calls set held_until = held_until - interval '25 seconds'
        where budget_key like ${`${new URL(setting.destination.simulator.url).host}/%`}`;
    }
  })();
  try {
    expect(await setting.customers()).toMatchObject({ state: 'completed' });
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
  } finally {
    running = false;
    await clock;
  }
  await expectLicencesTrue(setting);
  const { requests } = setting.destination.simulator;
  expect(requests.length).toBeGreaterThan(2 * (calls - 20));
  expect(setting.halo.rejected429).toBe(0);
  const most = Math.max(
    ...requests.map(({ at }) => requests.filter((other) => other.at > at - window && other.at <= at).length),
  );
  expect(most).toBeLessThanOrEqual(calls - 20);
});

test('a 429 without Retry-After closes the gate for half a minute, and nobody calls meanwhile', async () => {
  const setting = await importSetting(stack);
  const { faults, requests } = setting.destination.simulator;
  faults.add({ method: 'GET', path: '/api/Client', act: { do: 'respond', status: 429 } });
  const id = await setting.begin('customers');
  const key = `${new URL(setting.destination.simulator.url).host}/%`;
  const closed = await waitFor(async () => {
    const [gate] = await stack.sql<{ left: number }[]>`
      select extract(epoch from closed_until - clock_timestamp())::float8 as left from gates
      where budget_key like ${key} and closed_until is not null`;
    return gate?.left;
  }, 'the gate to close');
  expect(closed).toBeGreaterThan(25);
  expect(closed).toBeLessThanOrEqual(30);
  const sent = requests.length;
  await importElsewhere(stack);
  expect(requests.length).toBe(sent);
  await stack.sql`update gates set closed_until = clock_timestamp() where budget_key like ${key}`;
  expect(await stack.importEnds(id)).toMatchObject({ state: 'completed' });
  await expectClientsTrue(setting);
});

test('an activity that waits long for a slot is not timed out', { timeout: 180_000 }, async () => {
  const setting = await importSetting(stack);
  const key = `${new URL(setting.destination.simulator.url).host}/%`;
  setting.destination.simulator.faults.add({
    method: 'POST',
    path: '/api/Client',
    after: 1,
    act: { do: 'respond', status: 429, headers: { 'retry-after': '50' } },
  });
  const id = await setting.begin('customers');
  // Longer than the heartbeat's 30 s.
  expect(await stack.importEnds(id, 150_000)).toMatchObject({ state: 'completed' });
  await expectClientsTrue(setting);
  const [gate] = await stack.sql<
    { strikes: number }[]
  >`select strikes from gates where budget_key like ${key}`;
  expect(gate!.strikes).toBe(0);
});

const quickly = 20_000;

describe('trouble that waiting does not help ends the import at once and says what to do', () => {
  test.each([401, 403])('a key the distributor refuses with %i', async (status) => {
    const setting = await importSetting(stack);
    await setting.customers();
    Object.assign(setting.source.simulator.state, { apiKey: 'another', badKeyStatus: status });
    const id = await setting.begin('subscriptions');
    const { state, problem } = await stack.importEnds(id, quickly);
    expect(state).toBe('failed');
    expect(problem.detail).toMatch(/key/i);
    expect(setting.posts('SoftwareLicence')).toBe(0);
  });

  test('a secret Halo refuses', async () => {
    const setting = await importSetting(stack);
    await setting.customers();
    setting.option('clientSecret', 'another');
    setting.halo.tokens.clear();
    await stack.sql`delete from tokens where connection_id = ${setting.destination.id}`;
    const { state, problem } = await stack.importEnds(await setting.begin('subscriptions'), quickly);
    expect(state).toBe('failed');
    expect(problem.detail).toMatch(/Client ID and Secret/);
  });

  test('a base URL that is not the API', async () => {
    const setting = await importSetting(stack);
    await setting.customers();
    await stack.sql`update connections set settings = settings || ${stack.sql.json({ baseUrl: `${setting.destination.simulator.url}/elsewhere` })}
      where id = ${setting.destination.id}`;
    const { state, problem } = await stack.importEnds(await setting.begin('subscriptions'), quickly);
    expect(state).toBe('failed');
    expect(problem.detail).toMatch(/base URL/);
  });

  test('a permission Halo does not give, found when the first licence is written', async () => {
    const setting = await importSetting(stack);
    setting.option('scope', 'all');
    await setting.customers();
    setting.option('scope', 'read:customers edit:customers read:softwarelicensing');
    setting.halo.tokens.clear();
    const { state, problem, counts } = await stack.importEnds(await setting.begin('subscriptions'), quickly);
    expect(state).toBe('failed');
    expect(problem).toMatchObject({ title: 'A permission is missing' });
    expect(problem.detail).toMatch(/edit:softwarelicensing/);
    expect(counts.created).toBe(0);
    setting.option('scope', 'all');
    setting.halo.tokens.clear();
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed' });
    await expectLicencesTrue(setting);
  });
});
