import type { SimRequest } from './harness.ts';
import type { MiddlemanName } from './middlemen.ts';
import { random } from './world.ts';

/** One fault knob: which requests it hits, how often, and what happens to them. The first that fits acts. */
export interface Fault {
  /** Matched against the method; absent matches all. */
  method?: string;
  /** A regular expression matched against `path?query`; absent matches all. */
  path?: string;
  /** A regular expression matched against the request body. */
  body?: string;
  /** True: only requests that read (a search by POST is one); false: only the others. */
  reads?: boolean;
  /** Matching requests let through before the fault starts. Default 0. */
  after?: number;
  /** Matching requests it hits, -1 for ever. Default 1, or -1 when there is a `rate`. */
  times?: number;
  /** The share of matching requests it hits, 0 to 1, drawn from `seed`: the same seed hits the same calls. */
  rate?: number;
  seed?: number;
  /** What its hits are counted under. Default: the act, with its status or kind. */
  name?: string;
  act: Act;
}

export type Act =
  /** Answered with this; `handled` lets the request do its work first. */
  | {
      do: 'respond';
      status: number;
      body?: unknown;
      headers?: Record<string, string>;
      handled?: boolean;
    }
  /** Answered by somebody in between: see `middlemen.ts` for the names. */
  | { do: 'middleman'; as: MiddlemanName; handled?: boolean }
  /**
   * 429, or another status, before the request is handled. `retryAfter` is a number of seconds, sent as it is or as
   * the HTTP date that many seconds away, or any text; absent: no such header.
   */
  | { do: 'throttle'; status?: number; retryAfter?: number | string; form?: 'seconds' | 'date' }
  /** Connection destroyed before the request is handled. */
  | { do: 'drop' }
  /** The request is handled, then the connection is destroyed: the reply is lost after the write. */
  | { do: 'drop-reply' }
  /** Half the body under a full content-length, then the connection is cut; `handled: false`: no work was done. */
  | { do: 'truncate'; handled?: boolean }
  /** Handled, then the body is cut in the middle but the answer ends well: broken JSON under 200. */
  | { do: 'broken-json' }
  /** No answer for `ms` (for ever when absent); `handled` says whether the write happens first. */
  | { do: 'hang'; ms?: number; handled?: boolean }
  /** Handled after `ms`. */
  | { do: 'delay'; ms: number }
  /** Handled, then `bytes` of the answer (default 1) every `ms` (default 100). */
  | { do: 'drip'; bytes?: number; ms?: number }
  /** Handled, then the answer begins and whitespace follows without end; as fast as it is read, or 1 KiB every `ms`. */
  | { do: 'endless'; ms?: number }
  /** Handled, then led by so much whitespace that the answer measures `mib` MiB. */
  | { do: 'big'; mib: number }
  /** The same, gzipped: `mib` MiB unpacked, about a thousandth of it on the wire. 0: the answer alone. */
  | { do: 'gzip'; mib: number }
  /** The handled JSON answer with these keys replaced; a key may be a path, as in `pagination.total`. */
  | { do: 'patch'; body: Record<string, unknown> }
  /**
   * A listing that goes in a circle: the first `pages` answers (default 1) again and again, whatever is asked for.
   * `token` names the key, as a path, that holds the next page's token: it gets a new value each time, so that it never
   * ends and never repeats. `patch` as above. Listings are told apart by path and body.
   */
  | { do: 'repeat'; pages?: number; token?: string; patch?: Record<string, unknown> }
  /**
   * One id twice: the record at `at` (default 0) of the answer's list comes again at the list's end, with `change` laid
   * over it. `list` is its path; absent: the first list of records found. `across` repeats the first page's record on
   * every later page instead.
   */
  | { do: 'twice'; list?: string; at?: number; across?: boolean; change?: Record<string, unknown> };

/** A fault in force, with its counters and what `repeat` and `twice` remember of each listing. */
export interface LiveFault {
  fault: Fault;
  seen: number;
  hit: number;
  draw: () => number;
  memory: Map<string, unknown[]>;
}

export const enforce = (fault: Fault): LiveFault => ({
  fault,
  seen: 0,
  hit: 0,
  draw: random(fault.seed ?? 1),
  memory: new Map(),
});

export function nextFault(live: LiveFault[], request: SimRequest, isRead: boolean): LiveFault | undefined {
  return live.find((one) => fits(one.fault, request, isRead) && hits(one));
}

function fits({ method, path, body, reads }: Fault, request: SimRequest, isRead: boolean): boolean {
  if (method && method !== request.method) return false;
  if (reads !== undefined && reads !== isRead) return false;
  if (path && !new RegExp(path).test(`${request.path}?${request.query}`)) return false;
  return !body || new RegExp(body).test(request.text);
}

function hits(live: LiveFault): boolean {
  const { after = 0, rate, times = rate === undefined ? 1 : -1 } = live.fault;
  if (live.seen++ < after) return false;
  if (times >= 0 && live.hit >= times) return false;
  if (rate !== undefined && live.draw() >= rate) return false;
  live.hit++;
  return true;
}

export function nameOf({ name, act }: Fault): string {
  if (name) return name;
  if (act.do === 'middleman') return `middleman ${act.as}`;
  if (act.do === 'respond') return `respond ${act.status}`;
  if (act.do === 'throttle') return `throttle ${act.status ?? 429}`;
  return act.do;
}

/**
 * The weather of a bad day, for `faults.add(...foulWeather({ errors: 0.03, cuts: 0.02 }))`: shares of all matching
 * calls that answer 500, and of the reads whose body is cut short; `lost` is the share of writes done and then
 * answered 500, `drops` of connections that break before anything was done. Tokens are asked for by a write: keep
 * them out of it with `path: '^(?!.*token)'`.
 */
export function foulWeather(options: {
  errors?: number;
  cuts?: number;
  lost?: number;
  drops?: number;
  seed?: number;
  path?: string;
}): Fault[] {
  const { seed = 1, path } = options;
  const broken = { do: 'respond', status: 500, body: { error: 'Internal Server Error' } } as const;
  const kinds: [share: number | undefined, name: string, fault: Pick<Fault, 'act' | 'reads'>][] = [
    [options.errors, 'error', { act: broken }],
    [options.cuts, 'cut', { act: { do: 'truncate' }, reads: true }],
    [options.lost, 'lost', { act: { ...broken, handled: true }, reads: false }],
    [options.drops, 'drop', { act: { do: 'drop' } }],
  ];
  return kinds.flatMap(([rate, name, fault], index) =>
    rate ? [{ ...fault, name, rate, seed: seed + index, ...(path && { path }) }] : [],
  );
}
