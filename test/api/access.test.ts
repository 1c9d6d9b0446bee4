import { describe, expect, test } from 'vitest';
import { addSessionLink } from '../../db/access/sessions.ts';
import { type Scope, scopes } from '../../domain/actor.ts';
import { newSecret, secretHash } from '../../security/api-key.ts';
import { arrowsphere, call, installation } from './installation.ts';

const nobody = '00000000-0000-7000-8000-000000000000';

describe('API keys', () => {
  const it = installation();
  const make = async (body: object) => (await it.call('POST', '/v1/api-keys', body)).body;

  test('are shown once, kept as a hash, told apart by their prefix', async () => {
    const made = await it.call('POST', '/v1/api-keys', { name: 'Reports', scopes: ['read'] });
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`/v1/api-keys/${made.body.id}`);
    const { key, ...shown } = made.body;
    expect(key).toMatch(/^trib_[\w-]{43}$/);
    expect(key.startsWith(shown.prefix)).toBe(true);
    expect(shown).toMatchObject({ name: 'Reports', scopes: ['read'], expiresAt: null, lastUsedAt: null });
    expect(shown.createdBy).toEqual({ kind: 'key', name: 'First admin key', id: null });
    expect((await it.call('GET', `/v1/api-keys/${made.body.id}`)).body).toEqual(shown);
    const list = await it.call('GET', '/v1/api-keys');
    expect(list.body.items).toContainEqual(shown);
    expect(list.text).not.toContain(key);
    const stored = await it.db.sql`select * from api_keys`;
    expect(JSON.stringify(stored)).not.toContain(key);
  });

  test('note their last use', async () => {
    const { id, key } = await make({ name: 'Used', scopes: ['read'] });
    expect((await call(it.app, key, 'GET', '/v1/connections')).status).toBe(200);
    const first = (await it.call('GET', `/v1/api-keys/${id}`)).body.lastUsedAt;
    expect(Date.now() - Date.parse(first)).toBeLessThan(60_000);
    await it.db.sql`update api_keys set last_used_at = now() - interval '2 minutes' where id = ${id}`;
    await call(it.app, key, 'GET', '/v1/connections');
    const then = (await it.call('GET', `/v1/api-keys/${id}`)).body.lastUsedAt;
    expect(Date.parse(then)).toBeGreaterThan(Date.parse(first) - 1);
  });

  test('end when they expire or are revoked, and their sessions with them', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    for (const end of ['expire', 'revoke']) {
      const { id, key } = await make({ name: end, scopes: ['operate'], expiresAt: soon });
      const signedIn = await call(it.app, '', 'POST', '/v1/sessions', { key }, { authorization: '' });
      expect(signedIn.status).toBe(201);
      expect(Date.parse(signedIn.body.expiresAt)).toBe(Date.parse(soon));
      const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
      const asked = () => call(it.app, '', 'GET', '/v1/session', undefined, { authorization: '', cookie });
      expect((await asked()).body.name).toBe(end);
      if (end === 'expire') await it.db.sql`update api_keys set expires_at = now() where id = ${id}`;
      else expect((await it.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
      expect((await call(it.app, key, 'GET', '/v1/session')).status).toBe(401);
      expect((await asked()).status).toBe(401);
      if (end === 'revoke') {
        expect((await it.call('GET', `/v1/api-keys/${id}`)).status).toBe(404);
        expect((await it.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(404);
      }
    }
  });

  test('must have a name, scopes and a future', async () => {
    for (const body of [
      { name: '', scopes: ['read'] },
      { name: 'x', scopes: [] },
      { name: 'x', scopes: ['all'] },
      { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' },
    ])
      expect((await it.call('POST', '/v1/api-keys', body)).status, JSON.stringify(body)).toBe(400);
  });
});

describe('scopes', () => {
  const it = installation();

  test('are declared by every route, and reach no further', async () => {
    const { body } = await call(it.app, '', 'GET', '/openapi.json');
    const keys = {} as Record<Scope, string>;
    for (const scope of scopes)
      keys[scope] = (await it.call('POST', '/v1/api-keys', { name: scope, scopes: [scope] })).body.key;
    const routes = Object.entries<Record<string, { 'x-scope'?: Scope; security?: unknown[] }>>(
      body.paths,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    );
    let refused = 0;
    for (const { path, method, 'x-scope': needed, security } of routes) {
      const at = `${method} ${path}`;
      // Open to everyone, or under a key of its own.
      if (security !== undefined) continue;
      expect(needed, `${at} declares no scope`).toBeTruthy();
      if (method === 'get') expect(/api-keys|settings/.test(path) ? 'admin' : 'read', at).toBe(needed);
      else if (path !== '/v1/sessions') expect(['operate', 'admin'], at).toContain(needed);
      const url = path.replaceAll(/\{\w+\}/g, nobody);
      for (const scope of scopes) {
        const answer = await call(it.app, keys[scope], method.toUpperCase(), url);
        if (scopes.indexOf(scope) >= scopes.indexOf(needed!))
          expect([401, 403], `${at} with ${scope}`).not.toContain(answer.status);
        else {
          refused++;
          expect(answer.status, `${at} with ${scope}`).toBe(403);
          expect(answer.body).toMatchObject({ type: '/problems/forbidden', scope: needed });
          expect(answer.body.detail).toContain(needed);
        }
      }
    }
    expect(refused).toBeGreaterThan(30);
  });

  test('of a route that forgot to declare one is admin', async () => {
    const { buildApp } = await import('../../api/app.ts');
    const app = await buildApp(it.deps);
    app.get('/v1/forgotten', async () => ({}));
    const { key } = (await it.call('POST', '/v1/api-keys', { name: 'x', scopes: ['operate'] })).body;
    expect((await call(app, key, 'GET', '/v1/forgotten')).status).toBe(403);
    expect((await call(app, it.key, 'GET', '/v1/forgotten')).status).toBe(200);
    await app.close();
  });
});

describe('sessions', () => {
  const it = installation();
  const host = 'localhost:3000';
  const own = { host, origin: `http://${host}` };
  const without = { authorization: '' };
  const signIn = (body: object, headers: Record<string, string> = {}) =>
    call(it.app, '', 'POST', '/v1/sessions', body, { ...without, ...headers });
  const cookieOf = ({ headers }: { headers: Record<string, unknown> }) =>
    String(headers['set-cookie']).split(';')[0]!;
  const within = (cookie: string, method: string, path: string, body?: unknown, headers = {}) =>
    call(it.app, '', method, path, body, { ...without, cookie, host, ...headers });

  test('open with a key, say whose they are, and end', async () => {
    const { key } = (await it.call('POST', '/v1/api-keys', { name: 'Ann', scopes: ['operate'] })).body;
    const opened = await signIn({ key });
    expect(opened.status).toBe(201);
    expect(opened.body).toMatchObject({ kind: 'session', name: 'Ann', scopes: ['operate'] });
    const set = String(opened.headers['set-cookie']);
    expect(set).toMatch(/^tributary_session=[\w-]{43}; /);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(set).toContain(part);
    expect(set).not.toMatch(/Secure|Domain/);
    const cookie = cookieOf(opened);
    expect((await it.db.sql`select hash from sessions`)[0]!.hash).toBe(secretHash(cookie.split('=')[1]!));
    expect((await within(cookie, 'GET', '/v1/session')).body).toEqual(opened.body);
    const ended = await within(cookie, 'DELETE', '/v1/sessions', undefined, own);
    expect(ended.status).toBe(204);
    expect(String(ended.headers['set-cookie'])).toMatch(/^tributary_session=; .*Expires=Thu, 01 Jan 1970/);
    const after = await within(cookie, 'GET', '/v1/session');
    expect(after.status).toBe(401);
    expect(after.body.detail).toMatch(/session has ended/i);
  });

  test('are Secure and bound to the host behind https', async () => {
    const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'trib.example', host: '10.0.0.5:3000' };
    const opened = await signIn({ key: it.key }, { ...https, origin: 'https://trib.example' });
    const set = String(opened.headers['set-cookie']);
    expect(set).toMatch(/^__Host-tributary_session=/);
    expect(set).toContain('Secure');
    const cookie = cookieOf(opened);
    const write = (origin: string) =>
      within(cookie, 'POST', '/v1/connections', arrowsphere(), { ...https, origin });
    expect((await write('https://trib.example')).status).toBe(201);
    expect((await write('http://trib.example')).status).toBe(403);
  });

  test('make changes from their own page alone, as JSON', async () => {
    const cookie = cookieOf(await signIn({ key: it.key }));
    const write = (headers: Record<string, string>, body: unknown = arrowsphere()) =>
      within(cookie, 'POST', '/v1/connections', body, headers);
    expect((await write(own)).status).toBe(201);
    expect((await write({ ...own, 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    const refused: Record<string, string>[] = [
      { host },
      { host, origin: 'null' },
      { host, origin: 'https://evil.example' },
      { host, origin: 'http://localhost:3001' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'content-type': 'text/plain' },
      { ...own, 'content-type': 'application/x-www-form-urlencoded' },
    ];
    for (const headers of refused) {
      const answer = await write(headers);
      expect(answer.status, JSON.stringify(headers)).toBe(403);
      expect(answer.body.type).toBe('/problems/forbidden');
    }
    // Also without a body, as an empty form would send it.
    const empty = await it.app.inject({
      method: 'POST',
      url: `/v1/imports/${nobody}/cancel`,
      headers: { cookie, ...own },
    });
    expect(empty.statusCode).toBe(403);
    expect((await within(cookie, 'GET', '/v1/session', undefined, { 'sec-fetch-site': 'none' })).status).toBe(
      200,
    );
    const others = { 'sec-fetch-site': 'same-site' };
    expect((await within(cookie, 'GET', '/v1/session', undefined, others)).status).toBe(403);
  });

  test('are not opened by a page of another site', async () => {
    const foreign: Record<string, string>[] = [
      { host, origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) expect((await signIn({ key: it.key }, headers)).status).toBe(403);
  });

  test('open with a link once, while it is fresh and the first key is the same', async () => {
    const link = async (minutes = 15, key = it.key) => {
      const secret = newSecret();
      await addSessionLink(it.db, {
        hash: secretHash(secret),
        keyHash: secretHash(key),
        name: 'Start link',
        scopes: ['admin'],
        minutes,
      });
      return secret;
    };
    const good = await link();
    expect(JSON.stringify(await it.db.sql`select * from session_links`)).not.toContain(good);
    const [one, two] = await Promise.all([signIn({ link: good }), signIn({ link: good })]);
    expect([one.status, two.status].sort()).toEqual([201, 401]);
    expect((await signIn({ link: good })).status).toBe(401);
    expect((await signIn({ link: await link(0) })).status).toBe(401);
    expect((await signIn({ link: await link(15, 'another first key of this place') })).status).toBe(401);
    const opened = one.status === 201 ? one : two;
    expect(opened.body).toMatchObject({ name: 'Start link', scopes: ['admin'] });
    expect((await within(cookieOf(opened), 'GET', '/v1/connections')).status).toBe(200);
  });

  test('are refused to wrong keys, which are soon no longer tried', async () => {
    for (const body of [{}, { key: 'a', link: 'b' }, { key: '' }, { user: 'x' }])
      expect((await signIn(body)).status).toBe(400);
    const answers = [];
    for (let n = 0; n < 70; n++) answers.push((await signIn({ key: `wrong-${n}` })).status);
    expect(answers.slice(0, 20).every((status) => status === 401)).toBe(true);
    expect(answers.at(-1)).toBe(429);
    // A caller with a key is not kept out.
    expect((await signIn({ key: it.key })).status).toBe(201);
  });
});
