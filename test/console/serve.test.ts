import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtConsole } from '../../console/build.ts';
import { installation } from '../api/installation.ts';
import { type Stack, startStack } from '../support/stack.ts';

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the built console, as it is served', () => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    folder = (await builtConsole())!;
    expect(folder).toBeTruthy();
    stack = await startStack({ worker: false });
  });
  afterAll(() => stack?.close());

  const ask = (path: string, init: RequestInit = {}) => fetch(stack.baseUrl + path, init);

  test('every address of a page gives the page, without a key and never from a cache unasked', async () => {
    for (const path of ['/', '/connections', '/connections/anything?role=destination']) {
      const answer = await ask(path, { headers: asBrowser });
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';");
      expect(await answer.text()).toContain('<div id="console">');
    }
  });

  test('no path of the API is served as a page', async () => {
    for (const [path, status] of [
      ['/v1/nothing', 404],
      ['/v1/connections', 401],
      ['/assets/none.js', 404],
      ['/problems/none', 404],
      ['/healthz', 200],
    ] as const)
      expect((await ask(path, { headers: asBrowser })).status, path).toBe(status);
    expect((await ask('/connections', { headers: { accept: 'application/json' } })).status).toBe(404);
    expect((await ask('/connections', { method: 'POST', headers: asBrowser })).status).toBe(404);
  });

  test('scripts and styles are kept for ever, come compressed, and carry the same headers', async () => {
    const page = await readFile(join(folder, 'index.html'), 'utf8');
    const paths = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThanOrEqual(3);
    for (const path of paths) {
      const answer = await ask(path, { headers: { 'accept-encoding': 'br' } });
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('content-encoding')).toBe('br');
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('content-security-policy')).toBeTruthy();
    }
  });

  test('nothing of the server has come into the scripts', async () => {
    const names = (await readdir(join(folder, 'assets'))).filter((name) => name.endsWith('.js'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const script = await readFile(join(folder, 'assets', name), 'utf8');
      for (const stranger of ['ZodError', '@temporalio', 'drizzle', 'insert into', 'node:crypto'])
        expect(script.includes(stranger), `${stranger} in ${name}`).toBe(false);
    }
  });

  test('every path the pages ask is in /openapi.json, with that method', async () => {
    const { paths } = (await (await ask('/openapi.json')).json()) as { paths: Record<string, object> };
    const asked = await pathsAsked();
    expect(asked.length).toBeGreaterThan(8);
    const missing = asked.filter(({ method, path }) => !(method in (paths[path] ?? {})));
    expect(missing).toEqual([]);
  });
});

/** `get('/v1/…')` and its like in console/browser/api. */
async function pathsAsked(): Promise<{ method: string; path: string }[]> {
  const folder = join(import.meta.dirname, '../../console/browser/api');
  const files = (await readdir(folder)).filter((name) => name !== 'client.ts');
  const sources = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const calls = sources.flatMap((source) => [
    ...source.matchAll(/\b(get|post|put|patch|del)(?:<[^(]*>)?\(\s*'(\/v1\/[^']*)'/g),
  ]);
  return calls.map(([, method, path]) => ({ method: method === 'del' ? 'delete' : method!, path: path! }));
}

describe('without the console built', () => {
  const it = installation();

  test('the API works and / says how to build it', async () => {
    const page = await it.app.inject({ method: 'GET', url: '/', headers: asBrowser });
    expect(page.statusCode).toBe(503);
    expect(page.body).toContain('npm run build');
    expect((await it.call('GET', '/v1/connections')).status).toBe(200);
  });
});
