import { v7 as uuid } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import { report } from '../../db/findings/lifecycle.ts';
import { scheduledIntegrations } from '../../db/integrations/integrations.ts';
import type { FindingKind } from '../../domain/findings/finding.ts';
import type { FindingAction } from '../../domain/kinds.ts';
import { reconcileSchedules } from '../../temporal/schedules.ts';
import { installation, type Pair, pair } from './installation.ts';

describe('what people decide', () => {
  const it = installation();
  let ends: Pair;
  let path: string;
  beforeEach(async () => {
    ends = await pair(it);
    path = `/v1/integrations/${ends.integrationId}`;
  });

  const opened = async (
    kind: FindingKind,
    subject: Record<string, unknown>,
    actions: readonly FindingAction[],
  ) => {
    const key = `${kind}:${uuid()}`;
    await report(it.db.sql, [
      {
        ...{ key, kind, cause: kind, severity: 'warning', connectionId: null, importId: null },
        ...{ integrationId: ends.integrationId, subject, message: 'Look.', actions: [...actions] },
      },
    ]);
    const { items } = (await it.call('GET', `/v1/findings?integrationId=${ends.integrationId}`)).body;
    return items.find((item: { key: string }) => item.key === key).id as string;
  };
  const resolve = (id: string, body: unknown) => it.call('POST', `/v1/findings/${id}/resolve`, body);
  const decisions = async () =>
    (
      await it.db
        .sql`select entity, external_id, decision, fields from decisions where integration_id = ${ends.integrationId} order by external_id, decision`
    ).map((row) => [row.entity, row.external_id, row.decision, row.fields]);

  test('mappings: by hand, once a client, and away again', async () => {
    expect((await it.call('GET', `${path}/mappings?state=unmapped`)).body.items).toHaveLength(3);
    const mapped = await it.call('PUT', `${path}/mappings/XSP1`, { clientId: '11' });
    expect(mapped.body).toEqual({
      customerId: 'XSP1',
      customerName: 'Alpha GmbH',
      clientId: '11',
      clientName: 'Alpha GmbH',
      origin: 'manual',
      mode: 'apply',
      createdBy: { kind: 'key', name: 'First admin key', id: null },
      createdAt: expect.any(String),
      version: expect.anything(),
    });
    const taken = await it.call('PUT', `${path}/mappings/XSP2`, { clientId: '11' });
    expect([taken.status, taken.body.type, taken.body.customerId]).toEqual([
      409,
      '/problems/client-taken',
      'XSP1',
    ]);
    expect((await it.call('PUT', `${path}/mappings/XSP1`, { clientId: '11' })).status).toBe(200);
    const create = await it.call('PUT', `${path}/mappings/XSP2`, { create: true });
    expect(create.body).toMatchObject({ clientId: null, origin: 'manual' });
    const ids = async (query: string) =>
      (await it.call('GET', `${path}/mappings?${query}`)).body.items.map(
        (item: { customerId: string }) => item.customerId,
      );
    expect(await ids('state=mapped')).toEqual(['XSP1']);
    expect(await ids('state=unmapped')).toEqual(['XSP2', 'XSP3']);
    expect(await ids('search=gamma')).toEqual(['XSP3']);
    expect((await it.call('DELETE', `${path}/mappings/XSP1`)).status).toBe(204);
    expect((await it.call('PUT', `${path}/mappings/XSP3`, { clientId: '11' })).status).toBe(200);
  });

  test('two people who want one client: one gets it', async () => {
    const answers = await Promise.all(
      ['XSP1', 'XSP2', 'XSP3'].map((id) => it.call('PUT', `${path}/mappings/${id}`, { clientId: '12' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test('a held customer is mapped or created', async () => {
    const held = await opened('customer-held', { customerId: 'XSP2', name: 'Beta Ltd' }, [
      'map',
      'create',
      'dismiss',
    ]);
    expect((await resolve(held, { action: 'map' })).body.errors[0].pointer).toBe('/clientId');
    expect((await resolve(held, { action: 'approve' })).body.type).toBe('/problems/not-applicable');
    const done = await resolve(held, { action: 'map', clientId: '12', reason: 'same firm' });
    expect(done.body).toMatchObject({
      state: 'resolved',
      resolution: { action: 'map', clientId: '12', reason: 'same firm', by: { name: 'First admin key' } },
    });
    expect((await it.call('GET', `${path}/mappings?search=XSP2`)).body.items[0].clientId).toBe('12');
    expect((await resolve(held, { action: 'dismiss' })).body.type).toBe('/problems/not-applicable');

    const other = await opened('customer-held', { customerId: 'XSP3' }, ['map', 'create', 'dismiss']);
    const taken = await resolve(other, { action: 'map', clientId: '12' });
    expect([taken.status, taken.body.type]).toEqual([409, '/problems/client-taken']);
    expect((await it.call('GET', `/v1/findings/${other}`)).body.state).toBe('open');
    expect((await resolve(other, { action: 'create' })).status).toBe(200);
    expect((await it.call('GET', `${path}/mappings?search=XSP3`)).body.items[0]).toMatchObject({
      clientId: null,
      origin: 'manual',
    });
  });

  test('approve and reject are remembered for every record, the later one counts', async () => {
    const ids = { externalIds: ['S1', 'S2'] };
    await resolve(await opened('shrink', ids, ['approve', 'reject']), { action: 'approve' });
    expect(await decisions()).toEqual([
      ['subscription', 'S1', 'approve', null],
      ['subscription', 'S2', 'approve', null],
    ]);
    await resolve(await opened('shrink', ids, ['approve', 'reject']), { action: 'reject' });
    expect((await decisions()).map(([, , decision]) => decision)).toEqual(['keep', 'keep']);
  });

  test('fields are given to one side or the other', async () => {
    const subject = { entity: 'subscription', externalId: 'S1', fields: ['name', 'unitPrice'] };
    const actions = ['takeOurs', 'keepTheirs'] as const;
    await resolve(await opened('edited', subject, actions), { action: 'keepTheirs' });
    await resolve(await opened('edited', subject, actions), { action: 'takeOurs', fields: ['name'] });
    expect(await decisions()).toEqual([
      ['subscription', 'S1', 'keepTheirs', ['unitPrice']],
      ['subscription', 'S1', 'takeOurs', ['name']],
    ]);
  });

  test('a write in doubt is made again, a lasting trouble dismissed', async () => {
    await resolve(await opened('ambiguous-write', { externalId: 'S7' }, ['create', 'dismiss']), {
      action: 'create',
    });
    await resolve(await opened('client-missing', { customerId: 'XSP1' }, ['map', 'dismiss']), {
      action: 'dismiss',
    });
    expect(await decisions()).toEqual([
      ['subscription', 'S7', 'approve', null],
      ['customer', 'XSP1', 'dismiss', ['client-missing']],
    ]);
  });

  test('alike about all that match, each as if it were alone', async () => {
    const edited = (externalId: string, fields: string[], customerId = 'XSP1') =>
      opened('edited', { entity: 'subscription', externalId, customerId, fields }, [
        'takeOurs',
        'keepTheirs',
      ]);
    await edited('S1', ['name', 'unitPrice']);
    const second = await edited('S2', ['name']);
    await edited('S3', ['unitPrice']);
    await edited('S4', ['name'], 'XSP2');
    await opened('quantity-missing', { externalId: 'S5' }, ['dismiss']);
    const alike = (body: object) =>
      it.call('POST', '/v1/findings/resolve', { kind: 'edited', integrationId: ends.integrationId, ...body });
    const open = async () =>
      (await it.call('GET', `/v1/findings?integrationId=${ends.integrationId}&state=open`)).body.items.length;

    // One field of one customer: about that field alone.
    expect(
      (await alike({ action: 'keepTheirs', field: 'name', customerId: 'XSP1', reason: 'Ours.' })).body,
    ).toEqual({
      resolved: 2,
      left: 0,
    });
    expect(await decisions()).toEqual([
      ['subscription', 'S1', 'keepTheirs', ['name']],
      ['subscription', 'S2', 'keepTheirs', ['name']],
    ]);
    expect(await open()).toBe(3);
    // Each is audited, and taken back, alone.
    const { items } = (
      await it.call('GET', `/v1/audit?action=finding.resolve&integrationId=${ends.integrationId}`)
    ).body;
    expect(items).toHaveLength(2);
    expect((await it.call('POST', `/v1/findings/${second}/undo`)).body).toMatchObject({ state: 'open' });
    expect(await open()).toBe(4);

    // Only an answer that a finding takes is given.
    expect((await alike({ action: 'approve' })).body).toEqual({ resolved: 0, left: 3 });
    expect((await alike({ action: 'takeOurs' })).body).toEqual({ resolved: 3, left: 0 });
    expect(await open()).toBe(1);
    expect((await alike({ action: 'takeOurs', cause: 'none' })).body).toEqual({ resolved: 0, left: 0 });
    expect((await alike({ action: 'map' })).body.type).toBe('/problems/invalid-request');
    expect((await alike({ action: 'dismiss', kind: undefined })).body.type).toBe('/problems/invalid-request');
  });

  test('muted until then, and open again after', async () => {
    const id = await opened('currency', { externalId: 'S1' }, ['dismiss']);
    const past = await it.call('POST', `/v1/findings/${id}/mute`, {
      until: '2020-01-01T00:00:00Z',
      reason: 'later',
    });
    expect(past.body.errors[0].pointer).toBe('/until');
    const until = new Date(Date.now() + 86_400_000).toISOString();
    expect((await it.call('POST', `/v1/findings/${id}/mute`, { until, reason: 'later' })).body).toMatchObject(
      { state: 'muted', mutedUntil: until },
    );
    const count = async (state: string) =>
      (await it.call('GET', `/v1/findings?integrationId=${ends.integrationId}&state=${state}`)).body.items
        .length;
    expect([await count('open'), await count('muted')]).toEqual([0, 1]);
    await it.db.sql`update findings set muted_until = now() where id = ${id}`;
    expect([await count('open'), await count('muted')]).toEqual([1, 0]);
  });

  describe('is taken back', () => {
    const undo = (id: string) => it.call('POST', `/v1/findings/${id}/undo`);

    test('with what it changed: decisions as they stood, and the mapping', async () => {
      const subject = { entity: 'subscription', externalId: 'S1', fields: ['name', 'unitPrice'] };
      await resolve(await opened('edited', subject, ['takeOurs', 'keepTheirs']), { action: 'keepTheirs' });
      const before = await decisions();
      const id = await opened('edited', subject, ['takeOurs', 'keepTheirs']);
      await resolve(id, { action: 'takeOurs', fields: ['name'] });
      expect(await decisions()).not.toEqual(before);
      expect((await undo(id)).body).toMatchObject({ state: 'open', resolution: null, resolvedAt: null });
      expect(await decisions()).toEqual(before);

      const held = await opened('customer-held', { customerId: 'XSP2' }, ['map', 'create']);
      const mapping = async () =>
        (await it.call('GET', `${path}/mappings?search=XSP2`)).body.items[0] as Record<string, unknown>;
      await resolve(held, { action: 'create' });
      expect((await mapping()).origin).toBe('manual');
      expect((await undo(held)).status).toBe(200);
      expect((await mapping()).origin).toBeNull();
      await it.call('PUT', `${path}/mappings/XSP2`, { clientId: '12' });
      const kept = await mapping();
      await resolve(held, { action: 'map', clientId: '11' });
      expect((await undo(held)).status).toBe(200);
      expect(await mapping()).toEqual(kept);
      const { items } = (await it.call('GET', '/v1/audit?action=finding.undo')).body;
      expect(items[0]).toMatchObject({ target: { id: held }, before: { resolution: { action: 'map' } } });
    });

    test('of a muted one at once; of an open one there is nothing to take back', async () => {
      const id = await opened('currency', { externalId: 'S1' }, ['dismiss']);
      expect((await undo(id)).body.type).toBe('/problems/not-applicable');
      const until = new Date(Date.now() + 86_400_000).toISOString();
      await it.call('POST', `/v1/findings/${id}/mute`, { until, reason: 'later' });
      expect((await undo(id)).body).toMatchObject({ state: 'open', mutedUntil: null });
      await it.db
        .sql`update findings set state = 'resolved', resolved_at = now(), resolution = '{"by": "import"}' where id = ${id}`;
      expect((await undo(id)).body.detail).toMatch(/by itself/);
    });

    test('not after a newer decision, nor after an import has run', async () => {
      const ids = { externalIds: ['S1', 'S2'] };
      const actions = ['approve', 'reject'] as const;
      const first = await opened('shrink', ids, actions);
      await resolve(first, { action: 'approve' });
      const second = await opened('shrink', ids, actions);
      await resolve(second, { action: 'reject' });
      expect((await undo(first)).body.detail).toMatch(/newer decision/);
      expect((await undo(second)).status).toBe(200);
      expect((await decisions()).map(([, , decision]) => decision)).toEqual(['approve', 'approve']);

      const held = await opened('customer-held', { customerId: 'XSP3' }, ['map', 'create']);
      await resolve(held, { action: 'map', clientId: '12' });
      await it.call('PUT', `${path}/mappings/XSP3`, { clientId: '11' });
      expect((await undo(held)).body.detail).toMatch(/newer decision/);
      await it.call('DELETE', `${path}/mappings/XSP3`);
      expect((await undo(held)).body.state).toBe('open');

      await it.call('POST', `${path}/imports`, { kind: 'customers', mode: 'apply' });
      const used = await undo(first);
      expect([used.status, used.body.detail]).toEqual([409, expect.stringMatching(/import has run/)]);
      expect((await it.call('GET', `/v1/findings/${first}`)).body.state).toBe('resolved');
    });
  });

  test('findings go page by page, newest first', async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) ids.unshift(await opened('currency', { externalId: `S${n}` }, ['dismiss']));
    const first = (await it.call('GET', `/v1/findings?integrationId=${ends.integrationId}&limit=2`)).body;
    const rest = (
      await it.call(
        'GET',
        `/v1/findings?integrationId=${ends.integrationId}&limit=2&cursor=${first.nextCursor}`,
      )
    ).body;
    expect([...first.items, ...rest.items].map((item: { id: string }) => item.id)).toEqual(ids);
    const other = await opened('shrink', { externalIds: ['S9'] }, ['approve']);
    await resolve(other, { action: 'approve' });
    const counted = await it.call(
      'GET',
      `/v1/findings?integrationId=${ends.integrationId}&state=open&facets=true`,
    );
    expect(counted.body.facets).toEqual({
      state: { open: 3, resolved: 1 },
      kind: { currency: 3 },
      integrationId: expect.objectContaining({ [ends.integrationId]: 3 }),
    });
  });

  test('a schedule is set, shown, paused, triggered and removed', async () => {
    const put = await it.call('PUT', `${path}/schedule`, {
      customers: true,
      subscriptions: true,
      every: 'PT6H',
    });
    expect(put.body).toMatchObject({
      customers: true,
      subscriptions: true,
      every: 'PT6H',
      paused: false,
      lastRuns: [],
    });
    expect(put.body.nextRuns.length).toBeGreaterThan(0);
    expect((await it.call('GET', path)).body.scheduled).toBe(true);
    expect((await it.call('POST', `${path}/schedule/pause`)).body).toMatchObject({
      paused: true,
      nextRuns: [],
    });
    const cron = await it.call('PUT', `${path}/schedule`, {
      customers: true,
      subscriptions: false,
      cron: '30 6 * * MON-FRI',
      timeZone: 'Europe/Berlin',
    });
    expect(cron.body).toMatchObject({
      cron: '30 6 * * MON-FRI',
      timeZone: 'Europe/Berlin',
      subscriptions: false,
      paused: true,
    });
    expect(cron.body).not.toHaveProperty('every');
    expect((await it.call('POST', `${path}/schedule/resume`)).body.paused).toBe(false);
    const { nextRuns } = (await it.call('GET', `${path}/schedule`)).body;
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      hour: '2-digit',
      minute: '2-digit',
    });
    expect(clock.format(new Date(nextRuns[0]))).toBe('06:30');
    expect((await it.call('POST', `${path}/schedule/trigger`)).status).toBe(202);
    await expect.poll(async () => (await it.call('GET', `${path}/schedule`)).body.lastRuns.length).toBe(1);
    expect((await it.call('DELETE', `${path}/schedule`)).status).toBe(204);
    expect((await it.call('GET', `${path}/schedule`)).status).toBe(404);
  });

  test('a new Temporal gets the schedules of the rows, and loses those without one', async () => {
    await it.call('PUT', `${path}/schedule`, { customers: true, subscriptions: true, every: 'P1D' });
    const handle = it.temporal.schedule.getHandle(`schedule/${ends.integrationId}`);
    await handle.delete();
    await reconcileSchedules(it.temporal, await scheduledIntegrations(it.db));
    expect((await it.call('GET', `${path}/schedule`)).body.nextRuns.length).toBeGreaterThan(0);
    await it.db.sql`update integrations set schedule = null where id = ${ends.integrationId}`;
    await expect
      .poll(async () => (await reconcileSchedules(it.temporal, await scheduledIntegrations(it.db))).removed, {
        timeout: 10_000,
      })
      .toBe(1);
    await expect(handle.describe()).rejects.toThrow();
  });
});
