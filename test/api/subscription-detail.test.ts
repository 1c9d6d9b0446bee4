import { beforeAll, describe, expect, test } from 'vitest';
import { readEnvironment } from '../../security/environment.ts';
import { aSubscription, listInto } from '../support/listing.ts';
import { installation, type Pair, pair } from './installation.ts';

const password = 'database-password-4711';
const given = {
  DATABASE_URL: `postgres://someone:${password}@db.example:5432/tributary?password=${password}`,
  TRIBUTARY_API_KEY: 'a-first-key-of-enough-characters',
  PORT: '8080',
};

describe('one subscription', () => {
  const it = installation({ inForce: readEnvironment(given).inForce });
  let of: Pair;
  let path: string;
  const detail = async (id = 'S1') => await it.call('GET', `${path}/${id}`);

  beforeAll(async () => {
    of = await pair(it);
    path = `/v1/integrations/${of.integrationId}/subscriptions`;
    await it.call('PUT', `/v1/integrations/${of.integrationId}/mappings/XSP1`, { clientId: '11' });
    const of1 = (quantity: string) =>
      aSubscription('S1', 'XSP1', {
        name: 'E3',
        quantity,
        unitPrice: '10',
        currency: 'EUR',
        billingCycle: 'monthly',
      });
    for (const quantity of ['1', '2', '5'])
      await listInto(it.db, of.sourceId, 'subscriptions', [of1(quantity)]);
    const { sql } = it.db;
    await sql`insert into baselines (integration_id, entity, external_id, record_id, sent, returned, created_by_us)
      values (${of.integrationId}, 'licence', 'S1', '301', '{}', '{"quantity": "5", "unitPrice": "10", "name": "E3"}', true)`;
    await sql`insert into licences (connection_id, id, hash, client_id, active, deleted, fields, unreadable)
      values (${of.destinationId}, '301', 'x', '11', true, false, '{"quantity": "5", "unitPrice": "12", "name": "E3"}', '{}')`;
  });

  test('is shown field by field, with whose it is and since when', async () => {
    const { status, body } = await detail();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'S1',
      customerName: 'Alpha GmbH',
      clientName: 'Alpha GmbH',
      licenceId: '301',
    });
    const field = (name: string) => body.fields.find((one: { field: string }) => one.field === name);
    expect(field('quantity')).toMatchObject({
      distributor: '5',
      ours: '5',
      destination: '5',
      rule: 'distributor',
    });
    expect(field('unitPrice')).toMatchObject({
      distributor: '10',
      ours: '10',
      destination: '12',
      rule: 'held',
    });
    expect(Date.parse(field('unitPrice').since)).toBeLessThan(Date.parse(field('quantity').since));
    expect(body.quantity.distributor.map(({ value }: { value: string }) => value)).toEqual(['1', '2', '5']);
    await it.db.sql`insert into decisions (integration_id, entity, external_id, decision, fields)
      values (${of.integrationId}, 'subscription', 'S1', 'keepTheirs', '["unitPrice"]')`;
    const then = (await detail()).body.fields.find((one: { field: string }) => one.field === 'unitPrice');
    expect(then.rule).toBe('kept');
  });

  test('gives a kept field back to the distributor, once, and says who did', async () => {
    const release = (body: object) => it.call('POST', `${path}/S1/release`, body);
    expect((await release({ fields: ['name'] })).status).toBe(409);
    expect((await release({ fields: ['quantity'] })).status).toBe(409);
    expect((await release({ fields: ['licence'] })).status).toBe(400);
    expect((await release({ fields: ['unitPrice'] })).body).toEqual({ released: ['unitPrice'] });
    const { fields, history } = (await detail()).body;
    expect(fields.find((one: { field: string }) => one.field === 'unitPrice').rule).toBe('taken');
    expect(history[0]).toMatchObject({
      action: 'subscription.release',
      by: { name: 'First admin key' },
      after: { released: ['unitPrice'] },
    });
    expect((await release({})).status).toBe(409);

    // Kept as a whole, one field goes and the other stays.
    await it.db.sql`delete from decisions where external_id = 'S1'`;
    await it.db.sql`insert into decisions (integration_id, entity, external_id, decision)
      values (${of.integrationId}, 'subscription', 'S1', 'keepTheirs')`;
    expect((await release({ fields: ['name'] })).body).toEqual({ released: ['name'] });
    const rules = Object.fromEntries(
      (await detail()).body.fields.map(({ field, rule }: { field: string; rule: string }) => [field, rule]),
    );
    expect(rules).toMatchObject({ name: 'taken', unitPrice: 'kept', quantity: 'distributor' });
  });

  test('has its history as events, each with who or what it was', async () => {
    const { history } = (await detail()).body;
    expect(history.map(({ at }: { at: string }) => at)).toEqual(
      history
        .map(({ at }: { at: string }) => at)
        .sort()
        .reverse(),
    );
    const changed = history.filter(({ kind }: { kind: string }) => kind === 'distributor');
    expect(changed).toHaveLength(3);
    expect(changed[0]).toMatchObject({ before: { quantity: '2' }, after: { quantity: '5' }, by: null });
    const act = history.find(({ action }: { action: string | null }) => action === 'mapping.set');
    expect(act).toMatchObject({
      kind: 'act',
      by: { name: 'First admin key' },
      after: { clientId: '11' },
    });
  });

  test('that is not in the ledger is not found', async () => {
    expect((await detail('S99')).status).toBe(404);
  });

  test('a schedule tells its next five runs on its own clock, and what they cost', async () => {
    const schedule = `/v1/integrations/${of.integrationId}/schedule`;
    const made = await it.call('PUT', schedule, { cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    expect(made.body).toMatchObject({
      zone: 'Europe/Berlin',
      expectedCalls: { customers: null, subscriptions: null, limit: 300, seconds: 300 },
    });
    expect(made.body.next).toHaveLength(5);
    for (const { at, local } of made.body.next) {
      expect(local).toMatch(/T02:30:00\+0[12]:00$/);
      expect(new Date(local).toISOString()).toBe(at);
    }
    expect(
      made.body.next.filter(({ clockChange }: { clockChange: boolean }) => clockChange).length,
    ).toBeLessThan(2);
  });

  test('the settings in force are shown without what is secret', async () => {
    const { body, text } = await it.call('GET', '/v1/settings');
    for (const hidden of [password, 'someone', given.TRIBUTARY_API_KEY]) expect(text).not.toContain(hidden);
    const setting = (name: string) => body.items.find((one: { name: string }) => one.name === name);
    expect(setting('DATABASE_URL')).toMatchObject({
      value: 'postgres://db.example:5432/tributary',
      secret: false,
    });
    expect(setting('TRIBUTARY_API_KEY')).toEqual({
      name: 'TRIBUTARY_API_KEY',
      value: null,
      source: 'environment',
      secret: true,
    });
    expect(setting('TRIBUTARY_KEYS')).toMatchObject({ value: null, source: 'default' });
    expect(setting('PORT')).toMatchObject({ value: '8080', source: 'environment' });
    expect(setting('RETENTION_DAYS')).toMatchObject({ value: '400', source: 'default' });
    expect(body.keyIds).toEqual(['k1']);
  });
});
