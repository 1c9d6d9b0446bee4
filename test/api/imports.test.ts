import { beforeEach, describe, expect, test } from 'vitest';
import { endImport } from '../../db/imports/progress.ts';
import { installation, type Pair, pair } from './installation.ts';

describe('imports', () => {
  const it = installation();
  let ends: Pair;
  let path: string;
  beforeEach(async () => {
    ends = await pair(it);
    path = `/v1/integrations/${ends.integrationId}/imports`;
  });

  const end = (importId: string) => endImport(it.db.sql, { importId, problem: null, cancelled: false });
  const age = (id: string, hours: number) =>
    it.db.sql`update imports set finished_at = now() - make_interval(hours => ${hours}) where id = ${id}`;

  test('are started once, with a row, a workflow and a place to look', async () => {
    const started = await it.call('POST', path, { kind: 'customers' });
    expect(started.status).toBe(202);
    const { id } = started.body;
    expect(started.headers.location).toBe(`/v1/imports/${id}`);
    expect(started.body).toMatchObject({
      integrationId: ends.integrationId, kind: 'customers', mode: 'apply', trigger: 'manual', state: 'running',
      previewId: null, collectionId: null, finishedAt: null, problem: null, completeness: null,
      progress: { received: 0, total: null, planned: 0, applied: 0, calls: 0 },
    }); // biome-ignore format: a shape
    expect(started.body).not.toHaveProperty('joined');
    const { workflowId, runId, url } = started.body.temporal;
    expect(workflowId).toBe(`import/customers/${ends.integrationId}/${id}`);
    expect(url).toContain(runId);
    const run = await it.temporal.workflow.getHandle(workflowId).describe();
    expect([run.type, run.runId]).toEqual(['importCustomers', runId]);
    // The estimated end is shown when the import is read, not when it is started.
    const { expectedAt: _, ...progress } = started.body.progress;
    expect((await it.call('GET', `/v1/imports/${id}`)).body).toMatchObject({ ...started.body, progress });
    expect(
      (await it.call('GET', `/v1/imports?integrationId=${ends.integrationId}&state=running`)).body.items,
    ).toHaveLength(1);
  });

  test('the same request joins the running one, another is refused with its name', async () => {
    const some = { kind: 'subscriptions', customerIds: ['XSP1', 'XSP2'] };
    const { id } = (await it.call('POST', path, some)).body;
    const narrower = await it.call('POST', path, { ...some, customerIds: ['XSP2'] });
    expect([narrower.status, narrower.body.id, narrower.body.joined]).toEqual([202, id, true]);
    for (const other of [
      { kind: 'subscriptions' },
      { ...some, customerIds: ['XSP3'] },
      { ...some, mode: 'preview' },
    ]) {
      const refused = await it.call('POST', path, other);
      expect([refused.status, refused.body.type, refused.body.importId]).toEqual([
        409,
        '/problems/import-running',
        id,
      ]);
    }
    expect((await it.call('POST', path, { kind: 'customers' })).body.joined).toBeUndefined();
  });

  test('many at the same moment are one import', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => it.call('POST', path, { kind: 'customers' })),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ body }) => !body.joined)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 202)).toBe(true);
  });

  test('an Idempotency-Key answers the same import, even when it has ended; another body is 422', async () => {
    const key = { 'idempotency-key': `key ${ends.integrationId}` };
    const body = { kind: 'customers', mode: 'apply' };
    const answers = await Promise.all([1, 2, 3].map(() => it.call('POST', path, body, key)));
    const { id } = answers[0]!.body;
    expect(answers.map((answer) => [answer.status, answer.body.id])).toEqual(
      [202, 202, 202].map((status) => [status, id]),
    );
    await end(id);
    const again = await it.call('POST', path, body, key);
    expect([again.status, again.body.id, again.body.state]).toEqual([202, id, 'completed']);
    const other = await it.call('POST', path, { ...body, kind: 'subscriptions' }, key);
    expect([other.status, other.body.type]).toEqual([422, '/problems/invalid-request']);
    await it.db.sql`update idempotency_keys set created_at = now() - interval '25 hours'`;
    const later = await it.call('POST', path, body, key);
    expect(later.body.id).not.toBe(id);
  });

  test('a refused request does not use up its key', async () => {
    const key = { 'idempotency-key': `refused ${ends.integrationId}` };
    const { id } = (await it.call('POST', path, { kind: 'customers', mode: 'preview' })).body;
    expect((await it.call('POST', path, { kind: 'customers' }, key)).status).toBe(409);
    await end(id);
    const retried = await it.call('POST', path, { kind: 'customers' }, key);
    expect(retried.status).toBe(202);
    expect(retried.body.id).not.toBe(id);
  });

  test('a preview is applied while it is fresh, and only its own items', async () => {
    const preview = (await it.call('POST', path, { kind: 'customers', mode: 'preview' })).body;
    const apply = (body?: unknown) => it.call('POST', `/v1/imports/${preview.id}/apply`, body);
    expect((await apply({})).body.type).toBe('/problems/not-applicable');
    const [item] = await it.db.sql`
      insert into items (import_id, seq, action, external_id, rule, outcome)
      values (${preview.id}, 1, 'create', 'XSP1', 'unmapped', 'planned') returning id`;
    await end(preview.id);
    const foreign = await apply({ itemIds: [item!.id, preview.id] });
    expect([foreign.status, foreign.body.errors[0].pointer]).toEqual([400, '/itemIds/1']);
    const applied = await apply({ itemIds: [item!.id] });
    expect(applied.status).toBe(202);
    expect(applied.body).toMatchObject({
      previewId: preview.id,
      mode: 'apply',
      trigger: 'preview',
      kind: 'customers',
    });
    expect((await apply()).body.type).toBe('/problems/import-running');
    await it.db.sql`
      insert into items (import_id, seq, action, external_id, rule, outcome)
      values (${applied.body.id}, 1, 'create', 'XSP1', 'unmapped', 'applied')`;
    await end(applied.body.id);
    const overtaken = await apply();
    expect([overtaken.status, overtaken.body.type, overtaken.body.importId]).toEqual([
      409,
      '/problems/preview-expired',
      applied.body.id,
    ]);
    expect((await it.call('POST', `/v1/imports/${applied.body.id}/apply`)).body.type).toBe(
      '/problems/not-applicable',
    );
  });

  test('a preview of yesterday is expired', async () => {
    const preview = (await it.call('POST', path, { kind: 'subscriptions', mode: 'preview' })).body;
    await end(preview.id);
    await age(preview.id, 25);
    expect((await it.call('POST', `/v1/imports/${preview.id}/apply`)).body.type).toBe(
      '/problems/preview-expired',
    );
  });

  test('items are listed in order, by outcome, page by page', async () => {
    const { id } = (await it.call('POST', path, { kind: 'customers' })).body;
    await it.db.sql`
      insert into items (import_id, seq, action, external_id, rule, outcome, after)
      select ${id}, n, 'create', 'X' || n, 'unmapped', case when n % 2 = 0 then 'applied' else 'held' end, '{"name": "N"}'
      from generate_series(1, 7) n`;
    const first = (await it.call('GET', `/v1/imports/${id}/items?limit=5`)).body;
    const rest = (await it.call('GET', `/v1/imports/${id}/items?limit=5&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items].map(({ externalId }) => externalId)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => `X${n}`),
    );
    expect(rest.nextCursor).toBeNull();
    expect((await it.call('GET', `/v1/imports/${id}/items?outcome=held`)).body.items).toHaveLength(4);
  });

  test('cancelling asks the workflow to stop; an ended one cannot be', async () => {
    const { id, temporal } = (await it.call('POST', path, { kind: 'customers' })).body;
    const asked = await it.call('POST', `/v1/imports/${id}/cancel`);
    expect([asked.status, asked.body.state]).toEqual([202, 'running']);
    const history = await it.temporal.workflow.getHandle(temporal.workflowId).fetchHistory();
    expect(history.events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
    expect((await it.call('POST', path, { kind: 'customers' })).body.type).toBe('/problems/import-running');
    await end(id);
    expect((await it.call('POST', `/v1/imports/${id}/cancel`)).body.type).toBe('/problems/not-applicable');
  });

  test('an integration is not deleted while one runs, and starts none after', async () => {
    const { id } = (await it.call('POST', path, { kind: 'customers' })).body;
    const refused = await it.call('DELETE', `/v1/integrations/${ends.integrationId}`);
    expect([refused.status, refused.body.type, refused.body.importId]).toEqual([
      409,
      '/problems/import-running',
      id,
    ]);
    await end(id);
    expect((await it.call('DELETE', `/v1/integrations/${ends.integrationId}`)).status).toBe(204);
    expect((await it.call('POST', path, { kind: 'customers' })).status).toBe(404);
    expect((await it.call('GET', `/v1/imports/${id}`)).status).toBe(200);
  });
});
