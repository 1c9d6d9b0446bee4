import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createSocketServer, type Server } from 'node:net';
import getPort from 'get-port';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchWhole } from '../../connectors/fetch-whole.ts';
import { call } from '../../connectors/http.ts';
import { createWayOut } from '../../connectors/way-out.ts';
import type { Failure } from '../../domain/failure.ts';
import { makeRoot } from '../support/certificates.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Way {
  env?: Record<string, string>;
  write?: boolean;
}

/** One POST, as a connector makes it. */
async function post(url: string, { env = {}, write = true }: Way = {}) {
  const dispatcher = createWayOut({ env });
  const { signal } = new AbortController();
  const context = {
    fetch: (url: string, request: object) => fetchWhole(url, request, signal, { dispatcher }),
    signal,
    token: async () => '',
    patience: { tries: 1, pauses: 0, longestPauseMs: 0, withinMs: 1_000 },
  };
  return await call(context, { method: 'POST', url, json: {}, write }, () => ({}));
}

const failure = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );

const ok: RequestListener = (_, answer) => answer.end('{"here":true}');

describe('what fails before anything was sent is no ambiguous write', () => {
  const certificates = makeRoot();

  test.skipIf(!certificates).each([
    ['a root nobody knows', 'localhost', false],
    ['another name', 'elsewhere.example', false],
    ['an end that has come', 'localhost', true],
  ])('a certificate with %s', async (_, name, expired) => {
    const { root, sign } = certificates!;
    const leaf = sign(name, expired);
    let requests = 0;
    const server = createTlsServer({ key: leaf.key, cert: leaf.cert + root.cert }, () => {
      requests++;
    });
    const port = await listening(server);
    const said = await failure(post(`https://localhost:${port}/oauth/token`));
    expect(said).toMatchObject({ kind: 'certificate', retryable: true });
    expect(said.message).toMatch(new RegExp(`certificate of localhost:${port}`));
    expect(said.details.remedy).toMatch(/NODE_EXTRA_CA_CERTS/);
    expect(said.details.ambiguous).toBeUndefined();
    expect(requests).toBe(0);
  });

  test('a port that does not speak TLS, in whatever words OpenSSL says so', async () => {
    const port = await listening(createServer(ok));
    expect(await failure(post(`https://127.0.0.1:${port}/`))).toMatchObject({ kind: 'certificate' });
  });

  test('a handshake that is cut off', async () => {
    const port = await listening(
      createSocketServer((socket) => void socket.once('data', () => socket.destroy())),
    );
    const said = await failure(post(`https://127.0.0.1:${port}/`));
    expect(said.kind).toBe('unreachable');
    expect(said.details.ambiguous).toBeUndefined();
  });

  test('a port where nobody listens', async () => {
    const said = await failure(post(`http://127.0.0.1:${await getPort()}/`));
    expect(said).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
    expect(said.details.ambiguous).toBeUndefined();
  });

  test('a name without an address', async () => {
    const said = await failure(post('http://nowhere.invalid/'));
    expect(said).toMatchObject({ kind: 'name-lookup', message: expect.stringContaining('nowhere.invalid') });
    expect(said.details.ambiguous).toBeUndefined();
  });

  test('… while a connection that breaks after the request is', async () => {
    const port = await listening(createServer((asked) => void asked.socket.destroy()));
    expect(await failure(post(`http://127.0.0.1:${port}/`))).toMatchObject({
      kind: 'unreachable',
      details: { ambiguous: 'dropped' },
    });
  });
});

describe('through a proxy', () => {
  /** Leads every host to `target`, and remembers who was asked for. */
  async function proxyTo(target: number, refuse?: number) {
    const asked: { what: string; head: IncomingMessage['headers'] }[] = [];
    const server = createServer((request, answer) => {
      asked.push({ what: request.url!, head: request.headers });
      answer.writeHead(refuse ?? 200).end('{"proxied":true}');
    });
    server.on('connect', (request, socket) => {
      asked.push({ what: `CONNECT ${request.url}`, head: request.headers });
      if (refuse) return void socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      const far = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        far.pipe(socket).pipe(far);
      });
      for (const end of [far, socket]) end.on('error', () => {});
    });
    return { asked, url: `http://me:se%20cret@127.0.0.1:${await listening(server)}` };
  }

  test.each(['http_proxy', 'HTTP_PROXY'])('%s is given the whole URL, with its password', async (name) => {
    const { asked, url } = await proxyTo(0);
    const { json } = await post('http://far.example:81/a?b=c', { env: { [name]: url } });
    expect(json).toEqual({ proxied: true });
    expect(asked).toMatchObject([
      {
        what: 'http://far.example:81/a?b=c',
        head: {
          host: 'far.example:81',
          'proxy-authorization': `Basic ${Buffer.from('me:se cret').toString('base64')}`,
        },
      },
    ]);
  });

  test.each(['https_proxy', 'HTTPS_PROXY'])(
    '%s is asked for a tunnel, whose end proves itself',
    async (name) => {
      const port = await listening(createServer(ok));
      const { asked, url } = await proxyTo(port);
      // What is at the tunnel's end speaks no TLS.
      expect(await failure(post('https://far.example/', { env: { [name]: url } }))).toMatchObject({
        kind: 'certificate',
      });
      expect(asked[0]).toMatchObject({ what: 'CONNECT far.example:443' });
    },
  );

  test.each(['https://far.example/', 'http://far.example/'])(
    '%s refused by it was not sent',
    async (target) => {
      const { url } = await proxyTo(0, 407);
      const said = await failure(post(target, { env: { HTTPS_PROXY: url, HTTP_PROXY: url } }));
      expect(said).toMatchObject({ kind: 'proxy', retryable: true });
      expect(`${said.message} ${said.details.remedy}`).toMatch(/HTTPS_PROXY/);
      expect(said.details.ambiguous).toBeUndefined();
      expect(`${said.message} ${said.details.remedy}`).not.toMatch(/cret/);
    },
  );

  test.each(['https://far.example/', 'http://far.example/'])(
    '%s by one that is not there',
    async (target) => {
      const url = `http://127.0.0.1:${await getPort()}`;
      const said = await failure(post(target, { env: { HTTPS_PROXY: url, HTTP_PROXY: url } }));
      expect(said.kind).toBe('proxy');
      expect(said.details.ambiguous).toBeUndefined();
    },
  );

  test('loopback and what NO_PROXY names go past it', async () => {
    const { asked, url } = await proxyTo(0);
    const port = await listening(createServer(ok));
    const env = { HTTP_PROXY: url, NO_PROXY: 'far.invalid' };
    expect((await post(`http://127.0.0.1:${port}/`, { env })).json).toEqual({ here: true });
    expect(await failure(post('http://far.invalid/', { env }))).toMatchObject({ kind: 'name-lookup' });
    expect(asked).toEqual([]);
  });

  test('a setting that is no proxy is said at the start', () => {
    expect(() => createWayOut({ env: { HTTPS_PROXY: 'socks5://x:1' } })).toThrow(
      /HTTPS_PROXY is not the URL/,
    );
  });
});
