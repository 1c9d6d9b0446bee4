import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Fault,
  foulWeather,
  middlemanNames,
  type Simulator,
  startSimulator,
} from '../../simulators/harness.ts';

/** A small outside system: pages of ten numbered records, and a count of the work done. */
interface State {
  writes: number;
  reads: number;
}
let sim: Simulator<State>;
beforeEach(async () => {
  sim = await startSimulator<State>({
    state: { writes: 0, reads: 0 },
    handle: ({ method, query }, state) => {
      if (method === 'POST') return { status: 201, body: { id: ++state.writes } };
      state.reads++;
      const page = Number(query.get('page') ?? 1);
      const rows = Array.from({ length: 10 }, (_, index) => ({ id: (page - 1) * 10 + index + 1 }));
      return { status: 200, body: { data: { rows }, paging: { total: 30, next: `t${page + 1}` } } };
    },
  });
});
afterEach(() => sim.close());

const get = (path = '/rows', init: RequestInit = {}) => fetch(sim.url + path, init);
const post = (path = '/rows') => get(path, { method: 'POST', body: '{}' });
const control = (name: string, init: RequestInit) => fetch(`${sim.url}/__control/${name}`, init);
const every = (act: Fault['act'], more: Partial<Fault> = {}) => sim.faults.add({ times: -1, ...more, act });
type Page = {
  data: { rows: { id: number; name?: string }[] };
  paging: { total: number; next: string };
};
const page = async (no: number, path = '/rows') => (await (await get(`${path}?page=${no}`)).json()) as Page;
const firstId = async (no: number, path?: string) => (await page(no, path)).data.rows[0]!.id;

/** Without what fetch does of its own: it unpacks, and takes a 407 for a broken connection. */
const raw = (method: string, path: string) =>
  new Promise<{ status: number; body: Buffer }>((resolve, reject) => {
    request(sim.url + path, { method }, async (incoming) =>
      resolve({ status: incoming.statusCode!, body: Buffer.concat(await incoming.toArray()) }),
    )
      .on('error', reject)
      .end();
  });

/** What became of each of `n` calls: its status, or `cut` when it broke. */
const outcomes = async (n: number, call = get) => {
  const all: (number | 'cut')[] = [];
  for (let i = 0; i < n; i++)
    all.push(
      await call()
        .then(async (answer) => {
          await answer.text();
          return answer.status;
        })
        .catch(() => 'cut' as const),
    );
  return all;
};

describe('how often', () => {
  test('a rate hits its share, the same calls with the same seed, and is counted', async () => {
    sim.faults.add(...foulWeather({ errors: 0.2, cuts: 0.1, seed: 7 }));
    const first = await outcomes(200);
    sim.faults.clear();
    sim.faults.add(...foulWeather({ errors: 0.2, cuts: 0.1, seed: 7 }));
    expect(await outcomes(200)).toEqual(first);
    const { calls, faults, byStatus } = sim.counts();
    expect(calls).toBe(400);
    expect(faults.error! / 400).toBeCloseTo(0.2, 1);
    expect(faults.cut! / 400).toBeCloseTo(0.08, 1);
    expect(byStatus[500]).toBe(faults.error);
    expect(first.filter((one) => one === 'cut')).toHaveLength(faults.cut! / 2);
    expect(sim.state.reads).toBe(400 - faults.error!);
  });

  test('writes are left alone by cuts; lost ones did their work', async () => {
    sim.faults.add(...foulWeather({ cuts: 1, lost: 1 }));
    expect(await outcomes(3, post)).toEqual([500, 500, 500]);
    expect(sim.state.writes).toBe(3);
    expect(await outcomes(2)).toEqual(['cut', 'cut']);
    expect(sim.counts().faults).toEqual({ lost: 3, cut: 2 });
  });

  test('after, times, path and method; a rate may be limited too', async () => {
    sim.faults.add({ path: '/rows', method: 'GET', after: 1, times: 2, act: { do: 'respond', status: 418 } });
    expect(await outcomes(4)).toEqual([200, 418, 418, 200]);
    expect((await get('/other')).status).toBe(200);
    sim.faults.add({ rate: 1, times: 1, act: { do: 'respond', status: 418 } });
    expect(await outcomes(2)).toEqual([418, 200]);
  });

  test('another process sets faults, reads counts and clears', async () => {
    const body = JSON.stringify([{ path: 'rows', name: 'flood', act: { do: 'throttle', retryAfter: 3 } }]);
    expect((await control('faults', { method: 'POST', body })).status).toBe(204);
    expect((await get()).headers.get('retry-after')).toBe('3');
    expect(await (await control('counts', { method: 'GET' })).json()).toEqual({
      calls: 1,
      byMethod: { GET: 1 },
      byStatus: { 429: 1 },
      faults: { flood: 1 },
    });
    await control('requests', { method: 'DELETE' });
    expect(sim.counts().calls).toBe(0);
    for (const act of [{ do: 'nothing of the kind' }, { do: 'middleman', as: 'nobody' }]) {
      const refused = await control('faults', { method: 'POST', body: JSON.stringify({ act }) });
      expect(refused.status).toBe(400);
    }
  });
});

