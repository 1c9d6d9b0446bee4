import { type AddressInfo, connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { halopsa, installation } from './installation.ts';

/** What clients of HTTP do not send by themselves, over a socket of our own. */
describe('requests as bytes', () => {
  const it = installation();
  let port: number;
  beforeAll(async () => {
    await it.app.listen({ port: 0, host: '127.0.0.1' });
    port = (it.app.server.address() as AddressInfo).port;
  });

  const send = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${text.slice(0, 60)}`)));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });

  async function ask(method: string, path: string, headers: string[] = [], host = `127.0.0.1:${port}`) {
    const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`, 'connection: close', ...headers, '', ''];
    const answer = await send(lines.join('\r\n'));
    const [head, ...rest] = answer.split('\r\n\r\n');
    const [first, ...fields] = head!.split('\r\n');
    const named = Object.fromEntries(
      fields.map((field) => [
        field.slice(0, field.indexOf(':')).toLowerCase(),
        field.slice(field.indexOf(':') + 2),
      ]),
    );
    const body = rest.join('\r\n\r\n');
    return { status: Number(first!.split(' ')[1]), headers: named, body, problem: asJson(body) };
  }
  const asJson = (text: string) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };
  const key = () => `authorization: Bearer ${it.key}`;
  const isProblem = (answer: Awaited<ReturnType<typeof ask>>, status: number) => {
    expect([answer.status, answer.headers['content-type'], answer.problem?.status], answer.body).toEqual([
      status,
      expect.stringMatching(/^application\/problem\+json/),
      status,
    ]);
    expect(answer.problem).toMatchObject({ type: '/problems/invalid-request', title: expect.any(String) });
  };

  test.each(['QUERY', 'TRACE', 'OPTIONS', 'PROPFIND', 'SEARCH', 'LINK', 'PURGE', 'M-SEARCH'])(
    '%s is 405 with Allow',
    async (method) => {
      const answer = await ask(method, '/v1/connections', [key()]);
      isProblem(answer, 405);
      expect(answer.headers.allow).toBe('GET, HEAD, POST');
      expect((await ask(method, '/v1/nothing', [key()])).status).toBe(404);
      const one = await ask(method, '/v1/connections/0198c0de-0000-7000-8000-000000000000?x=1', [key()]);
      expect([one.status, one.headers.allow]).toEqual([405, 'DELETE, GET, HEAD, PATCH']);
    },
  );

  test('a word that is no method is 400', async () => {
    isProblem(await ask('FROBNICATE', '/v1/connections', [key()]), 400);
  });

  test('headers that are too large are 431, bytes that are no HTTP 400, both as problems', async () => {
    isProblem(await ask('GET', '/v1/connections', [`x-long: ${'x'.repeat(40_000)}`]), 431);
    isProblem(await ask('GET', `/v1/connections?search=${'x'.repeat(40_000)}`, [key()]), 431);
    isProblem(await ask('GET', '/v1/connections', ['content-length: 1', 'transfer-encoding: chunked']), 400);
    isProblem(await ask('GET', '/v1/connections', ['no colon at all']), 400);
  });

  test('nothing of /v1 is kept by a browser or a proxy between', async () => {
    for (const [path, headers] of [
      ['/v1/connections', [key()]],
      ['/v1/connections', []],
      ['/v1/nothing', [key()]],
      ['/v1/connections?x=1', [key()]],
    ] as const)
      expect((await ask('GET', path, [...headers])).headers['cache-control'], path).toBe('no-store');
  });

  test('If-Match takes a list, in one header or several', async () => {
    const made = await it.call('POST', '/v1/connections', halopsa());
    const path = `/v1/connections/${made.body.id}`;
    const change = (ifMatch: string[]) =>
      ask('PATCH', path, [
        key(),
        'content-type: application/json',
        'content-length: 12',
        ...ifMatch,
        '',
        '{"name":"x"}',
      ]);
    const long = Array.from({ length: 60 }, (_, n) => `"${n + 1}"`).join(', ');
    expect((await change(['if-match: "7", "1"'])).status).toBe(200);
    expect((await change([`if-match: ${long}`])).status).toBe(200);
    expect((await change(['if-match: "8"', 'if-match: "3"'])).status).toBe(200);
    expect((await change(['if-match: "1", "2", W/"3"'])).status).toBe(412);
    expect((await change(['if-match: *'])).status).toBe(200);
  });

  describe('a foreign name in Host', () => {
    const pages = ['/metrics', '/docs', '/docs/', '/openapi.json', '/problems/conflict'];

    test('opens no page of an installation on this machine, as a rebound name would', async () => {
      for (const path of pages) {
        expect((await ask('GET', path)).status, path).toBeLessThan(400);
        expect((await ask('GET', path, [], `localhost:${port}`)).status, path).toBeLessThan(400);
        expect((await ask('GET', path, [], `[::1]:${port}`)).status, path).toBeLessThan(400);
        for (const name of [
          `attacker.example:${port}`,
          'localhost.attacker.example',
          '127.0.0.1.nip.io',
          'a b',
        ]) {
          const refused = await ask('GET', path, [], name);
          expect([400, 401, 421], `${path} ${name}`).toContain(refused.status);
          expect(refused.body, path).not.toContain('tributary_');
        }
      }
    });

    test('needs the key for metrics, as does whatever a proxy passes on', async () => {
      for (const header of [
        'x-forwarded-for: 203.0.113.7',
        'forwarded: for=203.0.113.7',
        'x-real-ip: 203.0.113.7',
        'x-forwarded-host: a.example',
        'via: 1.1 proxy',
      ]) {
        expect((await ask('GET', '/metrics', [header])).status, header).toBe(401);
        expect((await ask('GET', '/metrics', [header, key()])).status, header).toBe(200);
      }
      expect((await ask('GET', '/metrics', [key()], 'tributary.msp.example')).status).toBe(200);
    });

    test('is no matter to those who bring the key, to probes, and behind a proxy that says so', async () => {
      const name = 'tributary.msp.example';
      expect((await ask('GET', '/v1/connections', [key()], name)).status).toBe(200);
      expect((await ask('GET', '/healthz', [], name)).status).toBe(200);
      expect((await ask('GET', '/readyz', [], name)).status).toBe(503);
      expect((await ask('GET', '/docs/', ['x-forwarded-for: 203.0.113.7'], name)).status).toBe(200);
    });
  });
});
