import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, foulWeather, type Simulator } from '../../simulators/harness.ts';
import {
  expectClientsTrue,
  expectLicencesTrue,
  importSetting,
  waitsOutOutage,
} from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** A failure of one call stays local: nothing stops, is duplicated or lost, and what cannot continue says why. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    patience: { droppedMs: 100, timeoutMs: 200, requestMs: 5_000, outageMs: 8_000, retries: { pause } },
  });
});
afterAll(() => stack?.close());

/** Pauses between tries are not what these tests are about. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

const bad = { errors: 0.1, cuts: 0.08 };
const hitsOf = (simulator: Simulator<unknown>) =>
  Object.values(simulator.counts().faults).reduce((sum, hits) => sum + hits, 0);

describe('one call in ten answers 500 and one read in twelve is cut short, on both sides', () => {
  test.each(['arrowsphere', 'streamone-ion', 'streamone-stellr'] as const)('%s', async (kind) => {
    const source = await stack.connect(kind, { customers: 25, subscriptions: 260 });
    const destination = await stack.connect('halopsa', { clients: 'none' });
    const integration = await stack.integrate(source, destination, { createClients: true });
    for (const [n, { simulator }] of [source, destination].entries())
      simulator.faults.add(...foulWeather({ ...bad, seed: 3 + n }));
    for (const importKind of ['customers', 'subscriptions'] as const)
      expect(await stack.importAndWait(integration, { kind: importKind })).toMatchObject({
        state: 'completed',
        problem: null,
        counts: { failed: 0, quarantined: 0 },
        completeness: { complete: true },
      });
    for (const { simulator } of [source, destination]) {
      expect(hitsOf(simulator)).toBeGreaterThan(0);
      simulator.faults.clear();
    }
    // Without faults there is nothing left to do, and nothing is duplicated.
    for (const importKind of ['customers', 'subscriptions'] as const)
      expect(await stack.importAndWait(integration, { kind: importKind })).toMatchObject({
        state: 'completed',
        counts: { created: 0, updated: 0, deactivated: 0 },
      });
    const { clients, licences, links, internalClientId } = destination.simulator.state;
    const standing = [...clients.rows.values()].filter(({ id }) => id !== internalClientId);
    expect(new Set(standing.map(({ name }) => name)).size).toBe(standing.length);
    const linked = [...links.rows.values()].map((link) => `${link.third_party_type} ${link.third_party_id}`);
    expect(new Set(linked).size).toBe(linked.length);
    expect(licences.rows.size + standing.length).toBe(linked.length);
  });
});

test('every second call fails, for the whole of a listing: it ends all the same', async () => {
  const setting = await importSetting(stack, { arrow: { customers: 40, subscriptions: 200, pageLimit: 5 } });
  const { faults } = setting.source.simulator;
  faults.add({ rate: 0.5, seed: 5, act: { do: 'respond', status: 500 } });
  expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', problem: null });
  faults.clear();
  await expectClientsTrue(setting);
  await expectLicencesTrue(setting);
});

const pages: [string, Fault['act']][] = [
  ['a 403 page', { do: 'middleman', as: 'html-403' }],
  ['a sign-in page under 200', { do: 'middleman', as: 'html-200' }],
  ['a redirect to one', { do: 'middleman', as: 'html-302' }],
  ['a 401 page', { do: 'middleman', as: 'html-401' }],
  ['an empty 200', { do: 'middleman', as: 'empty-200' }],
  ['JSON of something else', { do: 'middleman', as: 'json-200' }],
];

describe.each(pages)('an intermediary answers some reads with %s', (_, act) => {
  test('and the import continues', async () => {
    const setting = await importSetting(stack);
    setting.source.simulator.faults.add({ path: 'customers', times: 3, act });
    setting.source.simulator.faults.add({ path: 'licenses', times: 3, act });
    setting.destination.simulator.faults.add({ path: '/auth', times: 2, act });
    for (const path of ['/api/Client', '/api/SoftwareLicence', '/api/ExternalLink'])
      setting.destination.simulator.faults.add({ method: 'GET', path, times: 3, act });
    expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed', problem: null });
    await expectClientsTrue(setting);
    await expectLicencesTrue(setting);
  });
});

test.each([
  ['a page that stays', { do: 'middleman', as: 'html-403' }, /proxy or gateway/, /proxy or firewall/],
  ['an API that changed', { do: 'middleman', as: 'json-200' }, /cannot be read/, /form its API documents/],
  ['answers without end', { do: 'endless' }, /too large/, /32 MiB/],
  ['nobody there', { do: 'drop' }, /cannot be reached/, /broke/],
] as [string, Fault['act'], RegExp, RegExp][])(
  '%s ends the import and is named',
  async (_, act, title, detail) => {
    const setting = await importSetting(stack);
    await setting.customers();
    setting.source.simulator.faults.add({ path: 'licenses', times: -1, act });
    const id = await setting.begin('subscriptions');
    await waitFor(() => waitsOutOutage(stack, id), 'the import to say what it waits for');
    const { state, problem } = await stack.importEnds(id);
    expect(state).toBe('failed');
    expect(problem.title).toMatch(title);
    expect(problem.detail).toMatch(detail);
    expect(problem.type).toMatch(/upstream-failed/);
  },
);

test('writes that fail for longer than an outage may last end the import by time, and the next one goes on', async () => {
  const setting = await importSetting(stack);
  const { faults } = setting.destination.simulator;
  faults.add({ method: 'POST', path: '/api/Client', times: -1, act: { do: 'respond', status: 500 } });
  const { state, problem, startedAt, finishedAt } = await setting.customers();
  expect({ state, detail: problem?.detail }).toEqual({
    state: 'failed',
    detail: expect.stringMatching(/^Every write failed at the destination/),
  });
  expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeGreaterThan(8_000);
  faults.clear();
  expect(await setting.customers()).toMatchObject({ state: 'completed', problem: null });
  await expectClientsTrue(setting);
});

describe('a pause of a day', () => {
  const day = { path: '/api/SoftwareLicence', act: { do: 'throttle', retryAfter: 86_400 } } as const;
  const until = /no more calls until \d{4}-\d\d-\d\d \d\d:\d\d UTC/;

  test('ends the import and says until when; others do not hang; a test that succeeds ends it', async () => {
    const setting = await importSetting(stack);
    await setting.customers();
    setting.destination.simulator.faults.add({ ...day, method: 'GET' });
    for (const run of [setting.subscriptions, setting.customers]) {
      const { state, problem } = await run();
      expect(state).toBe('failed');
      expect(problem).toMatchObject({ type: 'rate-limited', detail: expect.stringMatching(until) });
    }
    const asked = setting.destination.simulator.requests.length;
    const { ok } = await stack.expect(200, 'POST', `/v1/connections/${setting.destination.id}/test`);
    expect(ok).toBe(true);
    expect(setting.destination.simulator.requests.length).toBeGreaterThan(asked);
    expect(await setting.subscriptions()).toMatchObject({ state: 'completed', problem: null });
    await expectLicencesTrue(setting);
  });

  test('is said by a test at once', async () => {
    const setting = await importSetting(stack);
    setting.destination.simulator.faults.add({ act: day.act, times: -1 });
    const { ok, steps } = await stack.expect(200, 'POST', `/v1/connections/${setting.destination.id}/test`);
    expect(ok).toBe(false);
    expect(steps.map(({ message }: { message: string }) => message).join(' ')).toMatch(until);
  });
});

describe('a listing without end', () => {
  const kinds: [string, string, Fault['act']][] = [
    [
      'by offset, without a total',
      'subscriptions',
      { do: 'repeat', patch: { paginationResponse: null, totalCount: null } },
    ],
    ['by token, always another', 'customers', { do: 'repeat', token: 'nextPageToken' }],
  ];
  test.each(kinds)('%s is ended as incomplete', async (_, kind, act) => {
    const source = await stack.connect('streamone-ion', { customers: 1_000, subscriptions: 1_000 });
    const destination = await stack.connect('halopsa', { clients: 'none' });
    const integration = await stack.integrate(source, destination, { createClients: false });
    source.simulator.faults.add({ path: `/${kind}\\?.*(pagination|pageSize=200)`, times: -1, act });
    const run = await stack.importAndWait(integration, { kind: kind as 'customers' });
    expect(run).toMatchObject({ state: 'incomplete', problem: null, completeness: { complete: false } });
    const calls = source.simulator.requests.filter(({ path }) => path.endsWith(`/${kind}`)).length;
    expect(calls).toBeLessThan(20);
  });
});
