import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What stands at the end of a month: sums by currency, and the statement that is made by itself. */
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

const read = (scene: Scene) =>
  stack.expect(200, 'GET', `/v1/integrations/${scene.integration}/reconciliation?limit=200`);
test('currencies are never added, and one that the integration does not write is told', async () => {
  const scene = await Scene.withClients(stack, { options: { currency: 'EUR' } });
  const euro = await scene.licence({ seats: 3, patch: { price: { buy: 10, sell: 15 } } });
  const dollar = await scene.licence({ seats: 4, patch: { currency: 'USD', price: { buy: 20, sell: 30 } } });
  await scene.run('subscriptions');
  expect(await scene.finding('currency')).toMatchObject({ message: expect.stringContaining('1 in USD') });
  for (const ref of [euro, dollar])
    await scene.halo('setLicence', { id: scene.rowOf(ref).id, patch: { is_active: false } });
  await scene.run('subscriptions', { mode: 'preview' });
  const { items, summary } = await read(scene);
  const unbilled = summary.find((one: { class: string }) => one.class === 'active-but-unbilled');
  const currencies = unbilled.money.map(({ currency }: { currency: string }) => currency);
  expect(new Set(currencies)).toEqual(new Set(['EUR', 'USD']));
  expect(currencies.length).toBe(
    new Set(
      unbilled.money.map(
        ({ currency, cycle }: { currency: string; cycle: string }) => `${currency}/${cycle}`,
      ),
    ).size,
  );
  for (const item of items) expect(item.money.length).toBeLessThanOrEqual(1);
});

test('the month that is over is frozen once, by itself, as both sides stood at its end', async () => {
  const scene = await Scene.withClients(stack, { options: { timeZone: 'Europe/Berlin' } });
  const ref = await scene.licence({ seats: 5 });
  await scene.run('subscriptions');
  const housekeeping = () =>
    stack.temporal.workflow.execute('housekeeping', {
      taskQueue: 'tributary',
      workflowId: `housekeeping/${randomUUID()}`,
      args: [],
    });
  const statements = async () =>
    (await stack.expect(200, 'GET', `/v1/integrations/${scene.integration}/statements`)).items;
  await housekeeping();
  // Nothing was known of it when that month ended.
  expect(await statements()).toEqual([]);
  // As if all of this had been in that month.
  const { sql } = stack;
  const ago = sql`(date_trunc('month', now()) - interval '2 days')`;
  await sql`update integrations set created_at = ${ago} where id = ${scene.integration}`;
  for (const connection of [scene.source.id, scene.destination.id]) {
    await sql`update collections set started_at = ${ago}, finished_at = ${ago} where connection_id = ${connection}`;
    for (const table of ['customers', 'subscriptions', 'clients', 'licences', 'links'])
      await sql`update ${sql(table)} set valid_from = ${ago} where connection_id = ${connection}`;
  }
  await housekeeping();
  const [made, ...more] = await statements();
  expect(more).toEqual([]);
  expect(made).toMatchObject({ createdBy: 'Tributary', month: expect.stringMatching(/^\d{4}-\d\d$/) });
  const whole = await stack.expect(200, 'GET', `/v1/statements/${made.id}`);
  expect(whole.items).toEqual([]);
  // What comes later changes nothing of it.
  await scene.edit(ref, { count: 1 });
  await scene.run('subscriptions', { mode: 'preview' });
  await housekeeping();
  expect(await statements()).toEqual([made]);
  expect(await stack.expect(200, 'GET', `/v1/statements/${made.id}`)).toEqual(whole);
});
