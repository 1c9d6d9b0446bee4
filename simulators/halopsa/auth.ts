import { randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse } from '../harness.ts';
import { empty, ok } from './answers.ts';
import type { HaloState } from './state.ts';

const oauthError = (status: number, error: string, error_description: string): SimResponse => ({
  status,
  body: { error, error_description },
});

/** `POST /auth/token`: client credentials, in the form or as Basic. */
export function token(state: HaloState, request: SimRequest): SimResponse {
  const { options } = state;
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? ''))
    return oauthError(400, 'invalid_request', 'The request must be form-encoded.');
  const tenant = request.query.get('tenant');
  // A wrong tenant looks like a broken server.
  if (tenant ? tenant !== String(options.tenant) : options.requireTenant) return empty(500);
  const form = new URLSearchParams(request.text);
  const [id, secret] = credentials(request, form);
  // From a command line they may have come as numbers.
  if (id !== String(options.clientId) || secret !== String(options.clientSecret))
    return oauthError(401, 'invalid_client', 'The specified client credentials are invalid.');
  if (form.get('grant_type') !== 'client_credentials')
    return oauthError(400, 'unsupported_grant_type', 'The specified grant type is not supported.');
  const scopes = grant(options.scope, form.get('scope'));
  if (scopes.length === 0)
    return oauthError(400, 'invalid_scope', 'The specified scope is not granted to this application.');
  const access_token = randomBytes(32).toString('base64url');
  state.tokens.set(access_token, { until: Date.now() + options.tokenSeconds * 1000, scopes });
  return ok({
    scope: scopes.join(' '),
    token_type: 'Bearer',
    access_token,
    expires_in: options.tokenSeconds,
    // Sent but not needed: a client simply requests a new token.
    refresh_token: randomBytes(16).toString('base64url'),
    id_token: randomBytes(16).toString('base64url'),
  });
}

function credentials(request: SimRequest, form: URLSearchParams): (string | null)[] {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!basic) return [form.get('client_id'), form.get('client_secret')];
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return [id, secret.join(':')].map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

/** What was asked for and is granted; `all` stands for everything on either side. */
function grant(granted: string, asked: string | null): string[] {
  const owned = words(granted);
  const wanted = words(asked ?? '');
  if (wanted.length === 0 || wanted.includes('all')) return owned;
  return owned.includes('all') ? wanted : wanted.filter((scope) => owned.includes(scope));
}
const words = (text: string) => text.split(/\s+/).filter(Boolean);

/** The scopes of the request's token, or nothing when it has no good one. */
export function scopesOf(state: HaloState, request: SimRequest): string[] | undefined {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const held = bearer ? state.tokens.get(bearer) : undefined;
  return held && held.until > Date.now() ? held.scopes : undefined;
}

export const allows = (scopes: string[], verb: 'read' | 'edit', nouns: string[]) =>
  nouns.length === 0 ||
  scopes.includes('all') ||
  scopes.includes('all:standard') ||
  nouns.some((noun) => scopes.includes(`${verb}:${noun}`));

/** Every request to the host counts, including refused ones; the answer is 429 once the window is full. */
export function overLimit(state: HaloState): SimResponse | undefined {
  const { callsPerFiveMinutes: limit, windowMs, retryAfter } = state.options;
  const at = Date.now();
  const stale = state.calls.findIndex((call) => call > at - windowMs);
  state.calls.splice(0, stale === -1 ? state.calls.length : stale);
  state.calls.push(at);
  if (state.calls.length <= limit) return undefined;
  state.rejected429++;
  return {
    status: 429,
    body: { error: `Rate Limit ConnectionSession - ${limit} Requests per rolling 5 minute window` },
    ...(retryAfter != null && { headers: { 'retry-after': String(retryAfter) } }),
  };
}
