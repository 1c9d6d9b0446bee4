import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../support/stack.ts';

/** Imports side by side into one HaloPSA, over a connection each: what is new to both is created once. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const count = 12;
const control = (url: string, name: string, body: object) =>
  fetch(`${url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });

test('of one name there is one client; the other customer is held and said', async () => {
  const halo = await stack.connect('halopsa', { clients: 'none' });
  const again = await stack.expect(201, 'POST', '/v1/connections', {
    kind: 'halopsa', name: 'the same once more', settings: halo.settings, credentials: halo.credentials,
  }); // biome-ignore format: a row
  const integrations: string[] = [];
  for (const destination of [halo, again]) {
    const source = await stack.connect('arrowsphere', { customers: 0, subscriptions: 0 });
    for (let n = 0; n < count; n++)
      await control(source.simulator.url, 'addCustomer', { name: `Shared Newcomer ${n} Ltd` });
    integrations.push(await stack.integrate(source, destination, { createClients: true }));
  }
  const runs = await Promise.all(
    integrations.map((integration) => stack.importAndWait(integration, { kind: 'customers' })),
  );
  const names = [...halo.simulator.state.clients.rows.values()]
    .map(({ name }) => name)
    .filter((name) => name.startsWith('Shared'));
  expect(names.sort()).toEqual(Array.from({ length: count }, (_, n) => `Shared Newcomer ${n} Ltd`).sort());
  expect(runs.map(({ state }) => state)).toEqual(['completed', 'completed']);
  expect(runs[0].counts.created + runs[1].counts.created).toBe(count);
  expect(runs[0].counts.held + runs[1].counts.held).toBe(count);
  const { items } = await stack.expect(200, 'GET', '/v1/findings?kind=customer-held&state=open&limit=200');
  expect(items).toHaveLength(count);
  for (const { message } of items)
    expect(message).toMatch(/^“Shared Newcomer \d+ Ltd” \(customer \w+\) was not created because/);
});
