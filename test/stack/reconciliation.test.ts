import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What differs between both sides, read off real imports. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const read = (scene: Scene, query = '') =>
  stack.expect(200, 'GET', `/v1/integrations/${scene.integration}/reconciliation${query}`);

const priced = { price: { buy: 10, sell: 15 } };

async function imported(count = 2) {
  const scene = await Scene.withClients(stack);
  const refs: string[] = [];
  for (let i = 0; i < count; i++) refs.push(await scene.licence({ seats: 5 }));
  expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: count } });
  return { scene, refs };
}

describe('a reconciliation', () => {
  test('is unknown before both sides were listed, and clean after an import', async () => {
    const fresh = await Scene.open(stack);
    const before = await read(fresh);
    expect(before).toMatchObject({ state: 'unknown', asOf: null, items: [] });
    expect(before.unknown.join(' ')).toContain("The distributor's subscriptions were not listed yet.");
    const { scene } = await imported();
    expect(await read(scene)).toMatchObject({ state: 'known', items: [], unknown: [], nextCursor: null });
  });

  test('names leakage first, with money, cause and what to do', async () => {
    const { scene, refs } = await imported(3);
    const [, second] = scene.customers;
    await stack.expect(204, 'DELETE', `/v1/integrations/${scene.integration}/mappings/${second!.ref}`);
    await scene.licence({ customer: second!.ref, seats: 4 });
    await scene.edit(refs[0]!, { count: 2 });
    await scene.arrow('cancelLicense', { ref: refs[2] });
    await scene.run('subscriptions', { mode: 'preview' });
    const { state, items, summary } = await read(scene);
    expect(state).toBe('known');
    expect(items[0]).toMatchObject({
      class: 'active-but-unbilled',
      customerId: second!.ref,
      clientId: null,
      action: 'map',
      destination: null,
      distributor: { quantity: '4' },
    });
    expect(summary[0]).toMatchObject({ class: 'active-but-unbilled', count: 1 });
    expect(items.map((item: { class: string }) => item.class)).toEqual([
      'active-but-unbilled',
      expect.stringMatching(/^(under-billed|billed-after-cancellation)$/),
      ...items.slice(2).map((item: { class: string }) => item.class),
    ]);
    const only = await read(scene, '?class=active-but-unbilled&limit=1');
    expect(only.items).toHaveLength(1);
    expect(only.nextCursor).toBeNull();
  });

  test('of an earlier moment shows both sides as they were then', async () => {
    const { scene, refs } = await imported(1);
    await scene.arrow('setSeats', { ref: refs[0], seats: 9 });
    await scene.run('subscriptions', { mode: 'preview' });
    const between = new Date().toISOString();
    expect((await read(scene)).items).toMatchObject([{ class: 'under-billed' }]);
    await scene.run('subscriptions');
    expect((await read(scene)).items).toEqual([]);
    const then = await read(scene, `?asOf=${between}`);
    expect(then.items).toMatchObject([
      { class: 'under-billed', distributor: { quantity: '9' }, destination: { quantity: '5' } },
    ]);
  });

  test('comes as a file, in which no cell is a formula', async () => {
    const { scene } = await imported(1);
    const [first] = scene.customers;
    await scene.licence({ customer: first!.ref, patch: { name: '=1+1', ...priced } });
    await scene.run('subscriptions', { mode: 'preview' });
    const answer = await stack.api('GET', `/v1/integrations/${scene.integration}/reconciliation?format=csv`);
    expect(answer.headers.get('content-type')).toContain('text/csv');
    const lines = String(answer.body).trim().split('\r\n');
    expect(lines[0]).toMatch(/^class,customerId,/);
    expect(lines).toHaveLength(2);
    for (const cell of lines.slice(1).join(',').split(',')) expect(cell).not.toMatch(/^"?=/);
  });

  test('of a month is frozen: asked again it is the same, and nobody can change it', async () => {
    const { scene } = await imported(1);
    const path = `/v1/integrations/${scene.integration}/statements`;
    const made = await stack.expect(201, 'POST', path, { month: '2026-01' });
    expect(made).toMatchObject({ month: '2026-01', state: 'unknown' });
    expect(await stack.expect(201, 'POST', path, { month: '2026-01' })).toEqual(made);
    expect(await stack.expect(200, 'GET', `/v1/statements/${made.id}`)).toEqual(made);
    expect((await stack.expect(200, 'GET', path)).items).toMatchObject([{ id: made.id }]);
    await expect(stack.sql`update statements set month = '2026-02'`).rejects.toThrow(/append-only/);
    await expect(stack.sql`delete from statements`).rejects.toThrow(/append-only/);
    await stack.expect(409, 'POST', path, { month: '2999-01' });
  });
});
