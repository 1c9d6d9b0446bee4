import { beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../db/audit/queries.ts';
import { arrowsphere, call, installation, type Pair, pair, secret } from './installation.ts';

describe('the audit', () => {
  const it = installation();
  let of: Pair;
  let ann: string;
  beforeAll(async () => {
    ann = (await it.call('POST', '/v1/api-keys', { name: 'Ann', scopes: ['admin'] })).body.key;
    of = await pair(it);
  });
  const as = (method: string, path: string, body?: unknown) => call(it.app, ann, method, path, body);
  const entries = async (query: string) => (await as('GET', `/v1/audit?limit=200&${query}`)).body.items;

  test('remembers who changed what, with what it was before', async () => {
    const made = (await as('POST', '/v1/connections', arrowsphere('Audited'))).body;
    await as('PATCH', `/v1/connections/${made.id}`, {
      name: 'Renamed',
      credentials: { apiKey: 'another-secret-4712' },
    });
    await as('DELETE', `/v1/connections/${made.id}`);
    const [removed, changed, created] = await entries(`targetKind=connection&targetId=${made.id}`);
    expect(created).toMatchObject({
      action: 'connection.create',
      actor: { kind: 'key', name: 'Ann', id: expect.any(String) },
      target: { kind: 'connection', id: made.id },
      before: null,
      after: { kind: 'arrowsphere', name: 'Audited' },
    });
    expect(changed).toMatchObject({
      action: 'connection.update',
      before: { name: 'Audited' },
      after: { name: 'Renamed', credentials: 'changed' },
    });
    expect(removed).toMatchObject({ action: 'connection.delete', before: { name: 'Renamed' } });
    const everything = JSON.stringify(await it.db.sql`select * from audit`);
    for (const hidden of [secret, 'another-secret-4712', ann]) expect(everything).not.toContain(hidden);
  });

  test('has mappings, options, schedules, imports and keys', async () => {
    const path = `/v1/integrations/${of.integrationId}`;
    expect((await as('PUT', `${path}/mappings/XSP1`, { clientId: '11' })).status).toBe(200);
    expect((await as('PUT', `${path}/mappings/XSP1`, { clientId: '12' })).status).toBe(200);
    expect((await as('DELETE', `${path}/mappings/XSP1`)).status).toBe(204);
    const mappings = await entries(`integrationId=${of.integrationId}&action=mapping`);
    expect(mappings.map((entry: { action: string }) => entry.action)).toEqual([
      'mapping.remove',
      'mapping.set',
      'mapping.set',
    ]);
    expect(mappings[1]).toMatchObject({ before: { clientId: '11' }, after: { clientId: '12' } });
    expect(mappings[2]).toMatchObject({ before: null, after: { clientId: '11' } });

    await as('PATCH', path, { options: { createClients: true } });
    expect((await entries(`integrationId=${of.integrationId}&action=integration.update`))[0]).toMatchObject({
      before: { createClients: false },
      after: { createClients: true },
    });

    await as('PUT', `${path}/schedule`, { every: 'PT6H' });
    await as('POST', `${path}/schedule/pause`);
    await as('DELETE', `${path}/schedule`);
    const schedule = await entries(`integrationId=${of.integrationId}&action=schedule`);
    expect(schedule.map((entry: { action: string }) => entry.action)).toEqual([
      'schedule.remove',
      'schedule.pause',
      'schedule.set',
    ]);
    expect(schedule[2].after).toMatchObject({ every: 'PT6H', customers: true });

    const started = (await as('POST', `${path}/imports`, { kind: 'customers', mode: 'preview' })).body;
    expect(started.startedBy).toMatchObject({ kind: 'key', name: 'Ann' });
    await as('POST', `/v1/imports/${started.id}/cancel`);
    expect((await entries(`importId=${started.id}`)).map(({ action }: { action: string }) => action)).toEqual(
      ['import.cancel', 'import.start'],
    );
    expect((await entries('action=key.create'))[0]).toMatchObject({
      actor: { kind: 'key', name: 'First admin key', id: null },
      after: { name: 'Ann', scopes: ['admin'] },
    });
    expect(await entries('actor=First%20admin%20key&action=mapping')).toEqual([]);
  });

  test('has the decisions on findings, and the finding says who made them', async () => {
    const id = '0199a000-0000-7000-8000-000000000001';
    await it.db
      .sql`insert into findings (id, key, kind, integration_id, subject, message, state, actions) values
      (${id}, 'held:1', 'customer-held', ${of.integrationId}, '{"customerId": "XSP2"}', 'Beta is held', 'open', '["map", "dismiss"]')`;
    await as('POST', `/v1/findings/${id}/mute`, { until: '2099-01-01T00:00:00Z', reason: 'later' });
    const done = await as('POST', `/v1/findings/${id}/resolve`, { action: 'map', clientId: '12' });
    expect(done.body.resolution).toMatchObject({ action: 'map', by: { kind: 'key', name: 'Ann' } });
    const seen = (await entries(`integrationId=${of.integrationId}`)).slice(0, 3);
    expect(seen.map(({ action }: { action: string }) => action)).toEqual([
      'finding.resolve',
      'mapping.set',
      'finding.mute',
    ]);
    const mapped = await as('GET', `/v1/integrations/${of.integrationId}/mappings?search=Beta`);
    expect(mapped.body.items[0]).toMatchObject({ clientId: '12', createdBy: { name: 'Ann' } });
  });

  test('is paged, filtered by time and exported as lines, oldest first', async () => {
    const first = (await as('GET', '/v1/audit?limit=2')).body;
    expect(first.items).toHaveLength(2);
    const next = (await as('GET', `/v1/audit?limit=2&cursor=${first.nextCursor}`)).body;
    expect(next.items[0].seq).toBe(first.items[1].seq - 1);
    expect(await entries('from=2099-01-01T00:00:00Z')).toEqual([]);
    const lines = await as('GET', '/v1/audit?format=ndjson');
    expect(lines.headers['content-type']).toMatch(/^application\/x-ndjson/);
    const read = lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(read.map(({ seq }) => seq)).toEqual(read.map((_, n) => n + 1));
    expect(read.length).toBe(first.items[0].seq);
  });

  test('refuses changes, and a row that was changed, cut out or added is named', async () => {
    const { sql } = it.db;
    await expect(sql`update audit set actor_name = 'Nobody' where seq = 2`).rejects.toThrow(/append-only/);
    await expect(sql`delete from audit where seq = 2`).rejects.toThrow(/append-only/);
    await expect(sql`truncate audit`).rejects.toThrow(/append-only/);
    const good = (await as('GET', '/v1/audit/verification')).body;
    expect(good).toMatchObject({ ok: true, broken: null, head: { seq: good.entries } });

    // The owner of the database can disable the trigger, but the chain still shows it.
    const tampered = async (change: (tx: typeof sql) => Promise<unknown>, known?: typeof good.head) => {
      let state: unknown;
      await sql
        .begin(async (tx) => {
          await tx`alter table audit disable trigger user`;
          await change(tx as never);
          state = await verifyAudit(tx as never, known ?? null);
          throw new Error('undo');
        })
        .catch((error) => {
          if (error.message !== 'undo') throw error;
        });
      return state;
    };
    const columns = ['actor_name', 'actor_kind', 'action', 'target_id', 'target_kind'] as const;
    for (const column of columns)
      expect(await tampered((tx) => tx`update audit set ${tx(column)} = 'x' where seq = 3`)).toMatchObject({
        ok: false,
        broken: { seq: 3 },
      });
    for (const change of [
      "at = at + interval '1 second'",
      `after = '{"a": 1}'`,
      'item_id = import_id, import_id = gen_random_uuid()',
    ])
      expect(await tampered((tx) => tx.unsafe(`update audit set ${change} where seq = 5`))).toMatchObject({
        broken: { seq: 5 },
      });
    expect(await tampered((tx) => tx`delete from audit where seq = 4`)).toMatchObject({ broken: { seq: 4 } });
    // With its own hash made right, the next one no longer follows.
    const rewritten = (tx: typeof sql) =>
      tx`with other as (select a.seq, audit_hash((select hash from audit where seq = 5), a) as hash
          from (select * from audit where seq = 6) a)
        update audit set actor_name = 'x', hash = (select audit_hash((select hash from audit p where p.seq = 5),
          jsonb_populate_record(a, '{"actor_name": "x"}')) from audit a where a.seq = 6) where seq = 6`;
    expect(await tampered(rewritten)).toMatchObject({ broken: { seq: 7 } });
    // The end cut off: only who kept the head can tell.
    const cut = (tx: typeof sql) => tx`delete from audit where seq > 8`;
    expect(await tampered(cut)).toMatchObject({ ok: true });
    expect(await tampered(cut, good.head)).toMatchObject({ ok: false, broken: { seq: good.head.seq } });
    expect((await as('GET', '/v1/audit/verification')).body.ok).toBe(true);
  });

  test('keeps its order when many change something at once', async () => {
    const path = `/v1/integrations/${of.integrationId}/mappings`;
    const before = (await as('GET', '/v1/audit/verification')).body.entries;
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => as('PUT', `${path}/XSP${(n % 3) + 1}`, { create: true })),
    );
    const after = (await as('GET', '/v1/audit/verification')).body;
    expect(after).toMatchObject({ ok: true, entries: before + 30 });
  });
});
