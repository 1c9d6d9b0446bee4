import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IonState } from '../../simulators/streamone-ion/state.ts';
import { expectNoSecret } from '../support/capture.ts';
import { control } from '../support/control.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import type { SimulatedKind } from '../support/systems.ts';
import { waitFor } from '../support/wait.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const kinds: SimulatedKind[] = ['arrowsphere', 'streamone-ion', 'streamone-stellr', 'halopsa'];

/** Every token value a simulator gave out, dead or alive. */
function tokensOf({ simulator }: { simulator: { state: unknown } }): string[] {
  const { tokens } = simulator.state as { tokens?: unknown };
  if (!tokens) return [];
  if (tokens instanceof Map) return [...tokens.keys()] as string[];
  const values = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'string' && value.length >= 12) values.add(value);
    else if (value instanceof Map) for (const [key, inner] of value) [key, inner].forEach(collect);
    else if (value && typeof value === 'object') Object.values(value).forEach(collect);
  };
  collect(tokens);
  return [...values];
}

test('tokens and secrets stand nowhere, whatever befalls an import, a test or a renewal', async () => {
  const systems: Connected<SimulatedKind>[] = [];
  for (const kind of kinds)
    systems.push(
      await stack.connect(
        kind,
        (kind === 'halopsa'
          ? { customers: 3, clients: 'none' }
          : { customers: 3, subscriptions: 8 }) as never,
      ),
    );
  const [arrow, ion, stellr, halo] = systems as [
    Connected<'arrowsphere'>,
    Connected<'streamone-ion'>,
    Connected<'streamone-stellr'>,
    Connected<'halopsa'>,
  ];
  const secrets = new Set<string>();
  const learn = () => {
    for (const system of systems) {
      for (const name of ['apiKey', 'refreshToken', 'clientSecret'])
        if (system.credentials[name]) secrets.add(system.credentials[name]);
      for (const token of tokensOf(system)) secrets.add(token);
    }
  };
  learn();

  // As it goes when all is well.
  for (const { id } of systems) await stack.expect(200, 'POST', `/v1/connections/${id}/test`);
  const integrations: string[] = [];
  for (const source of [arrow, ion, stellr])
    integrations.push(await stack.integrate(source, halo, { createClients: true }));
  for (const integration of integrations) {
    await stack.importAndWait(integration, { kind: 'customers' });
    await stack.importAndWait(integration, { kind: 'subscriptions' });
  }
  learn();

  // Answers that quote what was sent, at the token endpoints and everywhere else.
  const quoting = (system: Connected<SimulatedKind>, only?: string) => {
    const said = only ?? [...Object.values(system.credentials), ...tokensOf(system)].join(' ');
    return {
      error: 'invalid_grant',
      error_description: said,
      message: said,
      requestId: said,
      correlationId: said,
      errorCode: said,
      details: [{ requestId: said, errors: [{ code: said }] }],
    };
  };
  for (const system of systems) {
    // The one that is in use, looking like an id.
    const [token = system.credentials.apiKey!] = tokensOf(system).slice(-1);
    const live = system === ion ? ion.simulator.state.tokens.issued.at(-1)!.access : token;
    system.simulator.faults.add({
      path: 'customers|whoami|Agent|Client',
      times: -1,
      act: { do: 'respond', status: 404, body: quoting(system, live) },
    });
    await stack.expect(200, 'POST', `/v1/connections/${system.id}/test`);
    system.simulator.faults.clear();
  }
  for (const status of [400, 401, 403, 500]) {
    for (const system of systems) {
      await control(system, 'revokeTokens').catch(() => {});
      system.simulator.faults.add({ times: 6, act: { do: 'respond', status, body: quoting(system) } });
      await stack.expect(200, 'POST', `/v1/connections/${system.id}/test`);
      system.simulator.faults.clear();
    }
  }
  learn();

  // A refused import of each, and a token that is refused.
  for (const system of [arrow, stellr, halo])
    system.simulator.faults.add({ times: -1, act: { do: 'respond', status: 401, body: quoting(system) } });
  for (const integration of integrations.slice(0, 1).concat(integrations.slice(2)))
    expect(await stack.importAndWait(integration, { kind: 'customers' })).toMatchObject({ state: 'failed' });
  for (const system of [arrow, stellr, halo]) system.simulator.faults.clear();

  const state = ion.simulator.state as IonState;
  // It may have been refused above already: a person enters another.
  const enter = async () => {
    const { refresh_token: refreshToken } = await control<{ refresh_token: string }>(ion, 'newCredentials');
    secrets.add(refreshToken);
    await stack.expect(200, 'PATCH', `/v1/connections/${ion.id}`, { credentials: { refreshToken } });
  };
  const tokenState = async (wanted: string) =>
    waitFor(
      async () => (await stack.expect(200, 'GET', `/v1/connections/${ion.id}/token`)).state === wanted,
      `the token to be ${wanted}`,
    );
  await enter();
  await stack.expect(202, 'POST', `/v1/connections/${ion.id}/token/refresh`);
  await waitFor(() => state.tokens.exchanges > 1, 'the renewal');
  ion.simulator.faults.add({
    path: '/oauth/token',
    times: -1,
    act: { do: 'respond', status: 400, body: quoting(ion) },
  });
  await stack.expect(202, 'POST', `/v1/connections/${ion.id}/token/refresh`);
  await tokenState('reauth_required');
  const path = `/v1/integrations/${integrations[1]}/imports`;
  await control(ion, 'revoke');
  const { id } = await stack.expect(202, 'POST', path, { kind: 'customers', mode: 'apply' });
  await waitFor(
    async () => (await stack.expect(200, 'GET', `/v1/imports/${id}`)).problem,
    'the import to wait',
  );
  await stack.expect(200, 'GET', '/v1/findings');
  ion.simulator.faults.clear();
  await enter();
  expect(await stack.importEnds(id)).toMatchObject({ state: 'completed' });
  for (const { id } of systems) await stack.expect(200, 'GET', `/v1/connections/${id}`);
  learn();

  // The search knows what it looks for.
  for (const system of systems.slice(1)) expect(tokensOf(system).length).toBeGreaterThan(0);
  await expectNoSecret(stack, [...secrets, stack.keys, stack.parts.apiKey]);
});
