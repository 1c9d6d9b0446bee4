import type { SimRequest } from './harness.ts';
import type { MiddlemanName } from './middlemen.ts';
import { random } from './world.ts';

/** A fault: which requests it hits, how often, and what happens to them. The first match applies. */
export interface Fault {
  /** Matched against the method; absent matches all. */
  method?: string;
  /** A regular expression matched against `path?query`; absent matches all. */
  path?: string;
  /** A regular expression matched against the request body. */
  body?: string;
  /** True: only requests that read (including searches by POST); false: only the others. */
  reads?: boolean;
  /** How many matching requests pass before the fault starts. Default 0. */
  after?: number;
  /** How many matching requests it hits, -1 for unlimited. Default 1, or -1 with a `rate`. */
  times?: number;
  /** The share of matching requests it hits, 0 to 1, drawn from `seed`: the same seed hits the same calls. */
  rate?: number;
  seed?: number;
  /** The name under which hits are counted. Default: the act, with its status or kind. */
  name?: string;
  act: Act;
}

export type Act =
  /** Answers with this; `handled` processes the request first. */
  | {
      do: 'respond';
      status: number;
      body?: unknown;
      headers?: Record<string, string>;
      handled?: boolean;
    }
  /** An intermediary answers: see `middlemen.ts` for the names. */
  | { do: 'middleman'; as: MiddlemanName; handled?: boolean }
  /**
   * 429 or another status, before the request is handled. `retryAfter` is a number of seconds, sent as such or as the
   * HTTP date that many seconds away, or any text; absent: no such header.
   */
  | { do: 'throttle'; status?: number; retryAfter?: number | string; form?: 'seconds' | 'date' }
  /** Connection destroyed before the request is handled. */
  | { do: 'drop' }
  /** The request is handled, then the connection is destroyed: the reply is lost after the write. */
  | { do: 'drop-reply' }
  /** Half the body under a full content-length, then the connection is cut; `handled: false`: nothing was processed. */
  | { do: 'truncate'; handled?: boolean }
  /** Handled, then half the body in an answer that ends properly: broken JSON with 200. */
  | { do: 'broken-json' }
  /** No answer for `ms` (forever if absent); `handled` says whether the write happens first. */
  | { do: 'hang'; ms?: number; handled?: boolean }
  /** Handled after `ms`. */
  | { do: 'delay'; ms: number }
  /** Handled, then `bytes` of the answer (default 1) every `ms` (default 100). */
  | { do: 'drip'; bytes?: number; ms?: number }
  /** Handled, then the answer starts, followed by endless whitespace: as fast as it is read, or 1 KiB every `ms`. */
  | { do: 'endless'; ms?: number }
  /** Handled, then preceded by whitespace until the answer has `mib` MiB. */
  | { do: 'big'; mib: number }
  /** The same, gzipped: `mib` MiB unpacked, about a thousandth of it on the wire. 0: the answer alone. */
  | { do: 'gzip'; mib: number }
  /** The handled JSON answer with these keys replaced; a key may be a path, as in `pagination.total`. */
  | { do: 'patch'; body: Record<string, unknown> }
  /**
   * A listing that loops: the first `pages` answers (default 1) again and again, whatever is requested. `token` is the
   * path of the next page's token, which gets a new value each time, so that the loop never ends and no token repeats.
   * `patch` as above. Listings are distinguished by path and body.
   */
  | { do: 'repeat'; pages?: number; token?: string; patch?: Record<string, unknown> }
  /**
   * One id twice: the record at `at` (default 0) of the answer's list is repeated at the end of the list, merged with
   * `change`. `list` is the list's path; by default the first list of records. `across` repeats the first page's record
   * on every later page instead.
   */
  | { do: 'twice'; list?: string; at?: number; across?: boolean; change?: Record<string, unknown> }
  /** The handled answer with every record of its list replaced by what `with` makes of it; of the same process only. */
  | { do: 'alter'; with(record: Record<string, unknown>): unknown };

/** An active fault, with its counters and what `repeat` and `twice` store for each listing. */
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
 * A bad day, for `faults.add(...foulWeather({ errors: 0.03, cuts: 0.02 }))`: the shares of all matching calls answered
 * with 500, of reads whose body is cut short, of writes (`lost`) done and then answered with 500, and of connections
 * (`drops`) broken before anything was done. Token requests count as writes: exclude them with
 * `path: '^(?!.*token)'`.
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
