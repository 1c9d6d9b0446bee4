import { afterAll, beforeAll, expect, test } from 'vitest';
import { allPermissions } from '../../simulators/streamone-stellr/state.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** StreamOne Stellr lists by customer: one that has left is asked about once, and no longer asked for. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

test('a customer that left is one question, answered by deactivating its licences', async () => {
  // Without it each customer is asked for its own subscriptions.
  const permissions = allPermissions.filter((name) => name !== "List Reseller's Subscriptions");
  const stellr = await stack.connect('streamone-stellr', { customers: 2, subscriptions: 6, permissions });
  const halo = await stack.connect('halopsa', { clients: 'none' });
  const integration = await stack.integrate(stellr, halo, { createClients: true });
  const run = (kind: 'customers' | 'subscriptions') => stack.importAndWait(integration, { kind });
  const control = (name: string, body: object) =>
    fetch(`${stellr.simulator.url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });
  const findings = async (kind: string) =>
    (await stack.expect(200, 'GET', `/v1/findings?integrationId=${integration}&state=open&kind=${kind}`))
      .items;
  const earlier = async () => {
    await stack.sql`update absences set since = since - interval '2 hours' where connection_id = ${stellr.id}`;
    await stack.sql`update collections set started_at = started_at - interval '1 hour', finished_at = finished_at - interval '1 hour'
      where connection_id = ${stellr.id}`;
  };
  const active = () => [...halo.simulator.state.licences.rows.values()].filter((row) => row.is_active).length;
  await run('customers');
  const { counts } = await run('subscriptions');
  expect(counts.created).toBeGreaterThan(2);

  const [{ id: customerNo }] = await stack.sql<[{ id: string }]>`
    select s.customer_id as id from baselines b join subscriptions s on s.connection_id = ${stellr.id} and s.id = b.external_id
    where b.integration_id = ${integration} and b.entity = 'licence' limit 1`;
  await control('removeCustomer', { customerNo });
  await run('customers');
  const standing = active();
  // Gone once: its listing fails, and nothing is judged.
  expect((await run('subscriptions')).counts).toMatchObject({ deactivated: 0, held: 0 });
  expect(await findings('customers-not-listed')).toHaveLength(1);

  await earlier();
  await run('customers');
  const asked = stellr.simulator.requests.length;
  const held = (await run('subscriptions')).counts.held;
  expect(held).toBeGreaterThan(0);
  expect(active()).toBe(standing);
  expect(stellr.simulator.requests.slice(asked).filter(({ path }) => path.includes(customerNo))).toEqual([]);
  expect(await findings('customers-not-listed')).toEqual([]);
  const [finding, ...others] = await findings('customer-left');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    actions: ['deactivate', 'reject'],
    severity: 'critical',
    subject: { customerId: customerNo },
  });
  expect(finding.subject.externalIds).toHaveLength(held);
  expect(finding.message).toContain(`(customer ${customerNo})`);

  await stack.expect(200, 'POST', `/v1/findings/${finding.id}/resolve`, { action: 'deactivate' });
  expect((await run('subscriptions')).counts).toMatchObject({ deactivated: held, held: 0 });
  expect(active()).toBe(standing - held);
  expect(await findings('customer-left')).toEqual([]);
  expect((await run('subscriptions')).counts).toMatchObject({ deactivated: 0, held: 0 });
});
