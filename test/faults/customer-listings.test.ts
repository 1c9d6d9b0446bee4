import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../support/stack.ts';

/** A distributor that lists by customer: what befalls one customer's list stays that customer's, if it stays at all. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 3_000 } });
});
afterAll(() => stack?.close());

async function stellr() {
  const source = await stack.connect('streamone-stellr', { customers: 6, subscriptions: 18 });
  const destination = await stack.connect('halopsa', { clients: 'none' });
  const integration = await stack.integrate(source, destination, { createClients: true });
  // Customers that are named are listed one by one.
  const subscriptions = async () => {
    const rows = await stack.sql<{ id: string }[]>`
      select id from customers where connection_id = ${source.id} and not own`;
    const customerIds = rows.map(({ id }) => id);
    return await stack.importAndWait(integration, { kind: 'subscriptions', customerIds });
  };
  expect(await stack.importAndWait(integration, { kind: 'customers' })).toMatchObject({ state: 'completed' });
  const scopes = async (collectionId: string) =>
    (
      await stack.sql<
        { state: string }[]
      >`select state from collection_scopes where collection_id = ${collectionId}`
    ).map(({ state }) => state);
  return { source, subscriptions, scopes };
}

test('trouble that passes is sat out', async () => {
  const { source, subscriptions, scopes } = await stellr();
  source.simulator.faults.add({ path: '[sS]ubscriptions', after: 1, act: { do: 'respond', status: 503 } });
  const ended = await subscriptions();
  expect(ended).toMatchObject({ state: 'completed' });
  expect(new Set(await scopes(ended.collectionId))).toEqual(new Set(['listed']));
});

test('trouble of one customer that stays is that customer’s alone', async () => {
  const { source, subscriptions, scopes } = await stellr();
  const [row] = await stack.sql<{ id: string }[]>`
    select id from customers where connection_id = ${source.id} and not own order by id limit 1`;
  const fault = { path: `[sS]ubscriptions.*${row!.id}|${row!.id}.*[sS]ubscriptions`, times: -1 };
  source.simulator.faults.add({ ...fault, act: { do: 'respond', status: 500 } });
  const ended = await subscriptions();
  expect(ended.problem).toBeNull();
  expect(ended.counts.created).toBeGreaterThan(5);
  const states = await scopes(ended.collectionId);
  expect(states.filter((state) => state === 'failed')).toHaveLength(1);
});
