import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { control } from '../support/control.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { type SimulatedKind, type System, systems } from '../support/systems.ts';

/** Settings or credentials that reach another account are refused by the test and stop every import. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const small = { customers: 3, subscriptions: 6 };

interface Case {
  kind: SimulatedKind;
  /** Another account of the kind, and what a person would have to enter to reach it. */
  other(): Promise<{ system: System; change: object }>;
}

const reached = (system: System) => ({
  settings: system.settings,
  credentials: system.credentials,
});

const cases: Case[] = [
  {
    kind: 'arrowsphere',
    other: async () => {
      const system = await systems.arrowsphere({ ...small, account: 1 });
      return { system, change: reached(system) };
    },
  },
  {
    kind: 'streamone-ion',
    other: async () => {
      const system = await systems['streamone-ion']({ ...small, accountId: '2002' });
      return { system, change: reached(system) };
    },
  },
  {
    kind: 'streamone-stellr',
    other: async () => {
      const system = await systems['streamone-stellr']({ ...small, clientId: 'another-client' });
      return { system, change: reached(system) };
    },
  },
  {
    kind: 'halopsa',
    other: async () => {
      const system = await systems.halopsa({ customers: 3, dbid: 9999 });
      return { system, change: reached(system) };
    },
  },
];

describe.each(cases)('$kind', ({ kind, other }) => {
  let changed: Connected<SimulatedKind>;
  let system: System;
  let halo: Connected<'halopsa'>;
  let integration: string;

  beforeEach(async () => {
    const isHalo = kind === 'halopsa';
    halo = await stack.connect('halopsa', { customers: 3, clients: 'none' });
    const source = await stack.connect(isHalo ? 'arrowsphere' : kind, small as never);
    changed = isHalo ? halo : source;
    integration = await stack.integrate(source, halo, { createClients: true });
    await stack.importAndWait(integration, { kind: 'customers' });
    const found = await other();
    system = found.system;
    stack.onClose(() => system.simulator.close());
    await stack.expect(200, 'PATCH', `/v1/connections/${changed.id}`, found.change);
  });

  const writesOf = () => [
    halo.simulator.state.writes,
    (system.simulator.state as { writes?: number }).writes,
  ];

  test('the test says so and remembers the first account', async () => {
    const { identity } = await stack.expect(200, 'GET', `/v1/connections/${changed.id}`);
    expect(identity).toBeTruthy();
    const tested = await stack.expect(200, 'POST', `/v1/connections/${changed.id}/test`);
    expect(tested).toMatchObject({ ok: false, message: expect.stringContaining('different-account') });
    expect(await stack.expect(200, 'GET', `/v1/connections/${changed.id}`)).toMatchObject({ identity });
  });

  test('an import stops before it lists or writes anything', async () => {
    const before = writesOf();
    const [ledger] =
      await stack.sql`select count(*)::int as n from customers where connection_id = ${changed.id}`;
    for (const of of ['customers', 'subscriptions'] as const) {
      const imported = await stack.importAndWait(integration, { kind: of });
      expect(imported).toMatchObject({
        state: 'failed',
        problem: { type: 'different-account', detail: expect.stringContaining('make a new connection') },
      });
    }
    expect(writesOf()).toEqual(before);
    const [after] =
      await stack.sql`select count(*)::int as n from customers where connection_id = ${changed.id}`;
    expect(after).toEqual(ledger);
    const back = { settings: changed.settings, credentials: changed.credentials };
    if (kind === 'streamone-ion')
      back.credentials = {
        refreshToken: (await control<{ refresh_token: string }>(changed, 'newCredentials')).refresh_token,
      };
    await stack.expect(200, 'PATCH', `/v1/connections/${changed.id}`, back);
    expect(await stack.importAndWait(integration, { kind: 'customers' })).toMatchObject({ problem: null });
  });
});

test('a test that fails does not decide whose connection it is', async () => {
  const wrong = await systems.halopsa({ customers: 1, dbid: 1 });
  stack.onClose(() => wrong.simulator.close());
  const right = await stack.connect('halopsa', { customers: 1, dbid: 2 });
  await stack.expect(200, 'PATCH', `/v1/connections/${right.id}`, {
    settings: wrong.settings,
    credentials: right.credentials,
  });
  const refused = await stack.expect(200, 'POST', `/v1/connections/${right.id}/test`);
  expect(refused.ok).toBe(false);
  // Step by step, as ever: which of them failed is what a person wants to know.
  expect(refused.steps.map(({ state }: { state: string }) => state).slice(0, 2)).toEqual([
    'passed',
    'failed',
  ]);
  await stack.expect(200, 'PATCH', `/v1/connections/${right.id}`, {
    settings: right.settings,
    credentials: right.credentials,
  });
  expect(await stack.expect(200, 'POST', `/v1/connections/${right.id}/test`)).toMatchObject({ ok: true });
});

test('another account behind new credentials in the middle of an import is not written to', async () => {
  const source = await stack.connect('arrowsphere', small);
  const halo = await stack.connect('halopsa', { customers: 3, clients: 'none' });
  const integration = await stack.integrate(source, halo, { createClients: true });
  await stack.importAndWait(integration, { kind: 'customers' });
  const other = await systems.halopsa({ customers: 3, clients: 'none', dbid: 9999 });
  stack.onClose(() => other.simulator.close());
  const path = `/v1/integrations/${integration}/imports`;
  // The last step before the writes is slow, and meanwhile somebody changes the destination.
  source.simulator.faults.add({ path: 'find', act: { do: 'delay', ms: 2_000 } });
  const { id } = await stack.expect(202, 'POST', path, { kind: 'subscriptions', mode: 'apply' });
  await stack.expect(200, 'PATCH', `/v1/connections/${halo.id}`, {
    settings: other.settings,
    credentials: other.credentials,
  });
  expect(await stack.importEnds(id)).toMatchObject({
    state: 'failed',
    problem: { type: 'different-account' },
  });
  expect(other.simulator.state.writes).toBe(0);
});

test('a destination that does not tell its account can be imported to', async () => {
  const source = await stack.connect('arrowsphere', small);
  const halo = await stack.connect('halopsa', { customers: 3, clients: 'none' });
  halo.simulator.faults.add({
    path: 'InstanceInfo',
    times: -1,
    act: { do: 'respond', status: 404, body: {} },
  });
  const integration = await stack.integrate(source, halo, { createClients: true });
  const imported = await stack.importAndWait(integration, { kind: 'customers' });
  expect(imported).toMatchObject({ state: 'completed', problem: null });
});
