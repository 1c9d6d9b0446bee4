import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** A month of daily syncs on the real parts: what an operator who looks away for four weeks finds. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    patience: {
      droppedMs: 50,
      timeoutMs: 50,
      requestMs: 2_000,
      outageMs: 2_000,
      retries: { pause: () => sleep(20) },
    },
  });
});
afterAll(() => stack?.close());

/** The same month at each run. */
function dice(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return { next, pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]! };
}

const acts = [
  { do: 'drop' },
  { do: 'drop-reply' },
  { do: 'respond', status: 500 },
  { do: 'truncate' },
  { do: 'middleman', as: 'html-200' },
] as const;
const read = (scene: Scene) =>
  stack.expect(200, 'GET', `/v1/integrations/${scene.integration}/reconciliation?limit=200`);
const dayMinutes = 24 * 60;

/** What happens at a distributor in a day, and sometimes in HaloPSA. */
async function day(scene: Scene, { next, pick }: ReturnType<typeof dice>, refs: string[]): Promise<void> {
  const living = () =>
    scene.source.simulator.state.licences
      .filter(({ state }) => state === 'active')
      .map(({ id }) => `XSP${id}`);
  if (next() < 0.7)
    refs.push(
      await scene.licence({ customer: pick(scene.customers).ref, seats: 1 + Math.floor(next() * 40) }),
    );
  for (const ref of living())
    if (next() < 0.2) await scene.arrow('setSeats', { ref, seats: 1 + Math.floor(next() * 40) });
  if (living().length > 4 && next() < 0.3) await scene.arrow('cancelLicense', { ref: pick(living()) });
}

