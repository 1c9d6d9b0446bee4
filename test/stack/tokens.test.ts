import { afterAll, beforeAll, expect, test } from 'vitest';
import { control } from '../support/control.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Tokens as an operator sees them: over the API, during imports. */
let stack: Stack;
let halo: Connected<'halopsa'>;
beforeAll(async () => {
  stack = await startStack();
  halo = await stack.connect('halopsa', { customers: 4, clients: 'none' });
});
afterAll(() => stack?.close());

type Ion = Connected<'streamone-ion'>;
const day = 86_400_000;

const tokenOf = (id: string) => stack.expect(200, 'GET', `/v1/connections/${id}/token`);
const findings = async (kind: string, connectionId: string) =>
  (await stack.expect(200, 'GET', `/v1/findings?kind=${kind}&connectionId=${connectionId}`)).items;
const exchanges = ({ simulator }: Ion) =>
  simulator.requests.filter(({ path }) => path === '/oauth/token').length;
const pagesAsked = ({ simulator }: Ion, offset: number) =>
  simulator.requests.filter(({ path, query, status }) => {
    return (
      /subscriptions$/.test(path) &&
      new URLSearchParams(query).get('pagination.offset') === `${offset}` &&
      status === 200
    );
  }).length;
const newToken = async (ion: Ion) =>
  (await control<{ refresh_token: string }>(ion, 'newCredentials')).refresh_token;
const enter = async (ion: Ion, refreshToken: string) =>
  stack.expect(200, 'PATCH', `/v1/connections/${ion.id}`, { credentials: { refreshToken } });
const importState = async (id: string) => await stack.expect(200, 'GET', `/v1/imports/${id}`);

async function withCustomers(options: Parameters<typeof stack.connect<'streamone-ion'>>[1] = {}) {
  const ion = await stack.connect('streamone-ion', { customers: 4, subscriptions: 60, ...options });
  const integration = await stack.integrate(ion, halo, { createClients: true });
  await stack.importAndWait(integration, { kind: 'customers' });
  return { ion, integration };
}

async function revokedMidway() {
  const { ion, integration } = await withCustomers({ maxPageSize: 10 });
  // Ten pages' worth is slow enough to revoke in the middle: the fourth page waits.
  ion.simulator.faults.add({ path: 'offset=30', act: { do: 'delay', ms: 1_500 } });
  const path = `/v1/integrations/${integration}/imports`;
  const { id } = await stack.expect(202, 'POST', path, { kind: 'subscriptions', mode: 'apply' });
  await waitFor(() => pagesAsked(ion, 20) > 0, 'the third page');
  await control(ion, 'revoke');
  await waitFor(async () => (await tokenOf(ion.id)).state === 'reauth_required', 'the refusal');
  return { ion, integration, id };
}

test('a token revoked during an import: it waits, says so, and continues where it stopped', async () => {
  const { ion, integration, id } = await revokedMidway();
  const waiting = await waitFor(async () => {
    const found = await importState(id);
    return found.problem && found;
  }, 'the import to say what it waits for');
  expect(waiting).toMatchObject({ state: 'running', problem: { type: 'reauth-required' } });
  expect(await findings('reauth-required', ion.id)).toMatchObject([{ state: 'open' }]);

  // What a schedule starts waits too.
  await stack.expect(200, 'PUT', `/v1/integrations/${integration}/schedule`, {
    customers: true,
    subscriptions: false,
    every: 'PT6H',
  });
  await stack.expect(202, 'POST', `/v1/integrations/${integration}/schedule/trigger`);
  const scheduled = await waitFor(async () => {
    const { items } = await stack.expect(
      200,
      'GET',
      `/v1/imports?integrationId=${integration}&kind=customers&state=running`,
    );
    return items[0]?.problem && items[0];
  }, 'the scheduled import to wait');
  expect(scheduled).toMatchObject({ trigger: 'schedule', problem: { type: 'reauth-required' } });

  await enter(ion, await newToken(ion));
  const [ended, other] = [await stack.importEnds(id, 30_000), await stack.importEnds(scheduled.id, 30_000)];
  expect(ended).toMatchObject({
    state: 'completed',
    problem: null,
    completeness: { distinct: 60, complete: true },
  });
  expect(other).toMatchObject({ state: 'completed', problem: null });
  // Not from the start: what was listed before stays listed.
  expect([0, 10, 20].map((offset) => pagesAsked(ion, offset))).toEqual([1, 1, 1]);
  expect(await findings('reauth-required', ion.id)).toMatchObject([{ state: 'resolved' }]);
  expect(await tokenOf(ion.id)).toMatchObject({ state: 'ok' });
});

