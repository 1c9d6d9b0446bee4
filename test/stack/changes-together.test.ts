import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';
import type { Running } from '../support/wiring.ts';

/** Changes of one distributor that are approved together take an order each, and read it together. */
let stack: Stack;
let worker: Running;
beforeAll(async () => {
  stack = await startStack({ worker: false });
  worker = await stack.startWorker();
});
afterAll(() => stack?.close());

interface Row {
  id: string;
  customerId: string;
  quantity: string;
  usage: boolean;
  billingCycle: string;
}

test.each(['arrowsphere', 'streamone-ion', 'streamone-stellr'] as const)(
  '%s: 6 changes take at most 10 calls',
  { timeout: 300_000 },
  async (kind) => {
    const source = await stack.connect(kind, { customers: 5, subscriptions: 40 });
    const halo = await stack.connect('halopsa', { clients: 'none' });
    const integration = await stack.integrate(source, halo, { createClients: true, changes: 'ask' });
    await stack.importAndWait(integration, { kind: 'customers' });
    await stack.importAndWait(integration, { kind: 'subscriptions' });
    const path = `/v1/connections/${source.id}/subscriptions?status=active&limit=200`;
    const rows: Row[] = (await stack.expect(200, 'GET', path)).items;
    const sold = rows.filter((row) => row.quantity && !row.usage && row.billingCycle !== 'one-time');
    // Of several customers.
    const seats = sold.filter((_, n) => n % Math.floor(sold.length / 6) === 0).slice(0, 6);
    expect(seats).toHaveLength(6);
    expect(new Set(seats.map(({ customerId }) => customerId)).size).toBeGreaterThan(1);
    const asked = await Promise.all(
      seats.map(({ id, quantity }) =>
        stack.expect(202, 'POST', `/v1/integrations/${integration}/changes`, {
          kind: 'quantity',
          subscriptionId: id,
          quantity: String(Number(quantity) + 1),
        }),
      ),
    );
    const { requests } = source.simulator;
    const before = requests.length;
    // All are approved before the first is carried out, however slow this machine is.
    await worker.stop();
    await Promise.all(asked.map(({ id }) => stack.expect(200, 'POST', `/v1/approvals/${id}/approve`, {})));
    worker = await stack.startWorker();
    for (const { id } of asked)
      await waitFor(
        async () => (await stack.expect(200, 'GET', `/v1/changes/${id}`)).state === 'done',
        `change ${id}`,
        { timeoutMs: 120_000 },
      );
    // HaloPSA follows on the same listing: every licence has its new count, and nothing more was asked for.
    const counted = async () => {
      const licences = await stack.sql<{ record: string; id: string }[]>`
        select b.record_id as record, b.external_id as id from baselines b
        where b.integration_id = ${integration} and b.entity = 'licence' and b.external_id in ${stack.sql(seats.map(({ id }) => id))}`;
      return licences.filter(({ record, id }) => {
        const { quantity } = seats.find((one) => one.id === id)!;
        return (
          halo.simulator.state.licences.rows.get(Number(record) as never)?.count === Number(quantity) + 1
        );
      }).length;
    };
    await waitFor(async () => (await counted()) === 6, 'HaloPSA to follow', { timeoutMs: 120_000 });
    const calls = requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(10);
  },
);