describe.concurrent('a month of daily syncs', () => {
  test('with faults every day ends with HaloPSA as the distributor has it, each once, and every difference explained', {
    timeout: 600_000,
  }, async () => {
    const scene = await Scene.withClients(stack, { arrow: { customers: 4 } });
    const random = dice(20261128);
    const refs: string[] = [];
    const states = new Map<string, number>();
    for (let date = 1; date <= 30; date++) {
      await day(scene, random, refs);
      for (const { simulator } of [scene.source, scene.destination])
        if (random.next() < 0.6)
          simulator.faults.add({
            path: simulator === scene.source.simulator ? undefined : '^/api/',
            times: 1 + Math.floor(random.next() * 3),
            after: Math.floor(random.next() * 4),
            act: random.pick(acts) as never,
          });
      const { state } = await scene.run('subscriptions');
      states.set(state, (states.get(state) ?? 0) + 1);
      for (const { simulator } of [scene.source, scene.destination]) simulator.faults.clear();
      await scene.earlier(dayMinutes);
    }
    // The weather was real: not every day went well without one of them.
    expect(states.get('completed') ?? 0).toBeGreaterThan(10);
    // Two days of peace.
    for (let quiet = 0; quiet < 2; quiet++) {
      expect(await scene.run('subscriptions')).toMatchObject({ problem: null });
      await scene.earlier(dayMinutes);
    }
    await scene.run('subscriptions');

    const findings = await scene.findings();
    const explained = (ref: string) => JSON.stringify(findings).includes(ref);
    const wrong: string[] = [];
    for (const { id, seats, state } of scene.source.simulator.state.licences) {
      const ref = `XSP${id}`;
      const rows = scene.rowsOf(ref);
      const active = rows.filter((row) => row.is_active);
      const living = state === 'active' || state === 'suspended';
      if (living && active.length !== 1 && !explained(ref))
        wrong.push(`${ref}: ${active.length} active licences`);
      if (living && active[0] && active[0].count !== seats && !explained(ref))
        wrong.push(`${ref}: ${active[0].count} seats, not ${seats}`);
      if (!living && active.length > 0 && !explained(ref)) wrong.push(`${ref}: ended and still active`);
    }
    expect(wrong).toEqual([]);
    expect(refs.length).toBeGreaterThan(15);
    // Nothing at HaloPSA that nobody ordered.
    const ours = new Set(scene.links.filter(({ table_id }) => table_id === 1).map(({ halo_id }) => halo_id));
    expect(scene.licences.filter(({ id, is_active }) => is_active && !ours.has(id))).toEqual([]);
    const { state, items } = await read(scene);
    expect(state).toBe('known');
    for (const item of items) expect(item.subscriptionIds.some(explained), JSON.stringify(item)).toBe(true);
  });

  test('of an integration that observes makes not one write, and still knows each difference', {
    timeout: 600_000,
  }, async () => {
    const scene = await Scene.withClients(stack, { arrow: { customers: 3 } });
    await scene.licence({ seats: 7 });
    await scene.run('subscriptions');
    await stack.expect(200, 'PATCH', `/v1/integrations/${scene.integration}`, {
      options: { mode: 'observe' },
    });
    const asked = scene.changes.length;
    const before = scene.dump();
    const random = dice(7);
    const refs: string[] = [];
    for (let date = 1; date <= 30; date++) {
      await day(scene, random, refs);
      if (date % 6 === 0) await scene.run('customers');
      expect(await scene.run('subscriptions')).toMatchObject({ mode: 'observe' });
      await scene.earlier(dayMinutes);
    }
    expect(scene.changes.slice(asked)).toEqual([]);
    expect(scene.dump()).toEqual(before);
    const { summary } = await read(scene);
    expect(summary[0]).toMatchObject({ class: 'active-but-unbilled' });
    const living = scene.source.simulator.state.licences.filter(({ state }) => state === 'active').length;
    expect(summary.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBeGreaterThan(0);
    expect(living).toBeGreaterThan(4);
  });

  test('two integrations into one HaloPSA keep apart what they sell one client of one product', async () => {
    const first = await Scene.withClients(stack, { arrow: { customers: 2 } });
    const [customer] = first.customers;
    const client = first.clientOf(customer!.ref);
    const other = await stack.connect('arrowsphere', {
      customers: 2,
      subscriptions: 0,
      reference: 'XSP900001',
      seed: 5,
    });
    const integration = await stack.integrate(other, first.destination, { createClients: false });
    const theirs = other.simulator.state.customers.find(
      ({ ref }) => ref !== other.simulator.state.reference,
    )!;
    const answer = async (system: { simulator: { url: string } }, name: string, body: object) =>
      (await (
        await fetch(`${system.simulator.url}/__control/do/${name}`, {
          method: 'POST',
          body: JSON.stringify(body),
        })
      ).json()) as { ref: string };
    await stack.importAndWait(integration, { kind: 'customers' });
    await stack.expect(200, 'PUT', `/v1/integrations/${integration}/mappings/${theirs.ref}`, {
      clientId: `${client.id}`,
    });
    const mine = await first.licence({ seats: 5 });
    const { ref } = await answer(other, 'addLicense', { customer: theirs.ref, seats: 3 });
    await first.run('subscriptions');
    await stack.importAndWait(integration, { kind: 'subscriptions' });
    const counts = () =>
      first.licences
        .filter((row) => row.client_id === client.id && row.is_active)
        .map(({ count }) => count)
        .sort((a, b) => a - b);
    expect(counts()).toEqual([3, 5]);

    // Each follows its own distributor, and what one does leaves the other's line alone.
    await first.arrow('setSeats', { ref: mine, seats: 6 });
    await first.run('subscriptions');
    expect(counts()).toEqual([3, 6]);
    await answer(other, 'cancelLicense', { ref });
    await stack.importAndWait(integration, { kind: 'subscriptions' });
    expect(counts()).toEqual([6]);
    for (const id of [first.integration, integration]) {
      const { items } = await stack.expect(200, 'GET', `/v1/integrations/${id}/reconciliation`);
      expect(items.filter((item: { clientId: string }) => item.clientId === `${client.id}`)).toEqual([]);
    }
  });
});
