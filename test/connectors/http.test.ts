import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchWhole } from '../../connectors/fetch-whole.ts';
import { call, type HttpRequest } from '../../connectors/http.ts';
import { ofImports, ofPeople, type Patience } from '../../connectors/retry.ts';
import { Failure } from '../../domain/failure.ts';
import { type Fault, middlemanNames, type Simulator, startSimulator } from '../../simulators/harness.ts';

let system: Simulator<object>;
let pauses: number[];
const systems: Simulator<object>[] = [];
beforeEach(async () => {
  pauses = [];
  system = await startSimulator({
    state: {},
    handle: async () => ({ status: 200, body: { list: [1, 2, 3] } }),
  });
  systems.push(system);
});
afterAll(async () => {
  for (const one of systems) await one.close();
});

const list = ({ json }: { json: unknown }) => {
  const found = (json as { list?: unknown[] } | null | undefined)?.list;
  if (!Array.isArray(found)) throw new Failure('bad-answer', 'There is no list.');
  return found;
};

const ask = (request: Partial<HttpRequest> = {}, patience: Partial<Patience> = {}, limit?: number) => {
  const { signal } = new AbortController();
  return call(
    {
      fetch: (url, sent) => fetchWhole(url, { ...sent, timeoutMs: 300 }, signal, { limit }),
      token: async () => 'token',
      signal,
      patience: { ...ofImports, pause: async (ms) => void pauses.push(ms), ...patience },
    },
    { url: `${system.url}/list`, ...request },
    () => ({}),
    list,
  );
};
const fails = (act: Fault['act'], times = -1) => system.faults.add({ act, times });
const failure = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );

const passing: [string, Fault['act']][] = [
  ['a connection that breaks', { do: 'drop' }],
  ['no answer', { do: 'hang' }],
  ['a body that drips', { do: 'drip', ms: 100 }],
  ['a body cut short', { do: 'truncate' }],
  ['broken JSON', { do: 'broken-json' }],
  ['an endless body', { do: 'endless' }],
  ['a gzip bomb', { do: 'gzip', mib: 64 }],
  ['500', { do: 'respond', status: 500, body: 'oops' }],
  ...middlemanNames
    // These may be the system's own word.
    .filter(
      (name) =>
        !['empty-401', 'empty-403', 'html-429', 'json-400', 'json-401', 'json-403', 'json-404'].includes(
          name,
        ),
    )
    .map((as): [string, Fault['act']] => [`somebody in between: ${as}`, { do: 'middleman', as }]),
];

