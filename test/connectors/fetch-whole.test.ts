import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import getPort from 'get-port';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchWhole } from '../../connectors/fetch-whole.ts';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';

let system: Simulator<object>;
let collectGarbage: () => void;
beforeAll(async () => {
  system = await startSimulator({ state: {}, handle: async () => ({ status: 200, body: {} }) });
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc');
});
afterAll(() => system.close());

const hang = (timeoutMs: number, signal: AbortSignal) => {
  system.faults.add({ act: { do: 'hang' } });
  return fetchWhole(system.url, { timeoutMs }, signal);
};

// Found by an import that hung for minutes: AbortSignal.any loses its timeout when garbage is collected.
test('a call that is not answered ends in time though garbage is collected meanwhile', async () => {
  const collecting = setInterval(collectGarbage, 20);
  const calls = Array.from({ length: 20 }, () => hang(300, new AbortController().signal));
  const ends = await Promise.allSettled(calls).finally(() => clearInterval(collecting));
  expect(ends.map((end) => end.status === 'rejected' && end.reason.name)).toEqual(
    calls.map(() => 'TimeoutError'),
  );
});

test('a cancelled call ends with the reason, though garbage is collected meanwhile', async () => {
  const collecting = setInterval(collectGarbage, 20);
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(new Error('cancelled')), 150);
  const call = hang(60_000, cancel.signal).finally(() => clearInterval(collecting));
  await expect(call).rejects.toThrow('cancelled');
});

test('a call whose signal has ended is not sent', async () => {
  const sent = system.requests.length;
  await expect(fetchWhole(system.url, {}, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  expect(system.requests.length).toBe(sent);
});

describe('answers that come packed', () => {
  const packings = { gzip: gzipSync, br: brotliCompressSync };
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((asked, answer) => {
      const packing = asked.url!.slice(1) as keyof typeof packings;
      const wanted = String(asked.headers['accept-encoding']).includes(packing);
      if (wanted) answer.setHeader('content-encoding', packing);
      answer.end(wanted ? packings[packing]('{"name":"Müller"}') : '{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  test.each(Object.keys(packings))('%s is asked for and unpacked', async (packing) => {
    const { body } = await fetchWhole(`${url}/${packing}`, {}, new AbortController().signal);
    expect(Buffer.from(body).toString()).toBe('{"name":"Müller"}');
  });

  test('is not asked for against the wish of the caller', async () => {
    const request = { headers: { 'accept-encoding': 'identity' } };
    const { body } = await fetchWhole(`${url}/gzip`, request, new AbortController().signal);
    expect(Buffer.from(body).toString()).toBe('{}');
  });
});

// A name may have one address when it is checked and another when it is connected to: there is one look-up.
test('a call goes to the address that the look-up of its connection gave', async () => {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, _, found) => {
    asked.push(host);
    found(null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const { port } = new URL(system.url);
  const dispatcher = new Agent({ connect: { lookup } });
  const { status } = await fetchWhole(`http://nowhere.invalid:${port}`, {}, new AbortController().signal, {
    dispatcher,
  });
  await dispatcher.close();
  expect([status, asked]).toEqual([200, ['nowhere.invalid']]);
});

test('a call that finds nobody says so by its code', async () => {
  const port = await getPort();
  await expect(
    fetchWhole(`http://127.0.0.1:${port}`, {}, new AbortController().signal),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