describe('answers of others', () => {
  test('every middleman answers in place of the system, which does nothing', async () => {
    for (const as of middlemanNames) {
      sim.faults.add({ act: { do: 'middleman', as } });
      const { status, body } = await raw('POST', '/oauth/token');
      expect(status).toBe(Number(/\d{3}/.exec(as)![0]));
      const text = body.toString();
      if (as.startsWith('html')) expect(text).toContain('<html>');
      if (as.startsWith('empty')) expect(text).toBe('');
      if (as.startsWith('json')) expect(JSON.parse(text)?.data).toBeUndefined();
    }
    expect(sim.state.writes).toBe(0);
    expect(sim.counts().faults['middleman html-403']).toBe(1);
  });

  test('a redirect leads to a page of HTML; a gateway may fail after the work', async () => {
    sim.faults.add({ act: { do: 'middleman', as: 'html-302' } });
    expect(await (await get()).text()).toContain('Sign in');
    sim.faults.add({ act: { do: 'middleman', as: 'html-502', handled: true } });
    expect((await post()).status).toBe(502);
    expect(sim.state.writes).toBe(1);
  });

  test('Retry-After as seconds, as a date, as nonsense, not at all', async () => {
    const header = async (act: Partial<Extract<Fault['act'], { do: 'throttle' }>>) => {
      sim.faults.add({ act: { do: 'throttle', ...act } });
      return (await get()).headers.get('retry-after');
    };
    expect(await header({ retryAfter: 12 })).toBe('12');
    const date = Date.parse((await header({ retryAfter: 90, form: 'date', status: 503 }))!);
    expect(Math.abs(date - Date.now() - 90_000)).toBeLessThan(2_000);
    for (const odd of ['-1', 'soon', '1e99', '315360000'])
      expect(await header({ retryAfter: odd })).toBe(odd);
    expect(await header({})).toBeNull();
  });
});

describe('bodies', () => {
  test('cut before or after the work, and broken under a good ending', async () => {
    sim.faults.add({ act: { do: 'truncate' } }, { act: { do: 'truncate', handled: false } });
    for (const writes of [1, 1]) {
      const answer = await post();
      await expect(answer.text()).rejects.toThrow();
      expect(sim.state.writes).toBe(writes);
    }
    sim.faults.add({ act: { do: 'broken-json' } });
    await expect((await get()).json()).rejects.toThrow(SyntaxError);
  });

  test('dripping arrives whole and late; endless never ends, slow or fast', async () => {
    sim.faults.add({ act: { do: 'drip', bytes: 20, ms: 20 } });
    const before = performance.now();
    expect(await firstId(1)).toBe(1);
    expect(performance.now() - before).toBeGreaterThan(60);
    for (const ms of [undefined, 5]) {
      sim.faults.add({ act: { do: 'endless', ms } });
      const gone = new AbortController();
      const answer = await get('/rows', { signal: gone.signal });
      let received = 0;
      for await (const chunk of answer.body!) {
        received += (chunk as Uint8Array).length;
        if (received > (ms === undefined ? 8 * 1024 * 1024 : 4096)) break;
      }
      gone.abort();
      expect(received).toBeGreaterThan(4096);
    }
  });

  test('big and gzipped bodies are good JSON; the bomb is small on the wire', async () => {
    sim.faults.add({ act: { do: 'big', mib: 5 } });
    const big = await (await get()).text();
    expect(big.length).toBeGreaterThan(5 * 1024 * 1024);
    expect(JSON.parse(big).data.rows).toHaveLength(10);
    sim.faults.add({ times: 2, act: { do: 'gzip', mib: 64 } });
    const answer = await get();
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(200_000);
    expect((await answer.text()).length).toBeGreaterThan(64 * 1024 * 1024);
    const packed = await raw('GET', '/rows');
    expect(JSON.parse(gunzipSync(packed.body).toString()).data.rows).toHaveLength(10);
  });
});

describe('listings', () => {
  test('every page is page one; each listing has its own', async () => {
    every({ do: 'repeat' });
    expect([await firstId(1), await firstId(2), await firstId(3)]).toEqual([1, 1, 1]);
    expect([await firstId(2, '/other'), await firstId(3, '/other')]).toEqual([11, 11]);
  });

  test('a loop of three pages, restarted by its first page', async () => {
    every({ do: 'repeat', pages: 3, patch: { 'paging.total': 9999 } });
    const ids = [];
    for (const no of [1, 2, 3, 4, 5, 6, 7]) ids.push(await firstId(no));
    expect(ids).toEqual([1, 11, 21, 1, 11, 21, 1]);
    expect([await firstId(1), await firstId(2)]).toEqual([1, 11]);
    expect((await page(3)).paging).toEqual({ total: 9999, next: 't4' });
  });

  test('tokens that never end and never repeat', async () => {
    every({ do: 'repeat', token: 'paging.next' });
    const tokens = new Set<string>();
    for (let no = 1; no <= 20; no++) tokens.add((await page(no)).paging.next);
    expect(tokens.size).toBe(20);
  });

  test('one id twice, in a page or across pages, the same or changed', async () => {
    sim.faults.add({ act: { do: 'twice', change: { name: 'other' } } });
    const rows = (await page(2)).data.rows;
    expect([rows.length, rows[0], rows[10]]).toEqual([11, { id: 11 }, { id: 11, name: 'other' }]);
    every({ do: 'twice', list: 'data.rows', at: 3, across: true });
    const pages = [await page(1), await page(2), await page(3)].map(({ data }) => data.rows);
    expect(pages.map((one) => [one.length, one.at(-1)!.id])).toEqual([
      [10, 10],
      [11, 4],
      [11, 4],
    ]);
  });

  test('patch reaches into the answer', async () => {
    sim.faults.add({ act: { do: 'patch', body: { 'paging.total': 7, extra: true } } });
    expect(await page(1)).toMatchObject({ extra: true, paging: { total: 7, next: 't2' } });
  });
});