describe.each(passing)('%s', (_, act) => {
  test('is one call of a read, which is tried again in place', async () => {
    fails(act, 4);
    expect(await ask()).toEqual([1, 2, 3]);
    expect(system.requests).toHaveLength(5);
  });

  test('that stays is given up after five tries, 0.5 to 8 s apart', async () => {
    fails(act);
    const said = await failure(ask());
    expect(said).toBeInstanceOf(Failure);
    expect(said.retryable).toBe(true);
    expect(said.details.ambiguous).toBeUndefined();
    expect(system.requests).toHaveLength(5);
    expect(pauses).toHaveLength(4);
    for (const [n, ms] of pauses.entries()) {
      expect(ms).toBeGreaterThanOrEqual(500 * 2 ** n);
      expect(ms).toBeLessThanOrEqual(Math.min(8_000, 1_000 * 2 ** n));
    }
  });

  test('is never tried again where something was to be written', async () => {
    fails(act);
    await failure(ask({ method: 'POST', json: {}, write: true }));
    expect(system.requests).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  test('is retried once for a person who waits', async () => {
    fails(act);
    await failure(ask({}, { ...ofPeople }));
    expect(system.requests.length).toBeLessThanOrEqual(2);
  });
});

test.each(middlemanNames.filter((name) => name.startsWith('html')))(
  '%s is never told as a permission or as credentials',
  async (as) => {
    fails({ do: 'middleman', as });
    const said = await failure(ask());
    expect(['intermediary', 'rate-limited', 'proxy']).toContain(said.kind);
    expect(said.message).toContain(new URL(system.url).host);
  },
);

test('what refuses for good is not tried again', async () => {
  for (const status of [400, 401, 403, 404, 409, 301]) {
    system.requests.splice(0);
    system.faults.clear();
    fails({ do: 'respond', status, body: { error: 'no' }, headers: { location: '/' } });
    expect((await failure(ask())).retryable).toBe(false);
    expect(system.requests).toHaveLength(1);
  }
});

test('pauses asked for use up no try of another kind', async () => {
  for (let n = 0; n < 4; n++) {
    fails({ do: 'throttle', retryAfter: 7 }, 1);
    fails({ do: 'respond', status: 500 }, 1);
  }
  expect(await ask()).toEqual([1, 2, 3]);
  expect(system.requests).toHaveLength(9);
  expect(pauses.filter((ms) => ms === 7_000)).toHaveLength(4);
});

describe('a Retry-After', () => {
  test.each([
    ['86400', 'seconds'],
    ['604800', 'date'],
    ['9'.repeat(30), 'seconds'],
  ] as const)('of %s %s is not waited for but told with its moment', async (retryAfter, form) => {
    fails({ do: 'throttle', retryAfter, form });
    for (const write of [false, true]) {
      const said = await failure(ask({ write }));
      expect(said).toMatchObject({ kind: 'rate-limited', retryable: false });
      expect(said.message).toMatch(/until \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    }
    expect(pauses).toEqual([]);
    expect(system.requests).toHaveLength(2);
  });

  test('of a quarter of an hour is waited for', async () => {
    fails({ do: 'throttle', retryAfter: 900 }, 1);
    expect(await ask()).toEqual([1, 2, 3]);
    expect(pauses).toEqual([900_000]);
  });

  test('does not make a person wait, who gets the answer at once', async () => {
    fails({ do: 'throttle', retryAfter: 60 });
    expect(await failure(ask({}, { ...ofPeople }))).toMatchObject({ kind: 'rate-limited', retryable: false });
    expect(system.requests).toHaveLength(1);
  });

  test('of nonsense is none, and none at all does not spin', async () => {
    for (const retryAfter of ['soon', '-1', '0', '']) fails({ do: 'throttle', retryAfter }, 1);
    expect(await ask()).toEqual([1, 2, 3]);
    for (const ms of pauses) expect(ms).toBeGreaterThanOrEqual(1_000);
  });
});

describe('an access token', () => {
  const signed = async (tokens: string[], answer: Fault['act'][]) => {
    for (const act of answer) fails(act, 1);
    const asked: (string | undefined)[] = [];
    const { signal } = new AbortController();
    const result = await call(
      {
        fetch: (url, sent) => fetchWhole(url, sent, signal),
        token: async ({ insteadOf } = {}) => {
          asked.push(insteadOf);
          return tokens.shift()!;
        },
        signal,
        patience: { ...ofImports, pause: async () => {} },
      },
      { url: `${system.url}/list`, auth: 'bearer' },
      () => ({}),
      list,
    ).catch((error) => error.kind);
    return { result, asked };
  };
  const refused: Fault['act'] = { do: 'respond', status: 401, body: {} };

  test('is renewed once for a refusal, and once more after an outage', async () => {
    const outage: Fault['act'] = { do: 'respond', status: 503 };
    expect(await signed(['a', 'b', 'c'], [refused, outage, refused])).toEqual({
      result: [1, 2, 3],
      asked: [undefined, 'a', 'b'],
    });
  });

  test('is not renewed again and again', async () => {
    expect(await signed(['a', 'b', 'c'], [refused, refused, refused])).toMatchObject({
      result: 'unauthorised',
      asked: [undefined, 'a'],
    });
  });

  test('is not renewed because an intermediary says so', async () => {
    const page: Fault['act'] = { do: 'middleman', as: 'html-401' };
    expect(await signed(['a', 'b'], [page, page])).toEqual({ result: [1, 2, 3], asked: [undefined] });
  });

  test('that cannot be had is not asked for as often again', async () => {
    let asked = 0;
    const { signal } = new AbortController();
    const token = async () => {
      asked++;
      throw new Failure('unavailable', 'away');
    };
    const context = { fetch: fetchWhole as never, token, signal };
    await failure(call(context, { url: system.url, auth: 'bearer' }, () => ({})));
    expect(asked).toBe(1);
  });
});

test('an answer beyond the limit says the limit', async () => {
  fails({ do: 'big', mib: 3 });
  expect(await ask({}, {}, 4 * 2 ** 20)).toEqual([1, 2, 3]);
  const said = await failure(ask({}, {}, 2 * 2 ** 20));
  expect(said).toMatchObject({ kind: 'too-large', message: expect.stringContaining('2 MiB') });
  expect(said.details.remedy).toContain('ANSWER_LIMIT_MIB');
});

test('a token that no header can carry is reported as such, not as a lost answer', async () => {
  const said = await failure(ask({ headers: { apikey: 'ключ\n' }, write: true }));
  expect(said.kind).toBe('invalid');
  expect(said.details.ambiguous).toBeUndefined();
});
