import { Failure, type FailureDetails } from '../domain/failure.ts';
import type { ConnectorContext } from './contract.ts';
import type { WholeAnswer } from './fetch-whole.ts';

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  /** `bearer` adds the access token and renews it once on a 401. */
  auth?: 'bearer' | 'none';
  /** Something may change at the upstream: a lost answer is then ambiguous. */
  write?: boolean;
  /** Milliseconds for the whole exchange, body included. Default 60,000. */
  timeoutMs?: number;
}

export interface HttpAnswer extends Omit<WholeAnswer, 'body'> {
  text: string;
  /** The parsed body; undefined when it is empty. */
  json: unknown;
}

/** What an upstream's error body says, in its own dialect. */
export interface Explanation {
  message?: string;
  remedy?: string;
  reference?: string;
  kind?: Failure['kind'];
}

export type Explain = (answer: Omit<HttpAnswer, 'headers'>) => Explanation;

/**
 * One HTTP exchange, or a `Failure` that says whether the upstream may have acted. Answers of 2xx are returned;
 * an answer that is not JSON is a `bad-answer`.
 */
export async function call(
  context: Pick<ConnectorContext, 'fetch' | 'token' | 'signal'>,
  request: HttpRequest,
  explain: Explain,
): Promise<HttpAnswer> {
  if (request.auth !== 'bearer') return parseAnswer(await exchange(context, request), request, explain, []);
  const token = await context.token();
  const first = await exchange(context, request, token);
  if (first.status !== 401) return parseAnswer(first, request, explain, [token]);
  const renewed = await context.token({ insteadOf: token });
  const second = renewed === token ? first : await exchange(context, request, renewed);
  return parseAnswer(second, request, explain, [token, renewed]);
}

async function exchange(
  context: Pick<ConnectorContext, 'fetch' | 'signal'>,
  request: HttpRequest,
  token?: string,
): Promise<WholeAnswer> {
  const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  if (request.form) headers['content-type'] = 'application/x-www-form-urlencoded';
  const body = request.form ? new URLSearchParams(request.form).toString() : JSON.stringify(request.json);
  try {
    const { url, method = 'GET', timeoutMs } = request;
    return await context.fetch(url, { method, headers, body, timeoutMs });
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    if (error instanceof Failure) throw error;
    const host = new URL(request.url).host;
    if ((error as Error).name === 'TimeoutError') {
      throw new Failure('timeout', `${host} did not answer in time.`, {
        ...(request.write && { ambiguous: 'timeout' }),
      });
    }
    const code = networkCode(error);
    const unsent = code !== null && neverSent.has(code);
    throw new Failure(
      'unreachable',
      unsent
        ? `${host} cannot be reached (${code}).`
        : `The connection to ${host} broke before the answer was whole.`,
      {
        ...(unsent && { remedy: 'Check the base URL and the network between this machine and it.' }),
        ...(request.write && !unsent && { ambiguous: 'dropped' }),
      },
    );
  }
}

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function networkCode(error: unknown): string | null {
  const cause = (error as { cause?: { code?: string; errors?: { code?: string }[] } }).cause;
  return cause?.code ?? cause?.errors?.[0]?.code ?? (error as { code?: string }).code ?? null;
}

function parseAnswer(
  { status, headers, body }: WholeAnswer,
  request: HttpRequest,
  explain: Explain,
  tokens: string[],
): HttpAnswer {
  const text = new TextDecoder().decode(body);
  const parsed = parse(text);
  const answer = { status, headers, text, json: parsed.ok ? parsed.value : undefined };
  const host = new URL(request.url).host;
  if (status >= 200 && status < 300) {
    if (parsed.ok) return answer;
    throw new Failure('bad-answer', `${host} answered ${status} with a body that is not JSON.`, {
      status,
      ...(request.write && { ambiguous: 'dropped' }),
    });
  }
  if (status >= 300 && status < 400) {
    throw new Failure('bad-answer', `${host} redirects this path elsewhere.`, {
      status,
      remedy: 'Check the base URL.',
      retryable: false,
    });
  }
  const { kind, message, reference, ...said } = explain(answer);
  const told = reference !== undefined && isReference(reference, request, tokens) ? reference : undefined;
  const details: FailureDetails = { status, ...said, reference: told };
  if (status === 429) details.retryAfterMs = retryAfter(headers['retry-after']);
  // A gateway's 504 says nothing of the server behind it, and a 500 may come after the write.
  if (request.write && status >= 500) details.ambiguous = status === 504 ? 'timeout' : 'dropped';
  throw new Failure(kind ?? kindOf(status), message ?? `${host} answered ${status}.`, details);
}

/** It is shown and stored, so it must look like ids and not repeat what was sent: some answers quote the request. */
function isReference(reference: string, { form, headers }: HttpRequest, tokens: string[]): boolean {
  if (!/^[\w.:/ -]{1,130}$/.test(reference)) return false;
  const sent = [...tokens, ...Object.values(form ?? {}), ...Object.values(headers ?? {})];
  return !sent.some((text) => text.length >= 6 && (text.includes(reference) || reference.includes(text)));
}

function kindOf(status: number): Failure['kind'] {
  if (status === 401) return 'unauthorised';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limited';
  if (status === 408) return 'timeout';
  return status >= 500 ? 'unavailable' : 'invalid';
}

/** Milliseconds until the time a `Retry-After` names (seconds or an HTTP date); undefined when it names none. */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function parse(text: string): { ok: true; value: unknown } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
