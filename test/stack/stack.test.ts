import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNone, expectNoPersonalData, expectNoSecret, temporalTraces } from '../support/capture.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { pollers } from '../support/worker-process.ts';

/** The tests' own installation: the whole way once, and that a leak would be seen. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

test('an import goes all the way, and no secret nor name leaves the places it may be in', async () => {
  const source = await stack.connect('arrowsphere', { customers: 12, subscriptions: 30 });
  const destination = await stack.connect('halopsa', { customers: 12, clients: 'none' });
  const integration = await stack.integrate(source, destination, { createClients: true });
  const customers = await stack.importAndWait(integration, { kind: 'customers' });
  expect(customers).toMatchObject({ state: 'completed', problem: null });
  expect(customers.counts.created).toBeGreaterThan(5);
  const subscriptions = await stack.importAndWait(integration, { kind: 'subscriptions' });
  expect(subscriptions).toMatchObject({ problem: null });
  expect(subscriptions.counts.created).toBeGreaterThan(10);

  const { body } = await stack.api('GET', `/v1/connections/${source.id}/customers?limit=5`);
  const names = body.items.map(({ name }: { name: string }) => name);
  expect(names).toHaveLength(5);
  await expectNoPersonalData(stack, names);
  await expectNoSecret(stack, [...Object.values(source.credentials), destination.credentials.clientSecret!]);

  // A search that finds nothing must be able to find: this stands in histories only as bytes of a payload.
  const traces = await temporalTraces(stack);
  expect(() => expectNone(traces, ['"connectionKind":"arrowsphere"'])).toThrow(
    /in history of import\/customers/,
  );
});

test('a worker process asks for work, is killed and leaves the stack standing', async () => {
  const worker = await stack.startWorkerProcess();
  expect((await pollers(stack.temporal)).length).toBeGreaterThan(1);
  await worker.kill();
  await worker.kill();
  const other = await stack.startWorkerProcess();
  expect(await other.stop()).toBe(0);
});
