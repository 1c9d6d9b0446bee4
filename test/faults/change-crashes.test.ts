import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeWorkflowId } from '../../temporal/ids.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

/** Workers are killed at every step of a change: one order reaches the distributor, and the change ends truly. */
let stack: Stack;
let worker: WorkerProcess;
let source: Connected<'arrowsphere'>;
let integration: string;
let seats: { id: string; quantity: string }[];
beforeAll(async () => {
  stack = await startStack({ worker: false });
  worker = await stack.startWorkerProcess();
  source = await stack.connect('arrowsphere', { customers: 2, subscriptions: 10 });
  const halo = await stack.connect('halopsa', { clients: 'none' });
  integration = await stack.integrate(source, halo, { createClients: true, changes: 'auto' });
  await stack.importAndWait(integration, { kind: 'customers' });
  await stack.importAndWait(integration, { kind: 'subscriptions' });
  const path = `/v1/connections/${source.id}/subscriptions?status=active&limit=200`;
  const { items } = await stack.expect(200, 'GET', path);
  seats = items.filter(({ quantity, usage }: { quantity: string; usage: boolean }) => quantity && !usage);
}, 180_000);
afterAll(() => stack?.close());

async function replaceWorker(): Promise<void> {
  await worker.kill();
  worker = await stack.startWorkerProcess();
}

const orders = () => source.simulator.state.orders.orders.length;
const show = (id: string) => stack.expect(200, 'GET', `/v1/changes/${id}`);

async function begin({ id, quantity }: { id: string; quantity: string }) {
  const wanted = String(Number(quantity) + 1);
  const asked = await stack.expect(202, 'POST', `/v1/integrations/${integration}/changes`, {
    kind: 'quantity',
    subscriptionId: id,
    quantity: wanted,
  });
  return { id: asked.id as string, wanted };
}

/** Names of the activities that have ended, in order. */
async function steps(id: string): Promise<string[]> {
  const handle = stack.temporal.workflow.getHandle(changeWorkflowId(id));
  const { events } = await handle.fetchHistory().catch(() => ({ events: [] }));
  const names = new Map<string, string>();
  const ended: string[] = [];
  for (const {
    eventId,
    activityTaskScheduledEventAttributes: scheduled,
    activityTaskCompletedEventAttributes: done,
  } of events ?? []) {
    if (scheduled) names.set(String(eventId), scheduled.activityType?.name ?? '');
    if (done) ended.push(names.get(String(done.scheduledEventId)) ?? '');
  }
  return ended;
}

const over = async (id: string) =>
  ['done', 'failed', 'refused', 'ambiguous'].includes((await show(id)).state);

test('after each of its steps', { timeout: 600_000 }, async () => {
  const before = orders();
  const change = await begin(seats[0]!);
  const killedAfter: string[] = [];
  for (let known = 0; ; ) {
    const ended = await waitFor(
      async () => {
        const so = await steps(change.id);
        return so.length > known ? so : (await over(change.id)) && so;
      },
      'the next step',
      { everyMs: 30, timeoutMs: 240_000 },
    );
    if (ended.length === known) break;
    known = ended.length;
    killedAfter.push(ended.at(-1)!);
    await replaceWorker();
  }
  expect(killedAfter).toEqual(expect.arrayContaining(['joinCollection', 'checkChange', 'placeChange']));
  expect(await show(change.id)).toMatchObject({ state: 'done', seen: { quantity: change.wanted } });
  expect(orders()).toBe(before + 1);
});

test.each([
  ['before the order arrived', { do: 'hang' }, 0],
  ['after the order, before its answer', { do: 'hang', handled: true }, 1],
] as const)('%s', { timeout: 300_000 }, async (_, act, arrived) => {
  const before = orders();
  source.simulator.faults.add({ path: '/seats', act } as never);
  const sent = source.simulator.requests.filter(({ path }) => path.endsWith('/seats')).length;
  const change = await begin(seats[1 + arrived]!);
  await waitFor(
    () => source.simulator.requests.filter(({ path }) => path.endsWith('/seats')).length > sent,
    'the order to be sent',
    { everyMs: 20, timeoutMs: 60_000 },
  );
  await worker.kill();
  source.simulator.faults.clear();
  worker = await stack.startWorkerProcess();
  await waitFor(() => over(change.id), 'the change to end', { timeoutMs: 240_000 });
  const ended = await show(change.id);
  expect(orders()).toBe(before + arrived);
  // ArrowSphere tells of no order by our reference: what did not arrive is a person's to look up, never sent again.
  expect(ended.state).toBe(arrived ? 'done' : 'ambiguous');
});
