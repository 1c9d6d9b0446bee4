import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal, expectProblem, instant, nobody, uuidV7 } from '../support/problems.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** Imports, as design.md §3 and §5 promise them. */
let stack: Stack;
let arrow: Connected<'arrowsphere'>;
let halo: Connected<'halopsa'>;
let integration: string;
beforeAll(async () => {
  stack = await startStack();
  arrow = await stack.connect('arrowsphere', { customers: 6, subscriptions: 24 });
  halo = await stack.connect('halopsa', { customers: 6, clients: 'none' });
  integration = await stack.integrate(arrow, halo, { createClients: true });
});
afterAll(() => stack?.close());

const path = () => `/v1/integrations/${integration}/imports`;
const ask = (body: object, headers?: Record<string, string>) => stack.api('POST', path(), body, headers);
const slowly = (ms = 1500) =>
  arrow.simulator.faults.add({ path: 'whoami|customers|licenses', times: -1, act: { do: 'delay', ms } });
const quickly = () => arrow.simulator.faults.clear();

const textOrNull = expect.toSatisfy((value) => value === null || typeof value === 'string');
const countOrNull = expect.toSatisfy((value) => value === null || Number.isInteger(value));
const shape = {
  id: expect.stringMatching(uuidV7),
  integrationId: expect.any(String),
  collectionId: textOrNull,
  previewId: textOrNull,
  kind: expect.stringMatching(/^(customers|subscriptions)$/),
  mode: expect.stringMatching(/^(apply|preview)$/),
  trigger: expect.any(String),
  startedBy: { kind: 'key', name: 'First admin key', id: null },
  state: expect.stringMatching(/^(running|failed|cancelled|incomplete|completed_with_errors|completed)$/),
  startedAt: expect.stringMatching(instant),
  finishedAt: textOrNull,
  progress: {
    received: countOrNull,
    total: countOrNull,
    planned: countOrNull,
    applied: countOrNull,
    calls: countOrNull,
    waitingFor: null,
    expectedAt: textOrNull,
  },
  counts: {
    created: expect.any(Number),
    updated: expect.any(Number),
    unchanged: expect.any(Number),
    deactivated: expect.any(Number),
    held: expect.any(Number),
    failed: expect.any(Number),
    skipped: expect.any(Number),
    quarantined: expect.any(Number),
  },
  completeness: expect.toSatisfy(
    (value) =>
      value === null ||
      `${Object.keys(value).sort()}` === 'complete,declared,distinct,duplicates,received,unreadable',
  ),
  problem: expect.toSatisfy((value) => value === null || typeof value === 'object'),
  temporal: { workflowId: expect.any(String), runId: textOrNull, url: textOrNull },
};

