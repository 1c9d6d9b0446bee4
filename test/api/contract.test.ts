import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem, nobody } from '../support/problems.ts';
import { type Answer, type Stack, startStack } from '../support/stack.ts';

/** What holds for every route of the HTTP contract. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const raw = async (method: string, path: string, body: string | undefined, headers = {}): Promise<Answer> => {
  const response = await fetch(`${stack.baseUrl}${path}`, {
    method,
    body,
    headers: { authorization: `Bearer ${stack.parts.apiKey}`, ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : text };
};
const json = { 'content-type': 'application/json' };

const promised = `
GET /v1/connectors
POST /v1/connections
GET /v1/connections
GET /v1/connections/{id}
PATCH /v1/connections/{id}
DELETE /v1/connections/{id}
POST /v1/connections/{id}/test
GET /v1/connections/{id}/token
POST /v1/connections/{id}/token/refresh
POST /v1/connections/{id}/collections
GET /v1/connections/{id}/collections
GET /v1/connections/{id}/collections/{cid}
GET /v1/connections/{id}/customers
GET /v1/connections/{id}/subscriptions
GET /v1/connections/{id}/top-levels
GET /v1/connections/{id}/agents
GET /v1/connections/{id}/clients
POST /v1/integrations
GET /v1/integrations
GET /v1/integrations/{id}
PATCH /v1/integrations/{id}
DELETE /v1/integrations/{id}
GET /v1/integrations/{id}/mappings
PUT /v1/integrations/{id}/mappings/{customerId}
DELETE /v1/integrations/{id}/mappings/{customerId}
POST /v1/integrations/{id}/mappings/generate
POST /v1/integrations/{id}/imports
GET /v1/imports
GET /v1/imports/{id}
GET /v1/imports/{id}/items
GET /v1/imports/{id}/events
POST /v1/imports/{id}/cancel
POST /v1/imports/{id}/apply
GET /v1/integrations/{id}/schedule
PUT /v1/integrations/{id}/schedule
DELETE /v1/integrations/{id}/schedule
POST /v1/integrations/{id}/schedule/trigger
POST /v1/integrations/{id}/schedule/pause
POST /v1/integrations/{id}/schedule/resume
GET /v1/findings
POST /v1/findings/{id}/resolve
POST /v1/findings/{id}/mute
POST /v1/api-keys
GET /v1/api-keys
GET /v1/api-keys/{id}
DELETE /v1/api-keys/{id}
GET /v1/session
GET /v1/overview
GET /v1/audit
GET /v1/audit/verification
GET /v1/settings
GET /v1/integrations/{id}/subscriptions
GET /v1/integrations/{id}/subscriptions/{subscriptionId}
GET /v1/integrations/{id}/mappings/suggestions
GET /v1/integrations/{id}/mappings/csv
PUT /v1/integrations/{id}/mappings
DELETE /v1/integrations/{id}/mappings/batches/{batchId}
GET /v1/imports/{id}/groups
POST /v1/imports/{id}/retry`
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [string, string]);
const anyId = (path: string) => path.replaceAll(/\{\w+\}/g, nobody);

describe('the routes', () => {
  test('are for who has the key, and soon deaf to who tries others', async () => {
    const keys = ['', 'Bearer not-the-key-of-this-place-at-all', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer '];
    for (const authorization of keys) {
      const refused = await stack.api('GET', '/v1/connections', undefined, { authorization });
      expectProblem(refused, 401, 'unauthorised');
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    for (const [method, path] of promised) {
      const refused = await stack.api(method, anyId(path), undefined, { authorization: 'Bearer no' });
      expect([401, 429], path).toContain(refused.status);
      expectProblem(refused, refused.status, refused.status === 401 ? 'unauthorised' : 'rate-limited');
      if (refused.status === 429) expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await stack.api('GET', '/v1/connections')).status).toBe(200);
  });

  test.each(promised)('%s %s is there', async (method, path) => {
    const url = anyId(path);
    const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? {} : undefined;
    const answer = await stack.api(method, url, body);
    const named = path.includes('{');
    if (!named && method === 'GET') expect(answer.status).toBe(200);
    else if (!named) expectProblem(answer, 400, 'invalid-request');
    else if (method === 'GET' || method === 'DELETE') expectProblem(answer, 404, 'not-found');
    else expect([400, 404], JSON.stringify(answer.body)).toContain(answer.status);
  });

  test('refuse query parameters they do not know', async () => {
    for (const [method, path] of promised)
      if (method === 'GET')
        expectProblem(await stack.api('GET', `${anyId(path)}?unheard=of`), 400, 'invalid-request');
  });

  test('refuse ids that are none', async () => {
    for (const path of ['connections', 'integrations', 'imports']) {
      const answer = await stack.api('GET', `/v1/${path}/nonsense`);
      expect([400, 404], path).toContain(answer.status);
      expectProblem(answer, answer.status);
    }
  });

  test('are all in the API description, which is sound', async () => {
    const { status, body } = await stack.api('GET', '/openapi.json', undefined, { authorization: '' });
    expect(status).toBe(200);
    expect(body.openapi).toMatch(/^3\.1\.\d+$/);
    expect(body.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    for (const [method, path] of promised) {
      const shape = path.replaceAll(/\{\w+\}/g, '{}');
      const found = Object.entries<object>(body.paths).find(
        ([p]) => p.replaceAll(/\{\w+\}/g, '{}') === shape,
      );
      expect(found?.[1], `${method} ${path}`).toHaveProperty(method.toLowerCase());
    }
    // Every reference leads somewhere, every parameter of a path is described, every operation is named once.
    const names: string[] = [];
    const walk = (node: unknown): void => {
      if (!node || typeof node !== 'object') return;
      const { $ref } = node as { $ref?: unknown };
      if (typeof $ref === 'string') {
        const target = $ref
          .slice(2)
          .split('/')
          .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], body);
        expect(target, $ref).toBeTypeOf('object');
      }
      // 3.1 has JSON Schema's own words, not these of 3.0.
      expect(node).not.toHaveProperty('nullable');
      for (const value of Object.values(node)) walk(value);
    };
    walk(body);
    for (const [path, methods] of Object.entries<Record<string, Record<string, unknown>>>(body.paths))
      for (const operation of Object.values(methods)) {
        if (operation.operationId) names.push(String(operation.operationId));
        const described = ((operation.parameters ?? []) as { in: string; name: string; required: boolean }[])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name, required }) => {
            expect(required).toBe(true);
            return name;
          });
        expect(described.sort(), path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort());
        expect(Object.keys(operation.responses as object).length).toBeGreaterThan(0);
      }
    expect(new Set(names).size).toBe(names.length);
  });

  test('answer other methods as problems, and HEAD like GET without a body', async () => {
    expectProblem(await stack.api('GET', '/v1/nothing-here'), 404, 'not-found');
    expectProblem(await stack.api('GET', '/nothing-here'), 404, 'not-found');
    for (const [method, path] of [
      ['PUT', '/v1/connections'],
      ['DELETE', '/v1/imports'],
      ['OPTIONS', '/v1/connections'],
      ['POST', `/v1/imports/${nobody}`],
    ] as const) {
      const answer = await stack.api(method, path);
      expectProblem(answer, 405);
      expect(answer.headers.get('allow'), `${method} ${path}`).toMatch(/GET/);
    }
    const head = await stack.api('HEAD', '/v1/connections');
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
  });
});

describe('bodies', () => {
  test('that are no JSON, not the right type, or too large are problems', async () => {
    expectProblem(await raw('POST', '/v1/connections', '{"kind":', json), 400, 'invalid-request');
    expectProblem(await raw('POST', '/v1/connections', '[]', json), 400, 'invalid-request');
    expectProblem(await raw('POST', '/v1/connections', 'null', json), 400, 'invalid-request');
    const xml = { 'content-type': 'application/xml' };
    expectProblem(await raw('POST', '/v1/connections', '<a/>', xml), 415);
    const large = JSON.stringify({ name: 'x'.repeat(1_100_000) });
    expectProblem(await raw('POST', '/v1/connections', large, json), 413);
  });

  test('may not set what belongs to every object', async () => {
    const body = '{"kind":"halopsa","name":"x","settings":{},"credentials":{},"__proto__":{"a":1}}';
    expectProblem(await raw('POST', '/v1/connections', body, json), 400, 'invalid-request');
  });

  test('with bytes that are no text are refused', async () => {
    const name = await stack.api('POST', '/v1/integrations', {
      name: 'a\u0000b',
      sourceId: nobody,
      destinationId: nobody,
      options: {},
    });
    expectProblem(name, 400, 'invalid-request');
    expectProblem(await stack.api('GET', '/v1/imports?cursor=%00'), 400, 'invalid-request');
  });
});

describe('lists', () => {
  const lists = ['/v1/connections', '/v1/integrations', '/v1/imports', '/v1/findings'];

  test.each(lists)('%s takes a limit of 1 to 200 and its own cursor', async (path) => {
    const { body } = await stack.api('GET', path);
    expect(body).toEqual({ items: [], nextCursor: null });
    for (const limit of ['1', '200'])
      expect((await stack.api('GET', `${path}?limit=${limit}`)).status).toBe(200);
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=-1',
      'limit=1.5',
      'limit=x',
      'limit=',
      'cursor=nonsense',
    ])
      expectProblem(await stack.api('GET', `${path}?${query}`), 400, 'invalid-request');
    expectProblem(await stack.api('GET', `${path}?limit=1&limit=2`), 400, 'invalid-request');
  });

  test('are turned by their cursor without loss or repetition', async () => {
    const made = [];
    for (let n = 0; n < 5; n++) {
      const credentials = { clientId: 'a', clientSecret: 'b-secret-of-some-length' };
      const settings = { baseUrl: `http://127.0.0.1:9/${n}` };
      const connection = { kind: 'halopsa', name: `Halo ${n}`, settings, credentials };
      made.push((await stack.expect(201, 'POST', '/v1/connections', connection)).id);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
      const page = await stack.expect(200, 'GET', `/v1/connections?limit=2${query}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      expect(page.items.length).toBeGreaterThan(0);
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(seen.sort()).toEqual(made.sort());
  });
});

describe('outside the prefix', () => {
  const text = async (path: string) => {
    const response = await fetch(`${stack.baseUrl}${path}`);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
  test('health, readiness, metrics and pages need no key', async () => {
    expect((await text('/healthz')).status).toBe(200);
    expect((await text('/readyz')).status).toBe(200);
    const metrics = await text('/metrics');
    expect(metrics.type).toMatch(/^text\/plain/);
    expect(metrics.text).toMatch(/^# TYPE /m);
    const docs = await text('/docs');
    expect(docs).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/html/) });
  });

  test('a request that never ends does not keep its connection for ever in the way of others', async () => {
    const { port, hostname } = new URL(stack.baseUrl);
    const slow = request({
      port,
      hostname,
      method: 'POST',
      path: '/v1/connections',
      headers: { 'content-length': 10 },
    });
    slow.on('error', () => {});
    slow.write('{');
    expect((await text('/healthz')).status).toBe(200);
    slow.destroy();
  });
});

test('the connectors tell what a form needs', async () => {
  const { body } = await stack.api('GET', '/v1/connectors');
  const connectors = (body.items ?? body) as Record<string, unknown>[];
  expect(connectors.map(({ kind, role }) => `${kind} ${role}`).sort()).toEqual([
    'arrowsphere distributor',
    'halopsa destination',
    'streamone-ion distributor',
    'streamone-stellr distributor',
    'work365 destination',
  ]);
  for (const connector of connectors) {
    expect(connector.settings, `${connector.kind}`).toMatchObject({ type: 'object' });
    expect(connector.credentials, `${connector.kind}`).toMatchObject({ type: 'object' });
    expect(connector.capabilities, `${connector.kind}`).toBeTypeOf('object');
  }
});
