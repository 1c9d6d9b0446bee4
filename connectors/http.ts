import { type Ambiguity, Failure, type FailureDetails } from '../domain/failure.ts';
import type { ConnectorContext } from './contract.ts';
import { AnswerTooLarge, type WholeAnswer } from './fetch-whole.ts';
import { intermediary, isIntermediary, redirected } from './intermediary.ts';
import { createRetry, ofImports } from './retry.ts';
import { momentIn, retryAfter } from './retry-after.ts';
import { wayFault } from './way-out.ts';

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  /** `bearer` adds the access token and renews it once on a 401. */
  auth?: 'bearer' | 'none';
  /** The request may change something: it is sent once, and a lost answer is ambiguous. */
  write?: boolean;
  /** Milliseconds for the whole exchange, body included. Default 60,000. */
  timeoutMs?: number;
}

export interface HttpAnswer extends Omit<WholeAnswer, 'body'> {
  text: string;
  /** The parsed body; undefined when it is empty. */
  json: unknown;
}

/** What an error body says, translated from the outside system's format. */
export interface Explanation {
  message?: string;
  remedy?: string;
  reference?: string;
  kind?: Failure['kind'];
}

export type Explain = (answer: Omit<HttpAnswer, 'headers'>) => Explanation;

export type CallContext = Pick<ConnectorContext, 'fetch' | 'token' | 'signal' | 'patience'>;

/**
 * One HTTP exchange, or a `Failure` that says whether the outside system may have acted. A 2xx answer is passed to
 * `read`, which throws a `Failure` if the answer does not match the API. Reads are retried in place after retryable
 * failures; writes never.
 */
export async function call<T = HttpAnswer>(
  context: CallContext,
  request: HttpRequest,
  explain: Explain,
  read: (answer: HttpAnswer) => T = (answer) => answer as T,
): Promise<T> {
  const retry = createRetry(context);
  const signed = request.auth === 'bearer';
  const tokens = signed ? [await context.token()] : [];
  let renewed = false;
  for (;;) {
    let answer: WholeAnswer;
    try {
      answer = await exchange(context, request, tokens.at(-1));
      const refused = signed && !renewed && answer.status === 401 && !isIntermediary(answer);
      if (!refused) return read(parseAnswer(answer, request, explain, tokens));
    } catch (error) {
      const failure = notBefore(error, request, context);
      if (request.write) throw failure;
      await retry(failure);
      renewed = false;
      continue;
    }
    // Outside the try: the token's own calls have their own retries, which must not be multiplied.
    const token = await context.token({ insteadOf: tokens.at(-1)! });
    renewed = true;
    if (token === tokens.at(-1)) parseAnswer(answer, request, explain, tokens);
    tokens.push(token);
  }
}

/** A pause longer than we wait for is reported with its end, and not retried automatically. */
function notBefore(error: unknown, { url }: HttpRequest, { patience = ofImports }: CallContext): unknown {
  if (!(error instanceof Failure) || error.kind !== 'rate-limited') return error;
  const { retryAfterMs = 0 } = error.details;
  if (!error.retryable || retryAfterMs <= patience.longestPauseMs) return error;
  const told = `${error.message} ${new URL(url).host} accepts no more calls until ${momentIn(retryAfterMs)}.`;
  return new Failure(error.kind, told, { ...error.details, retryable: false });
}

async function exchange(
  context: Pick<CallContext, 'fetch' | 'signal'>,
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
    context.signal.throwIfAborted();
    throw unanswered(error, request);
  }
}

const checkNetwork = 'Check the base URL and the network between this machine and it.';