describe('asking for an import', () => {
  test('answers 202 with where it is and the import itself', async () => {
    const asked = await ask({ kind: 'customers', mode: 'preview' });
    expect(asked.status).toBe(202);
    expect(asked.headers.get('location')).toBe(`/v1/imports/${asked.body.id}`);
    const { joined, ...rest } = asked.body;
    expect(joined ?? false).toBe(false);
    expect(rest).toEqual(shape);
    expect(rest).toMatchObject({
      integrationId: integration,
      kind: 'customers',
      mode: 'preview',
      previewId: null,
    });
    const ended = await stack.importEnds(rest.id);
    expect(ended).toEqual(shape);
    expect(ended).toMatchObject({
      state: 'completed',
      problem: null,
      finishedAt: expect.stringMatching(instant),
    });
    // Counts of a preview say what would happen; nothing did.
    expect(ended.counts.created).toBeGreaterThan(0);
    expect(halo.simulator.state.writes).toBe(0);
  });

  test.each([
    ['no kind', { mode: 'apply' }],
    ['an unheard kind', { kind: 'invoices', mode: 'apply' }],
    ['an unheard mode', { kind: 'customers', mode: 'dry' }],
    ['no customers', { kind: 'subscriptions', mode: 'apply', customerIds: [] }],
    ['customers as numbers', { kind: 'subscriptions', mode: 'apply', customerIds: [7] }],
    ['a field nobody knows', { kind: 'customers', mode: 'apply', colour: 'red' }],
  ])('is refused with %s', async (_, body) => {
    expectProblem(await ask(body), 400, 'invalid-request');
    expect((await stack.api('GET', '/v1/imports?state=running')).body.items).toEqual([]);
  });

  test('with one Idempotency-Key is asking once; another body is refused', async () => {
    const key = { 'idempotency-key': 'the-same-wish' };
    const body = { kind: 'customers', mode: 'preview' };
    const answers = await Promise.all([1, 2, 3].map(() => ask(body, key)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const ids = new Set(answers.map((answer) => answer.body.id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    await stack.importEnds(id);
    // Also once it has ended, and with the fields in another order.
    const later = await ask({ mode: 'preview', kind: 'customers' }, key);
    expect(later.status).toBe(202);
    expect(later.body.id).toBe(id);
    expect(later.headers.get('location')).toBe(`/v1/imports/${id}`);
    expectProblem(await ask({ kind: 'subscriptions', mode: 'preview' }, key), 422);
  });

  test('while one runs joins it, or gets its id', async () => {
    slowly();
    const all = { kind: 'subscriptions', mode: 'preview' };
    const first = (await ask(all)).body;
    const [customer] = arrow.simulator.state.customers;
    try {
      for (const covered of [all, { ...all, customerIds: [customer!.ref] }]) {
        const joined = await ask(covered);
        expect(joined.status).toBe(202);
        expect(joined.body).toMatchObject({ id: first.id, joined: true });
        expect(joined.headers.get('location')).toBe(`/v1/imports/${first.id}`);
      }
      const other = await ask({ kind: 'subscriptions', mode: 'apply' });
      const problem = expectProblem(other, 409, 'import-running');
      expect(JSON.stringify(problem)).toContain(first.id);
      // The other kind has a run of its own.
      const customers = await ask({ kind: 'customers', mode: 'preview' });
      expect(customers.status).toBe(202);
      expect(customers.body.id).not.toBe(first.id);
      expectProblem(await stack.api('POST', `/v1/imports/${first.id}/apply`, {}), 409);
      quickly();
      await stack.importEnds(customers.body.id);
    } finally {
      quickly();
    }
    await stack.importEnds(first.id);
  });

  test('is stopped cleanly', async () => {
    slowly();
    const { id } = (await ask({ kind: 'subscriptions', mode: 'apply' })).body;
    const cancelled = await stack.api('POST', `/v1/imports/${id}/cancel`);
    expect([200, 202, 204], JSON.stringify(cancelled.body)).toContain(cancelled.status);
    quickly();
    const ended = await stack.importEnds(id);
    expect(ended).toEqual(shape);
    expect(ended).toMatchObject({ state: 'cancelled' });
    const again = await stack.api('POST', `/v1/imports/${id}/cancel`);
    if (again.status >= 300) expectProblem(again, 409, 'not-applicable');
    expect((await stack.expect(200, 'GET', `/v1/imports/${id}`)).state).toBe('cancelled');
  });

  test('that cannot be done ends failed and says why and what to do', async () => {
    const key = arrow.simulator.state.apiKey;
    arrow.simulator.state.apiKey = 'changed-behind-our-back';
    const ended = await stack.importAndWait(integration, { kind: 'customers' });
    arrow.simulator.state.apiKey = key;
    expect(ended).toEqual(shape);
    expect(ended).toMatchObject({ state: 'failed', completeness: null });
    expect(JSON.stringify(ended.problem)).toMatch(/detail|message/);
    expect(JSON.stringify(ended)).not.toContain(key);
  });
});

describe('how it ends', () => {
  test('quarantined records are errors, and an incomplete listing stands above them', async () => {
    const { customers, knobs } = arrow.simulator.state;
    const broken = customers.find(({ ref }) => ref !== arrow.simulator.state.reference)!;
    broken.broken = 'noname';
    const errors = await stack.importAndWait(integration, { kind: 'customers', mode: 'preview' });
    expect(errors).toEqual(shape);
    expect(errors, JSON.stringify(errors)).toMatchObject({
      state: 'completed_with_errors',
      counts: { quarantined: 1 },
    });
    knobs.totalOffset.customers = 2;
    const incomplete = await stack.importAndWait(integration, { kind: 'customers', mode: 'preview' });
    knobs.totalOffset.customers = 0;
    delete broken.broken;
    expect(incomplete).toEqual(shape);
    expect(incomplete).toMatchObject({ state: 'incomplete', completeness: { complete: false } });
    const { declared, distinct } = incomplete.completeness;
    expect(declared).toBe(distinct + 2);
    const of = `/v1/connections/${arrow.id}/collections/${incomplete.collectionId}`;
    expect((await stack.expect(200, 'GET', of)).state).toBe('incomplete');
  });
});

describe('a preview', () => {
  test('is applied in part and then in whole, and only as long as it holds', async () => {
    const preview = await stack.importAndWait(integration, { kind: 'customers', mode: 'preview' });
    const { items } = await stack.expect(200, 'GET', `/v1/imports/${preview.id}/items?outcome=planned`);
    expect(items.length).toBe(preview.counts.created);
    const [one] = items;
    const apply = (body: object) => stack.api('POST', `/v1/imports/${preview.id}/apply`, body);
    for (const wrong of [{ itemIds: [] }, { itemIds: 'all' }, { itemIds: [nobody] }, { colour: 'red' }]) {
      const answer = await apply(wrong);
      expect([400, 404], JSON.stringify(wrong)).toContain(answer.status);
      expectProblem(answer, answer.status);
    }
    const key = { 'idempotency-key': 'this-one-item' };
    const started = await stack.api('POST', `/v1/imports/${preview.id}/apply`, { itemIds: [one.id] }, key);
    expect(started.status).toBe(202);
    expect(started.headers.get('location')).toBe(`/v1/imports/${started.body.id}`);
    expect(started.body).toMatchObject({ previewId: preview.id, mode: 'apply', kind: 'customers' });
    const applied = await stack.importEnds(started.body.id);
    expect(applied).toMatchObject({
      state: 'completed',
      counts: { created: 1, failed: 0 },
      previewId: preview.id,
    });
    // Said again under its key it is the same import, whatever has become of the preview.
    const replayed = await stack.api('POST', `/v1/imports/${preview.id}/apply`, { itemIds: [one.id] }, key);
    expect([replayed.status, replayed.body.id]).toEqual([202, applied.id]);
    // Something of its kind was written since.
    expectProblem(await apply({}), 409, 'preview-expired');
    // What was not a preview cannot be applied.
    expectProblem(await stack.api('POST', `/v1/imports/${applied.id}/apply`, {}), 409, 'not-applicable');

    const second = await stack.importAndWait(integration, { kind: 'customers', mode: 'preview' });
    const whole = await stack.expect(202, 'POST', `/v1/imports/${second.id}/apply`);
    expect(await stack.importEnds(whole.id)).toMatchObject({ counts: { created: items.length - 1 } });
  });
});

describe('what an import did', () => {
  test('is reported item by item, with before, after and the rule', async () => {
    const ended = await stack.importAndWait(integration, { kind: 'subscriptions' });
    expect(ended).toMatchObject({
      state: 'completed',
      completeness: { complete: true, declared: 24, distinct: 24 },
    });
    const applied = `/v1/imports/${ended.id}/items?outcome=applied&limit=200`;
    const { items } = await stack.expect(200, 'GET', applied);
    expect(items.length).toBe(ended.counts.created);
    for (const item of items) {
      expect(item).toMatchObject({ id: expect.any(String), outcome: 'applied', before: null });
      expect(JSON.stringify(item)).toContain('"create"');
      expect(item.after).toBeTypeOf('object');
      expect(item.held).toBeNull();
      expect(item).toHaveProperty('rule');
      for (const [name, value] of Object.entries(item.after))
        if (/cost|price|quantity/i.test(name) && value !== null) expect(value, name).toMatch(decimal);
    }
    expectProblem(
      await stack.api('GET', `/v1/imports/${ended.id}/items?outcome=none`),
      400,
      'invalid-request',
    );
    const page = await stack.expect(200, 'GET', applied.replace('limit=200', 'limit=2'));
    expect(page.items).toHaveLength(2);
    expect(page.nextCursor).toBeTypeOf('string');

    const { writes } = halo.simulator.state;
    const again = await stack.importAndWait(integration, { kind: 'subscriptions' });
    expect(again.counts).toMatchObject({ created: 0, updated: 0, unchanged: ended.counts.created });
    expect(halo.simulator.state.writes).toBe(writes);
  });

  test('is listed, newest first, by integration, kind and state', async () => {
    const { items } = await stack.expect(200, 'GET', '/v1/imports?limit=200');
    for (const item of items) expect(item).toEqual(shape);
    const started = items.map(({ startedAt }: { startedAt: string }) => startedAt);
    expect(started).toEqual([...started].sort().reverse());
    for (const [name, value] of [
      ['kind', 'customers'],
      ['state', 'cancelled'],
      ['integrationId', integration],
    ] as const) {
      const some = (await stack.expect(200, 'GET', `/v1/imports?${name}=${value}&limit=200`)).items;
      expect(some).toEqual(items.filter((item: Record<string, unknown>) => item[name] === value));
      expect(some.length).toBeGreaterThan(0);
    }
    expect((await stack.expect(200, 'GET', `/v1/imports?integrationId=${nobody}`)).items).toEqual([]);
    expectProblem(await stack.api('GET', '/v1/imports?state=done'), 400, 'invalid-request');
    expectProblem(await stack.api('GET', '/v1/imports?kind=invoices'), 400, 'invalid-request');
  });
});
