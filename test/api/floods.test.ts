import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { arrowsphere, halopsa, installation, type Pair, pair } from './installation.ts';

/** What a caller may send that is large, deep or many: refused shortly, and others are answered meanwhile. */
describe('floods from callers', () => {
  const it = installation();
  let ends: Pair;
  beforeAll(async () => {
    ends = await pair(it);
  });
  const pointers = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer);

  /** The longest time for which nothing else got its turn. */
  async function longestStall(work: () => Promise<unknown>): Promise<number> {
    let longest = 0;
    let going = true;
    const watch = (async () => {
      for (let last = performance.now(); going; ) {
        await setImmediate();
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
      }
    })();
    await work();
    going = false;
    await watch;
    return longest;
  }

  test('half a million bad lines: a hundred are named, all are counted, others are answered meanwhile', async () => {
    const path = `/v1/connections/${ends.destinationId}/people`;
    const csv = { 'content-type': 'text/csv' };
    let healthy = 0;
    let going = true;
    const others = (async () => {
      while (going) {
        const { status } = await it.call('GET', '/healthz');
        if (status === 200) healthy++;
        await setImmediate();
      }
    })();
    const flood = await it.call('PUT', path, `id,name\n${'x\n'.repeat(500_000)}`, csv);
    going = false;
    await others;
    expect(flood.status).toBe(400);
    expect(flood.body.errors).toHaveLength(100);
    expect(flood.body.errors[0].detail).toBe('the file has 500000 lines; a list holds at most 10000');
    expect(flood.body.errorCount).toBe(10_001);
    expect(flood.text.length).toBeLessThan(20_000);
    expect(healthy).toBeGreaterThan(10);
  });

  test('wrong lines within the limit are counted too, in JSON as in CSV', async () => {
    const path = `/v1/connections/${ends.destinationId}/people`;
    const csv = await it.call('PUT', path, `id,name\n${',\n'.repeat(9_000)}`, { 'content-type': 'text/csv' });
    expect([csv.status, csv.body.errors.length, csv.body.errorCount]).toEqual([400, 100, 18_000]);
    const items = [{ id: '1', name: 'Ann' }, ...Array.from({ length: 9_000 }, () => ({}))];
    const json = await it.call('PUT', `${path}?partial=true`, { items });
    expect([json.status, json.body.errors.length, json.body.errorCount]).toEqual([200, 100, 18_000]);
    const one = await it.call('PUT', path, `id,name\n1,${'x'.repeat(900_000)}`, {
      'content-type': 'text/csv',
    });
    expect([one.status, pointers(one.body)]).toEqual([400, ['/lines/2/name']]);
    const head = await it.call('PUT', path, `${'id,name,'.repeat(100_000)}\n1,x`, {
      'content-type': 'text/csv',
    });
    expect(head.status).toBe(400);
  });

  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const many = (n: number, field: (n: number) => string) =>
    `{${Array.from({ length: n }, (_, at) => field(at)).join(',')}}`;

  test('a patch nested thousands of times and tens of thousands of names are refused shortly', async () => {
    const connection = `/v1/connections/${ends.sourceId}`;
    const integration = `/v1/integrations/${ends.integrationId}`;
    const names = many(60_000, (n) => `"k${n}":1`);
    const cases: [string, string, string][] = [
      ['PATCH', connection, `{"settings":${nested(8_000)}}`],
      ['PATCH', connection, `{"credentials":${nested(8_000)}}`],
      ['PATCH', integration, `{"options":${nested(8_000)}}`],
      ['PATCH', connection, nested(100_000)],
      ['POST', '/v1/connections', `{"settings":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
      ['POST', '/v1/connections', names],
      ['PATCH', connection, `{"settings":${names}}`],
      ['POST', `${integration}/imports`, `{"kind":"customers","customerIds":[${'1,'.repeat(400_000)}1]}`],
      ['POST', `${integration}/imports`, `{"kind":"customers","customerIds":[${'1,'.repeat(9_000)}1]}`],
      [
        'PUT',
        `/v1/connections/${ends.destinationId}/agent-mappings`,
        `{"items":[${'{"a":1},'.repeat(9_000)}1]}`,
      ],
      ['PATCH', integration, `{"options":${many(900, (n) => `"${'k'.repeat(1_000)}${n}":1`)}}`],
    ];
    for (const [method, path, body] of cases) {
      const answer = await it.call(method, path, body);
      const at = `${method} ${path} ${body.slice(0, 60)} ${answer.text.slice(0, 300)}`;
      expect([answer.status, answer.body.type], at).toEqual([400, '/problems/invalid-request']);
      expect(answer.body.errors.length, at).toBeLessThanOrEqual(100);
      expect(answer.text.length, at).toBeLessThan(50_000);
    }
    const counted = await it.call('PATCH', connection, `{"settings":${many(900, (n) => `"k${n}":1`)}}`);
    expect([counted.body.errors.length, counted.body.errorCount]).toEqual([100, 900]);
  });

  test('what is long is said to be long before it is read', async () => {
    const slashes = `https://example.com/${'/'.repeat(500_000)}a`;
    for (const kind of [arrowsphere, halopsa]) {
      const answer = await it.call('POST', '/v1/connections', { ...kind(), settings: { baseUrl: slashes } });
      expect([answer.status, pointers(answer.body)]).toEqual([400, ['/settings/baseUrl']]);
    }
    const credentials = { clientId: 'x'.repeat(900_000), clientSecret: 'y' };
    const answer = await it.call('POST', '/v1/connections', { ...halopsa(), credentials });
    expect([answer.status, pointers(answer.body)]).toEqual([400, ['/credentials/clientId']]);
  });

  test('thousands of ids that are not there cost no more than one look', async () => {
    const ids = Array.from({ length: 10_000 }, (_, n) => `nobody-${n}`);
    const path = `/v1/integrations/${ends.integrationId}/imports`;
    const stall = await longestStall(async () => {
      const answer = await it.call('POST', path, { kind: 'customers', customerIds: ids });
      expect([answer.status, answer.body.errors.length, answer.body.errorCount]).toEqual([400, 100, 10_000]);
    });
    // Seconds when each was looked for among all.
    expect(stall).toBeLessThan(2_000);
  });
});

describe('texts that cannot be stored', () => {
  const it = installation();
  let ends: Pair;
  beforeAll(async () => {
    ends = await pair(it);
  });

  test('are refused with the place named, wherever they stand', async () => {
    const { sourceId, destinationId, integrationId } = ends;
    const connection = `/v1/connections/${sourceId}`;
    const integration = `/v1/integrations/${integrationId}`;
    const nobody = '0198c0de-0000-7000-8000-000000000000';
    const until = new Date(Date.now() + 86_400_000).toISOString();
    for (const bad of ['a\u0000b', 'a\ud800b', '\udc00', 'a\udfff\ud83d']) {
      const cases: [string, string, object, string][] = [
        ['POST', '/v1/connections', { ...arrowsphere(), name: bad }, '/name'],
        ['POST', '/v1/connections', { ...arrowsphere(), settings: { baseUrl: `https://a.test/${bad}` } }, '/settings/baseUrl'],
        ['POST', '/v1/connections', { ...halopsa(), settings: { baseUrl: 'https://a.test', tenant: bad } }, '/settings/tenant'],
        ['POST', '/v1/connections', { ...halopsa(), credentials: { clientId: bad, clientSecret: 'x' } }, '/credentials/clientId'],
        ['PATCH', connection, { name: bad }, '/name'],
        ['PATCH', `/v1/connections/${destinationId}`, { settings: { tenant: bad } }, '/settings/tenant'],
        ['POST', '/v1/integrations', { name: bad, sourceId, destinationId }, '/name'],
        ['PATCH', integration, { options: { topLevelId: bad } }, '/options/topLevelId'],
        ['PUT', `${integration}/mappings/XSP1`, { clientId: bad }, '/clientId'],
        ['POST', `${integration}/imports`, { kind: 'customers', customerIds: ['XSP1', bad] }, '/customerIds/1'],
        ['PUT', `/v1/connections/${destinationId}/people`, { items: [{ id: '1', name: bad }] }, '/items/0/name'],
        ['PUT', `/v1/connections/${destinationId}/agent-mappings`, { items: [{ personId: bad, agentId: null }] }, '/items/0/personId'],
        ['PUT', `${integration}/schedule`, { every: bad }, '/every'],
        ['POST', `/v1/findings/${nobody}/mute`, { until, reason: bad }, '/reason'],
        ['POST', `/v1/findings/${nobody}/resolve`, { action: 'dismiss', reason: bad }, '/reason'],
      ]; // biome-ignore format: a table
      for (const [method, path, body, pointer] of cases) {
        const answer = await it.call(method, path, body);
        const at = `${method} ${path} ${JSON.stringify(body)} ${answer.text}`;
        expect(answer.status, at).toBe(400);
        expect(
          answer.body.errors.map((error: { pointer: string }) => error.pointer),
          at,
        ).toContain(pointer);
      }
    }
    for (const path of [
      `${connection}/customers?search=%00`,
      `${connection}/customers?customerId=a%00`,
      `/v1/connections?kind=%00`,
      `/v1/findings?kind=%00`,
      `${integration}/mappings?search=a%00b`,
      `${connection}/customers?cursor=${Buffer.from('["a\\u0000","b"]').toString('base64url')}`,
    ]) {
      const answer = await it.call('GET', path);
      expect([answer.status, answer.body.errors?.length], path).toEqual([400, 1]);
    }
    // A whole pair is a letter like any other.
    expect((await it.call('PATCH', connection, { name: 'Ann 😀' })).body.name).toBe('Ann 😀');
  });
});
