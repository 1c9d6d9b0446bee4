import { connectionFails, connectionWorks } from './connection-state.ts';

/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** A refusal of the API, as its problem says it (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** The last part of the problem's type: `import-running`. */
  readonly type: string;
  readonly title: string;
  readonly todo: string | undefined;
  /** The request id, as in the API's log. */
  readonly instance: string | undefined;
  readonly errors: { pointer: string; detail: string }[];
  /** Other members of the problem, such as `importId`. */
  readonly members: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    const text = (key: string) => (typeof body[key] === 'string' ? body[key] : undefined);
    super(text('detail') ?? `The request ended with HTTP status ${status}.`);
    this.status = status;
    this.type = text('type')?.split('/').pop() ?? 'about:blank';
    this.title = text('title') ?? 'The request failed';
    this.todo = text('todo');
    this.instance = text('instance');
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.members = body;
  }
}

/** Somebody else was faster: what the reader saw is no longer so. */
export const isOvertaken = (error: unknown): boolean => error instanceof Problem && error.status === 412;

/** The API could not be reached at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const unanswered = {
  read: 'Tributary does not answer. This page asks again by itself.',
  change:
    'Tributary does not answer. Whether the change has arrived is not known: look at it before you try again.',
};

interface Ask {
  /** For the `{names}` in the path. */
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  /** CSV, sent unchanged instead of `body`. */
  csv?: string | Blob;
  /** The ETag's version: change only the version the reader has seen; null: only if there is none yet. */
  ifMatch?: number | string | null;
  /** The idempotency key: a repeated request creates nothing twice. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Paths are written as in /openapi.json: `get('/v1/connections/{id}', { path: { id } })`. */
export const get = <Answer>(path: string, ask?: Ask): Promise<Answer> => send('GET', path, ask);
export const post = <Answer>(path: string, ask?: Ask): Promise<Answer> => send('POST', path, ask);
export const put = <Answer>(path: string, ask?: Ask): Promise<Answer> => send('PUT', path, ask);
export const patch = <Answer>(path: string, ask?: Ask): Promise<Answer> => send('PATCH', path, ask);
export const del = (path: string, ask?: Ask): Promise<void> => send('DELETE', path, ask);

/** An API URL with its parameters and query filled in; empty filters are left out. */
export function urlOf(
  path: string,
  { path: names = {}, query = {} }: Pick<Ask, 'path' | 'query'> = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name]!));
  const given = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${filled}?${text}` : filled;
}

async function send<Answer>(method: string, path: string, ask: Ask = {}): Promise<Answer> {
  const { body, csv, ifMatch, idempotencyKey, signal } = ask;
  const headers = new Headers({ accept: 'application/json' });
  // Changes of a session need headers that a form of another site cannot send.
  if (method !== 'GET') headers.set('content-type', csv === undefined ? 'application/json' : 'text/csv');
  if (ifMatch === null) headers.set('if-none-match', '*');
  else if (ifMatch !== undefined) headers.set('if-match', `"${ifMatch}"`);
  if (idempotencyKey) headers.set('idempotency-key', idempotencyKey);
  const sent = { method, headers, signal, body: body === undefined ? csv : JSON.stringify(body) };
  const response = await fetch(urlOf(path, ask), { ...sent, credentials: 'same-origin' }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error;
      connectionFails();
      throw new Unreachable(method === 'GET' ? unanswered.read : unanswered.change);
    },
  );
  connectionWorks();
  const text = await response.text();
  const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
  const answer: unknown = json ? JSON.parse(text) : text;
  if (!response.ok) throw new Problem(response.status, json ? (answer as Record<string, unknown>) : {});
  return answer as Answer;
}