/** Translates an exchange that ended without a complete answer. */
function unanswered(error: unknown, { url, write }: HttpRequest): unknown {
  if (error instanceof Failure) return error;
  const { host, hostname } = new URL(url);
  const { code = '', name } = error as { code?: string; name?: string };
  const said = code ? ` (${code})` : '';
  const maybeDone = write && { ambiguous: 'dropped' as const };
  switch (wayFault(error)) {
    case 'name-lookup':
      return new Failure('name-lookup', `The host name ${hostname} cannot be resolved${said}.`, {
        remedy: 'Check the spelling of the base URL and the name service (DNS) of this machine.',
      });
    case 'certificate':
      return new Failure('certificate', `The certificate of ${host} cannot be trusted${said}.`, {
        remedy:
          'Nothing was sent. If a firewall here inspects TLS, put its root certificate into NODE_EXTRA_CA_CERTS and start again; otherwise the certificate must be corrected at that host.',
      });
    case 'proxy':
      return new Failure(
        'proxy',
        `The proxy refused the connection to ${host} or cannot be reached${said}.`,
        {
          remedy: 'Nothing was sent. Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and the proxy itself.',
        },
      );
    case 'unreachable':
      return new Failure('unreachable', `${host} cannot be reached${said}.`, { remedy: checkNetwork });
  }
  if (name === 'TimeoutError')
    return new Failure('timeout', `${host} did not answer in time.`, {
      ...(write && { ambiguous: 'timeout' }),
    });
  if (error instanceof AnswerTooLarge)
    return new Failure('too-large', `${host} sent an answer larger than ${error.limit / 2 ** 20} MiB.`, {
      remedy: 'The rest was not read. If answers this large are expected, raise ANSWER_LIMIT_MIB.',
      ...maybeDone,
    });
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return new Failure('too-large', `${host} sent headers larger than 16 KiB.`, {
      remedy: 'Check for a proxy or gateway between this machine and it that adds headers.',
      ...maybeDone,
    });
  if (code.startsWith('HPE_')) return intermediary(host, 'data that is not HTTP', maybeDone || {});
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR')
    return new Failure('invalid', `The request to ${host} holds a character that cannot be sent.`, {
      remedy: 'Enter the credentials and settings of this connection again.',
    });
  return new Failure(
    'unreachable',
    `The connection to ${host} broke before the answer was complete.`,
    maybeDone || {},
  );
}

function parseAnswer(
  came: WholeAnswer,
  request: HttpRequest,
  explain: Explain,
  tokens: string[],
): HttpAnswer {
  const { status, headers, body } = came;
  const host = new URL(request.url).host;
  const ambiguous = ambiguityOf(came);
  const details: FailureDetails = { status, ...(request.write && ambiguous && { ambiguous }) };
  if (status === 429 || status === 503) details.retryAfterMs = retryAfter(headers['retry-after']);
  if (status === 407)
    throw new Failure('proxy', `The proxy on the way to ${host} asks for a password (407).`, {
      ...details,
      remedy: 'Put its user name and password into HTTPS_PROXY and HTTP_PROXY.',
    });
  if (status >= 300 && status < 400) throw redirected(host, details);
  if (isIntermediary(came) && status !== 429) throw intermediary(host, `a web page (${status})`, details);
  const text = new TextDecoder().decode(body);
  const parsed = parse(text);
  const answer = { status, headers, text, json: parsed.ok ? parsed.value : undefined };
  if (status >= 200 && status < 300) {
    if (parsed.ok) return answer;
    throw new Failure('bad-answer', `${host} answered ${status} with a body that is not JSON.`, details);
  }
  if (!parsed.ok && [401, 403, 404].includes(status))
    throw intermediary(host, `an answer that is not JSON (${status})`, details);
  const { kind, message, reference, ...said } = explain(answer);
  const told = reference !== undefined && isReference(reference, request, tokens) ? reference : undefined;
  const detailed = { ...details, ...said, reference: told };
  throw new Failure(kind ?? kindOf(status), message ?? `${host} answered ${status}.`, detailed);
}

/** A gateway's 502 to 504 says nothing of the server behind it; that server's own 500 may come after the write. */
function ambiguityOf(answer: WholeAnswer): Ambiguity | undefined {
  const { status } = answer;
  if (status === 504) return 'timeout';
  if (status === 500 && !isIntermediary(answer)) return 'answered';
  return status >= 500 || status < 300 ? 'dropped' : undefined;
}

/** Shown and stored, so it must look like an id and not repeat the request, which some answers quote. */
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

function parse(text: string): { ok: true; value: unknown } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** A write was accepted, but the answer does not show what it made: only reading that does. */
export const unclear = (system: string, what: string): Failure =>
  new Failure('bad-answer', `${system} returned ${what} that cannot be read.`, { ambiguous: 'dropped' });
