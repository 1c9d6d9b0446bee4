import { describe, expect, test } from 'vitest';
import { problems } from '../../api/problem.ts';
import { call, installation } from './installation.ts';

interface Operation {
  summary?: string;
  security?: unknown[];
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

const open = ['get /healthz', 'get /readyz', 'get /metrics', 'get /problems/{type}', 'post /v1/sessions'];

describe('every route', () => {
  const it = installation();

  const operations = async () => {
    const { body } = await call(it.app, '', 'GET', '/openapi.json');
    return Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
  };

  test('has a summary, a schema for each answer, and says whether it needs the key', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(40);
    for (const { path, method, operation } of all) {
      const at = `${method} ${path}`;
      expect(operation.summary, at).toBeTruthy();
      // Another system's contract: its own key, its own errors.
      if (path.startsWith('/work365/')) {
        expect(operation.security, at).toEqual([{ work365: [] }]);
        continue;
      }
      const named = Object.keys(operation.responses).filter((status) => status !== 'default');
      expect(named.length, at).toBeGreaterThan(0);
      expect(operation.responses.default?.content?.['application/problem+json']?.schema, at).toBeTruthy();
      for (const status of named.filter((status) => status !== '204'))
        expect(
          Object.values(operation.responses[status]!.content ?? {})[0]?.schema,
          `${at} ${status}`,
        ).toBeTruthy();
      expect(operation.security !== undefined, at).toBe(open.includes(at));
    }
  });

  test('refuses a caller without the key, and one with another', async () => {
    for (const { path, method } of await operations()) {
      if (open.includes(`${method} ${path}`) || path.startsWith('/work365/')) continue;
      const url = path.replaceAll(/\{\w+\}/g, '00000000-0000-7000-8000-000000000000');
      for (const key of ['', 'not-the-key-of-this-place'])
        if (path.startsWith('/v1/conn') || key === '') {
          const answer = await call(it.app, key, method.toUpperCase(), url);
          expect([401, 429], `${method} ${path}`).toContain(answer.status);
        }
    }
  });

  test('answers 401 with how to authenticate', async () => {
    const other = await it.app.inject({ method: 'GET', url: '/v1/imports', remoteAddress: '10.1.2.3' });
    expect(other.statusCode).toBe(401);
    expect(other.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(other.json().type).toBe('/problems/unauthorised');
  });

  test('tells a browser what it may do with an answer, whatever the answer', async () => {
    for (const [path, status] of [
      ['/healthz', 200],
      ['/v1/imports/none', 404],
      ['/nowhere', 404],
    ] as const) {
      const { headers, status: answered } = await call(it.app, it.key, 'GET', path);
      expect(answered).toBe(status);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
      });
      // It is reached by plain http on its own machine.
      expect(headers['strict-transport-security']).toBeUndefined();
    }
  });

  test('leads from a problem type to a page that explains it', async () => {
    for (const type of Object.keys(problems)) {
      const page = await call(it.app, '', 'GET', `/problems/${type}`);
      expect(page.status).toBe(200);
      expect(page.headers['content-type']).toMatch(/html/);
    }
    expect((await call(it.app, '', 'GET', '/problems/constructor')).status).toBe(404);
  });

  test('serves its documentation without anything from elsewhere', async () => {
    const page = await call(it.app, '', 'GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page.text).not.toMatch(/<script>|<style>|style="/);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'self'/);
  });
});

describe('health', () => {
  const it = installation();

  test('names what is missing', async () => {
    expect((await call(it.app, '', 'GET', '/healthz')).body).toEqual({ status: 'ok' });
    const ready = await call(it.app, '', 'GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({ status: 'not ready', missing: ['worker'] });
  });

  test('gives metrics to this machine, to others with the key', async () => {
    const local = await call(it.app, '', 'GET', '/metrics');
    expect(local.status).toBe(200);
    expect(local.text).toContain('tributary_http_requests_total');
    expect(local.text).toContain('tributary_imports_running');
    const far = { method: 'GET', url: '/metrics', remoteAddress: '10.0.0.9' } as const;
    expect((await it.app.inject(far)).statusCode).toBe(401);
    const keyed = await it.app.inject({ ...far, headers: { authorization: `Bearer ${it.key}` } });
    expect(keyed.statusCode).toBe(200);
  });
});
