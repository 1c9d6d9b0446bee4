import pino from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { logOptions } from '../../security/redact.ts';
import { arrowsphere, call, halopsa, installation, type Pair, pair, secret } from './installation.ts';

const nobody = '0198c0de-0000-7000-8000-000000000000';

describe('bad input', () => {
  const it = installation({ allowPrivateTargets: false });
  const its = installation();
  let ends: Pair;
  let before: string;
  beforeAll(async () => {
    ends = await pair(its);
    before = await everything();
  });

  const everything = async () =>
    JSON.stringify([
      await its.db.sql`select id, version, settings, credentials from connections order by id`,
      await its.db.sql`select id, version, options, schedule from integrations order by id`,
      await its.db.sql`select * from mappings`,
      await its.db.sql`select id from imports`,
      await its.db.sql`select key from idempotency_keys`,
    ]);

  /** Path, body, status, and the pointers that must be named. */
  const cases = (): [string, string, unknown, number, string[]][] => {
    const { sourceId, destinationId, integrationId } = ends;
    const connection = `/v1/connections/${sourceId}`;
    const integration = `/v1/integrations/${integrationId}`;
    const schedule = `${integration}/schedule`;
    const both = { customers: true, subscriptions: true };
    return [
      ['POST', '/v1/connections', '{"kind": ', 400, []],
      ['POST', '/v1/connections', '{"__proto__": {"a": 1}}', 400, []],
      ['POST', '/v1/connections', undefined, 400, []],
      ['POST', '/v1/connections', [], 400, []],
      ['POST', '/v1/connections', { ...arrowsphere(), kind: 'salesforce' }, 400, ['/kind']],
      ['POST', '/v1/connections', { ...arrowsphere(), name: ' ' }, 400, ['/name']],
      ['POST', '/v1/connections', { ...arrowsphere(), name: 'a\u0000b' }, 400, ['/name']],
      ['POST', '/v1/connections', { ...arrowsphere(), colour: 'red' }, 400, ['/colour']],
      ['POST', '/v1/connections', { ...arrowsphere(), settings: {} }, 400, ['/settings/baseUrl']],
      ['POST', '/v1/connections', { ...arrowsphere(), settings: { baseUrl: 'ftp://x.test' } }, 400, ['/settings/baseUrl']],
      ['POST', '/v1/connections', { ...arrowsphere(), settings: { baseUrl: `https://u:${secret}@x.test` } }, 400, ['/settings/baseUrl']],
      ['POST', '/v1/connections', { ...arrowsphere(), settings: { baseUrl: 'https://x.test', callsPerSecond: -1, more: 1 } }, 400, ['/settings/callsPerSecond', '/settings/more']],
      ['POST', '/v1/connections', { ...arrowsphere(), credentials: {} }, 400, ['/credentials/apiKey']],
      ['POST', '/v1/connections', { ...arrowsphere(), credentials: { apiKey: `${secret} x` } }, 400, ['/credentials/apiKey']],
      ['POST', '/v1/connections', { ...arrowsphere(), credentials: { apiKey: secret, password: secret } }, 400, ['/credentials/password']],
      ['PATCH', connection, { kind: 'halopsa' }, 400, ['/kind']],
      ['PATCH', connection, { settings: { baseUrl: null } }, 400, ['/settings/baseUrl']],
      ['PATCH', connection, { credentials: { apiKey: null } }, 400, ['/credentials/apiKey']],
      ['PATCH', connection, { settings: [] }, 400, ['/settings']],
      ['PATCH', '/v1/connections/nobody', { name: 'x' }, 404, []],
      ['PATCH', `/v1/connections/${nobody}`, { name: 'x' }, 404, []],
      ['GET', '/v1/connections?knd=halopsa', undefined, 400, ['/knd']],
      ['GET', `${connection}?expand=all`, undefined, 400, ['/expand']],
      ['GET', '/v1/connections?limit=0', undefined, 400, ['/limit']],
      ['GET', '/v1/connections?limit=201', undefined, 400, ['/limit']],
      ['GET', '/v1/connections?cursor=abc', undefined, 400, ['/cursor']],
      ['POST', `${connection}/collections`, { kind: 'clients' }, 409, []],
      ['POST', `${connection}/collections`, { kind: 'everything' }, 400, ['/kind']],
      ['GET', `${connection}/clients`, undefined, 409, []],
      ['GET', `${connection}/token`, undefined, 409, []],
      ['POST', '/v1/integrations', { name: 'x', sourceId: nobody, destinationId }, 400, ['/sourceId']],
      ['POST', '/v1/integrations', { name: 'x', sourceId: 'abc', destinationId }, 400, ['/sourceId']],
      ['POST', '/v1/integrations', { name: 'x', sourceId: destinationId, destinationId: sourceId }, 400, ['/sourceId', '/destinationId']],
      ['POST', '/v1/integrations', { name: 'x', sourceId, destinationId, options: { currency: 'euro', timeZone: 'Mars/Base', shrinkLimitPercent: 101 } }, 400, ['/options/currency', '/options/timeZone', '/options/shrinkLimitPercent']],
      ['POST', '/v1/integrations', { name: 'x', sourceId, destinationId }, 409, []],
      ['PATCH', integration, { options: { surprise: true } }, 400, ['/options/surprise']],
      ['PATCH', integration, { sourceId: nobody }, 400, ['/sourceId']],
      ['PUT', `${integration}/mappings/XSP1`, {}, 400, ['/clientId']],
      ['PUT', `${integration}/mappings/XSP1`, { clientId: '11', create: true }, 400, ['/clientId']],
      ['PUT', `${integration}/mappings/XSP1`, { clientId: '99' }, 400, ['/clientId']],
      ['PUT', `${integration}/mappings/XSP1`, { create: false }, 400, ['/create']],
      ['PUT', `${integration}/mappings/XSP9`, { clientId: '11' }, 404, []],
      ['PUT', `${integration}/mappings/%00`, { clientId: '11' }, 400, []],
      ['DELETE', `${integration}/mappings/XSP1`, undefined, 404, []],
      ['POST', `${integration}/imports`, { kind: 'invoices' }, 400, ['/kind']],
      ['POST', `${integration}/imports`, { kind: 'customers', mode: 'dry' }, 400, ['/mode']],
      ['POST', `${integration}/imports`, { kind: 'customers', customerIds: [] }, 400, ['/customerIds']],
      ['POST', `${integration}/imports`, { kind: 'customers', customerIds: ['XSP1', 'XSP9'] }, 400, ['/customerIds/1']],
      ['POST', `/v1/integrations/${nobody}/imports`, { kind: 'customers' }, 404, []],
      ['POST', `/v1/imports/${nobody}/apply`, {}, 404, []],
      ['POST', `/v1/imports/${nobody}/cancel`, undefined, 404, []],
      ['GET', `/v1/imports/${nobody}/events`, undefined, 404, []],
      ['GET', '/v1/imports?state=done', undefined, 400, ['/state']],
      ['PUT', schedule, { ...both }, 400, ['/every']],
      ['PUT', schedule, { ...both, every: 'PT6H', cron: '0 * * * *' }, 400, ['/cron']],
      ['PUT', schedule, { ...both, every: 'P1M' }, 400, ['/every']],
      ['PUT', schedule, { ...both, every: 'PT10S' }, 400, ['/every']],
      ['PUT', schedule, { ...both, cron: '0 0 31 2 *' }, 400, ['/cron']],
      ['PUT', schedule, { ...both, cron: '61 * * * *' }, 400, ['/cron']],
      ['PUT', schedule, { ...both, cron: '0 6 * * *', timeZone: 'Europe/Atlantis' }, 400, ['/timeZone']],
      ['PUT', schedule, { customers: false, subscriptions: false, every: 'PT1H' }, 400, ['/subscriptions']],
      ['POST', `${schedule}/trigger`, undefined, 404, []],
      ['GET', schedule, undefined, 404, []],
      ['POST', `/v1/findings/${nobody}/resolve`, { action: 'dismiss' }, 404, []],
      ['POST', `/v1/findings/${nobody}/resolve`, { action: 'explode' }, 400, ['/action']],
      ['POST', `/v1/findings/${nobody}/mute`, { until: 'tomorrow', reason: 'x' }, 400, ['/until']],
      ['GET', '/v1/%zz', undefined, 400, []],
      ['GET', `/v1/connections/${'a'.repeat(600)}`, undefined, 404, []],
      ['GET', '/v1/nothing', undefined, 404, []],
      ['POST', '/v1/imports', {}, 405, ['/']],
    ]; // biome-ignore format: a table
  };

  test('is refused with a problem that names the field, and leaves nothing half done', async () => {
    for (const [method, path, body, status, pointers] of cases()) {
      const answer = await its.call(method, path, body);
      const at = `${method} ${path} ${JSON.stringify(body)} -> ${answer.text}`;
      expect(answer.status, at).toBe(status);
      expect(String(answer.headers['content-type']), at).toMatch(/^application\/problem\+json/);
      expect(answer.body, at).toMatchObject({
        status,
        title: expect.any(String),
        detail: expect.any(String),
      });
      expect(answer.body.type, at).toMatch(/^\/problems\/[a-z-]+$/);
      expect(
        (answer.body.errors ?? []).map((error: { pointer: string }) => error.pointer),
        at,
      ).toEqual(pointers.length > 0 ? expect.arrayContaining(pointers) : expect.anything());
      expect(answer.text, at).not.toContain(secret);
      expect(answer.text, at).not.toMatch(/Invalid |expected |received |Too (small|big)|Unrecognized/);
    }
    expect(await everything()).toBe(before);
  });

  test('is described in words, each with its field', async () => {
    const told = async (method: string, path: string, body?: unknown) => {
      const { errors = [] } = (await its.call(method, path, body)).body;
      return Object.fromEntries(
        errors.map(({ pointer, detail }: { pointer: string; detail: string }) => [pointer, detail]),
      );
    };
    expect(await told('POST', '/v1/connections', {})).toEqual({
      '/kind': 'kind is required',
      '/name': 'name is required',
    });
    expect(await told('POST', '/v1/connections', { kind: 'sap', name: 5 })).toEqual({
      '/kind': 'must be one of arrowsphere, streamone-ion, streamone-stellr, halopsa, work365',
      '/name': 'must be text',
    });
    expect(await told('POST', '/v1/connections', { ...arrowsphere(), settings: {} })).toEqual({
      '/settings/baseUrl': 'must be an http(s) URL',
    });
    expect(await told('GET', '/v1/imports?limit=1000&integrationId=x')).toEqual({
      '/limit': 'must be 200 or less',
      '/integrationId': 'must be a UUID',
    });
    expect(await told('POST', `/v1/findings/${nobody}/mute`, { until: 'soon', reason: '' })).toEqual({
      '/until': 'must be an instant such as 2026-11-01T08:00:00Z',
      '/reason': 'must not be empty',
    });
    expect(await told('PUT', `/v1/integrations/${nobody}/mappings`, { items: 3 })).toEqual({
      '/': 'must be a list or text',
    });
  });

  test('too large a body is 413, another content type 415', async () => {
    const large = await its.call('POST', '/v1/connections', {
      ...arrowsphere(),
      name: 'x'.repeat(1_100_000),
    });
    expect([large.status, large.body.type]).toEqual([413, '/problems/invalid-request']);
    const form = await its.call('POST', '/v1/connections', 'a=1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([form.status, form.body.type]).toEqual([415, '/problems/invalid-request']);
  });

  test('private targets are refused where they are not allowed', async () => {
    const urls = [
      'http://localhost:9', 'https://127.0.0.1', 'https://10.0.0.1', 'https://[::1]', 'https://[::ffff:10.0.0.1]',
      'https://169.254.169.254', 'https://2130706433', 'https://0x7f.1', 'http://example.com',
    ]; // biome-ignore format: a table
    for (const baseUrl of urls) {
      const answer = await it.call('POST', '/v1/connections', { ...halopsa(), settings: { baseUrl } });
      expect([answer.status, answer.body.errors?.[0]?.pointer], baseUrl).toEqual([400, '/settings/baseUrl']);
    }
    const fine = await it.call('POST', '/v1/connections', {
      ...halopsa(),
      settings: { baseUrl: 'https://acme.halopsa.com' },
    });
    expect(fine.status).toBe(201);
  });

  test('an unforeseen failure tells nothing of our insides', async () => {
    const broken = its.db.sql.unsafe('alter table findings rename to elsewhere');
    await broken;
    const answer = await its.call('GET', '/v1/findings');
    await its.db.sql.unsafe('alter table elsewhere rename to findings');
    expect([answer.status, answer.body.type]).toEqual([500, 'about:blank']);
    expect(answer.text).not.toMatch(/findings|select|relation/i);
  });
});

describe('the log of a failure nobody foresaw', () => {
  const it = installation();

  test('says what it was and where, not what the statement was given', async () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => void lines.push(line) };
    const app = await buildApp({ ...it.deps, log: pino(logOptions, stream) });
    await it.db.sql.unsafe('alter table connections rename column settings to elsewhere');
    const answer = await call(app, it.key, 'POST', '/v1/connections', arrowsphere('Personal name GmbH'));
    await it.db.sql.unsafe('alter table connections rename column elsewhere to settings');
    await app.close();
    expect(answer.status).toBe(500);
    const log = lines.join('\n');
    expect(log).toContain('42703');
    expect(log).toContain('connections.ts');
    expect(log).not.toContain('Personal name');
    expect(log).not.toContain('127.0.0.1:9');
  });
});