test('an import that starts while a new token is needed waits for it as well', async () => {
  const { ion, integration } = await withCustomers();
  await control(ion, 'revoke');
  await stack.expect(202, 'POST', `/v1/connections/${ion.id}/token/refresh`);
  await waitFor(async () => (await tokenOf(ion.id)).state === 'reauth_required', 'the refusal');
  // As after a restart: nothing is remembered of the account.
  await stack.expect(200, 'PATCH', `/v1/connections/${ion.id}`, { name: 'Ion, renamed' });
  const path = `/v1/integrations/${integration}/imports`;
  const { id } = await stack.expect(202, 'POST', path, { kind: 'subscriptions', mode: 'apply' });
  await waitFor(async () => (await importState(id)).problem, 'the import to wait');
  expect(await importState(id)).toMatchObject({ state: 'running' });
  await enter(ion, await newToken(ion));
  expect(await stack.importEnds(id, 30_000)).toMatchObject({ state: 'completed', problem: null });
});

test('a renewal by hand that works resumes what waited, though nothing was entered', async () => {
  const { ion, integration } = await withCustomers({ accessSeconds: 1 });
  ion.simulator.faults.add({ path: '/oauth/token', times: 2, act: { do: 'drop' } });
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const path = `/v1/integrations/${integration}/imports`;
  const { id } = await stack.expect(202, 'POST', path, { kind: 'subscriptions', mode: 'apply' });
  await waitFor(async () => (await importState(id)).problem, 'the import to wait');
  ion.simulator.state.settings.accessSeconds = 7200;
  await stack.expect(202, 'POST', `/v1/connections/${ion.id}/token/refresh`);
  expect(await stack.importEnds(id, 30_000)).toMatchObject({ state: 'completed', problem: null });
});

test('cancelling an import that waits for a token ends it', async () => {
  const { id } = await revokedMidway();
  await waitFor(async () => (await importState(id)).problem, 'the import to wait');
  await stack.expect(202, 'POST', `/v1/imports/${id}/cancel`);
  expect(await stack.importEnds(id, 30_000)).toMatchObject({ state: 'cancelled', problem: null });
});

test('the token shows its days, and a renewal is one exchange', async () => {
  const { ion } = await withCustomers();
  const before = await tokenOf(ion.id);
  expect(Math.round((Date.parse(before.refreshExpiresAt) - Date.now()) / day)).toBe(32);
  const spent = exchanges(ion);
  const answer = await stack.api('POST', `/v1/connections/${ion.id}/token/refresh`);
  expect(answer).toMatchObject({ status: 202, body: { version: before.version } });
  await waitFor(async () => (await tokenOf(ion.id)).version === before.version + 1, 'the renewal');
  expect(exchanges(ion)).toBe(spent + 1);
});

test('kinds without a token say that it does not apply', async () => {
  const arrow = await stack.connect('arrowsphere', { customers: 1, subscriptions: 1 });
  for (const [method, path] of [
    ['GET', 'token'],
    ['POST', 'token/refresh'],
  ] as const) {
    const { body } = await stack.api(method, `/v1/connections/${arrow.id}/${path}`);
    expect(body).toMatchObject({ status: 409, type: expect.stringContaining('not-applicable') });
  }
  const { body } = await stack.api('POST', `/v1/connections/${halo.id}/token/refresh`);
  expect(body).toMatchObject({ status: 409, type: expect.stringContaining('not-applicable') });
});

test('twenty tests of a connection spend at most one token, and one that was never used is used once', async () => {
  const ion = await stack.connect('streamone-ion', { customers: 2, subscriptions: 2 });
  const tests = Array.from({ length: 20 }, () => stack.api('POST', `/v1/connections/${ion.id}/test`));
  for (const { body } of await Promise.all(tests)) expect(body).toMatchObject({ ok: true });
  expect(exchanges(ion)).toBe(1);
});

test('a refresh token near its end is a finding until it is renewed', async () => {
  const { ion } = await withCustomers();
  const keepHouse = () =>
    stack.temporal.workflow.execute('housekeeping', {
      workflowId: `housekeeping/${Math.random()}`,
      taskQueue: 'tributary',
    });
  const endsIn = (days: number) =>
    stack.sql`update tokens set refresh_expires_at = now() + make_interval(hours => ${days * 24}) where connection_id = ${ion.id}`;
  await endsIn(7.5);
  await keepHouse();
  expect(await findings('token-expiring', ion.id)).toEqual([]);
  await endsIn(6.5);
  await keepHouse();
  const [open] = await findings('token-expiring', ion.id);
  expect(open).toMatchObject({ state: 'open', message: expect.stringContaining('6 days left') });
  // Dismissed, it does not come back every minute.
  await stack.expect(200, 'POST', `/v1/findings/${open.id}/resolve`, { action: 'dismiss' });
  await keepHouse();
  expect(await findings('token-expiring', ion.id)).toMatchObject([{ state: 'resolved' }]);
  await endsIn(5.5);
  await keepHouse();
  expect(await findings('token-expiring', ion.id)).toMatchObject([{ state: 'open' }]);
  await stack.expect(202, 'POST', `/v1/connections/${ion.id}/token/refresh`);
  await waitFor(
    async () => Date.parse((await tokenOf(ion.id)).refreshExpiresAt) > Date.now() + 20 * day,
    'the renewal',
  );
  await keepHouse();
  expect(await findings('token-expiring', ion.id)).toMatchObject([{ state: 'resolved' }]);
});

test.each(['streamone-stellr', 'halopsa'] as const)(
  '%s: one renewal for two workers, early, and a 401 is renewed once',
  async (kind) => {
    const other = await stack.startWorker();
    try {
      const system = await stack.connect(kind, { customers: 2, tokenSeconds: 3600 } as never);
      const granted = () =>
        system.simulator.requests.filter(({ path, status }) => /token$/.test(path) && status === 200).length;
      const source =
        kind === 'halopsa' ? await stack.connect('arrowsphere', { customers: 2, subscriptions: 4 }) : system;
      const integration = await stack.integrate(source, kind === 'halopsa' ? system : halo, {});
      const importNow = (of: 'customers' | 'subscriptions') => stack.importAndWait(integration, { kind: of });
      await Promise.all([importNow('customers'), importNow('subscriptions')]);
      expect(granted()).toBe(1);

      const [row] = await stack.sql`select sealed from tokens where connection_id = ${system.id}`;
      expect(row!.sealed).toMatch(/^v1\./);
      await stack.sql`update tokens set last_rotated_at = clock_timestamp() - interval '59 minutes',
        access_expires_at = clock_timestamp() + interval '60 seconds' where connection_id = ${system.id}`;
      await Promise.all([importNow('customers'), importNow('subscriptions')]);
      expect(granted()).toBe(2);

      await control(system, 'revokeTokens');
      const [one, two] = await Promise.all([importNow('customers'), importNow('subscriptions')]);
      expect([one.problem, two.problem]).toEqual([null, null]);
      expect(granted()).toBe(3);

      // Refused whatever the token: one renewal, and then a clear word instead of a loop.
      system.simulator.faults.add({
        path: 'customers|Client',
        times: -1,
        act: { do: 'respond', status: 401, body: {} },
      });
      const refused = await importNow('customers');
      expect(refused).toMatchObject({
        state: 'failed',
        problem: { title: expect.stringMatching(/credentials were refused|permission is missing/) },
      });
      expect(granted()).toBe(4);
    } finally {
      await other.stop();
    }
  },
);
