import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { ConnectorContext, TokenAnswer } from '../contract.ts';
import { call, type Explain, type Explanation, type HttpRequest } from '../http.ts';
import { withoutSecrets } from '../secrets.ts';
import { readTokens } from '../token-answer.ts';
import type { IonCredentials, IonSettings } from './definition.ts';

export type IonContext = ConnectorContext<IonSettings, IonCredentials>;
type Tokenless = Omit<IonContext, 'token'>;

/** 32 days, starting again with every rotation. */
const refreshLifetime = 2_764_800;
const accessLifetime = 7_200;

/** A request below the account's v3 path; `read` gets the answer without secrets. */
export async function ask<T = unknown>(
  context: IonContext,
  path: string,
  request: Omit<HttpRequest, 'url'> = {},
  read: (json: unknown) => T = (json) => json as T,
): Promise<T> {
  const { baseUrl, accountId } = context.settings;
  const url = `${baseUrl}/api/v3/accounts/${accountId}/${path}`;
  const send = () =>
    call(context, { ...request, url, auth: 'bearer' }, explain, ({ json }) => read(withoutSecrets(json)));
  try {
    return await send();
  } catch (error) {
    // Ion answers 403 for both a dead session and a missing right; in either case nothing was done.
    if (!(error instanceof Failure) || error.kind !== 'forbidden') throw error;
    const token = await context.token();
    if (!(await isDead(context, token))) throw error;
    if ((await context.token({ insteadOf: token })) === token) throw error;
    return await send();
  }
}

/** A read of the older v1 API, which has its own API key. */
export async function askV1(context: IonContext, path: string): Promise<unknown> {
  const { apiKey, apiSecret } = context.credentials;
  const basic = Buffer.from(`${apiKey}:${apiSecret}`).toString('base64');
  const url = `${context.settings.baseUrl}/api/v1/${path}`;
  const answer = await call(context, { url, headers: { authorization: `Basic ${basic}` } }, explainV1);
  return withoutSecrets(answer.json);
}

/** Asks Ion whether a token is still valid, which does not spend it. Anything but a clear "no" counts as valid. */
async function isDead(context: Tokenless, token: string): Promise<boolean> {
  const url = new URL('/oauth/validateAccess', tokenUrl(context.settings)).href;
  try {
    await call(withoutToken(context), { method: 'POST', url, form: { access_token: token } }, explainToken);
    return false;
  } catch (error) {
    if (error instanceof Failure) return error.kind === 'reauth-required';
    throw error;
  }
}

// --- Tokens --------------------------------------------------------------------------------------------------

/**
 * Spends the refresh token, which is invalid afterwards. Returns whatever the answer holds: without an access token, an
 * expired empty one; without a refresh token, the caller keeps the old one.
 */
export async function exchange(context: Tokenless, refreshToken?: string): Promise<TokenAnswer> {
  if (!refreshToken) {
    throw new Failure('reauth-required', 'There is no refresh token.', { remedy: newCredentials });
  }
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const request = { method: 'POST', url: tokenUrl(context.settings), form, write: true } as const;
  const { json, status } = await call(withoutToken(context), request, explainToken);
  const answer = readTokens(json, accessLifetime);
  if (answer.accessToken === null && answer.refreshToken === null)
    throw new Failure('intermediary', "What answered at Ion's token endpoint carries no token.", {
      status,
      remedy:
        'The refresh token is kept and will be tried again. Check the token URL and any proxy or firewall in between.',
    });
  return {
    accessToken: answer.accessToken ?? '',
    expiresInSeconds: answer.accessToken === null ? 0 : answer.expiresInSeconds,
    ...(answer.refreshToken !== null && {
      refreshToken: answer.refreshToken,
      refreshExpiresInSeconds: refreshLifetime,
    }),
  };
}

/** At the root of the host, whatever the path of the base URL. */
const tokenUrl = (settings: IonSettings) =>
  settings.tokenUrl ?? new URL('/oauth/token', settings.baseUrl).href;

/** The token endpoints are called without a bearer token. */
const withoutToken = (context: Tokenless) => ({
  ...context,
  token: () => Promise.reject(new Error('the token endpoints take no bearer token')),
});

// --- Errors --------------------------------------------------------------------------------------------------

const newCredentials =
  'Ask for new credentials under Settings → Users → OAuth credentials and enter their refresh token.';

/**
 * Ion refuses with 400 and free text in `error` instead of RFC 6749 codes. Only Ion itself may declare a token dead: an
 * answer in another form comes from an intermediary, and with other statuses the text must mention the token.
 */
const explainToken: Explain = ({ status, json }) => {
  if (![400, 401, 403, 404].includes(status)) return {};
  const said = (json as { error?: unknown } | null | undefined)?.error;
  const ofIon = typeof said === 'string' && (status === 400 ? said.trim() !== '' : ofToken.test(said));
  if (ofIon)
    return { kind: 'reauth-required', message: 'Ion no longer accepts this token.', remedy: newCredentials };
  return {
    kind: 'intermediary',
    message: `The token request was not answered by Ion (${status}).`,
    remedy:
      'The refresh token is kept and will be tried again. Check the token URL and any proxy or firewall in between.',
  };
};

const ofToken = /token|grant|credential|client|session|expired|revoked/i;

const explainV1: Explain = ({ status }) =>
  status === 401 || status === 403
    ? { message: `Ion's v1 API refused the API key (${status}).`, remedy: 'Check apiKey and apiSecret.' }
    : {};

/**
 * Reads Ion's codes and its request id. The status decides the kind, because `code` in the body may be gRPC's; the
 * texts are dropped, because they repeat the request.
 */
export const explain: Explain = ({ status, json }) => {
  const codes = codesOf(json);
  const wrongAccount = /permission denied to access accounts\/\d+/i.test(messageOf(json));
  return {
    ...says(status, wrongAccount),
    ...(codes.length > 0 && !wrongAccount && { message: `Ion answered ${status} (${codes.join(', ')}).` }),
    ...(codes.includes('CUS-CR-001') && {
      remedy: 'Another customer uses this e-mail address; give each customer its own.',
    }),
    ...(codes.includes('CUS-CR-002') && { remedy: 'Give a two-letter language code Ion knows.' }),
    reference: referenceOf(json),
  };
};

function says(status: number, wrongAccount: boolean): Explanation {
  if (status === 401) {
    return {
      message: 'Ion refused the access token.',
      remedy: `Renew the token. If that does not help: ${newCredentials}`,
    };
  }
  if (status !== 403) return {};
  if (!wrongAccount)
    return { remedy: 'Give the integration user a role that may read customers and orders.' };
  return {
    message: 'These credentials have no access to this account.',
    remedy: "Check the account id under Account Information in the portal, and the integration user's role.",
  };
}

const body = z.object({
  error: z.string().catch(''),
  message: z.string().catch(''),
  details: z.array(z.record(z.string(), z.unknown())).catch([]),
});
const bodyOf = (json: unknown) => body.safeParse(json).data;
const messageOf = (json: unknown) => bodyOf(json)?.message || bodyOf(json)?.error || '';

function referenceOf(json: unknown): string | undefined {
  const named = bodyOf(json)?.details.map((detail) => detail.requestId ?? detail.request_id);
  return named?.find((value): value is string => typeof value === 'string' && /^[\w.:/-]{1,64}$/.test(value));
}

/** `NOT_FOUND`, `CUS-CR-001`, `COMM-VL-003`: words that look like codes, in `error` and in any detail. */
function codesOf(json: unknown): string[] {
  const said = bodyOf(json);
  if (!said) return [];
  const nested = said.details.flatMap((detail) => [detail.code, ...listOf(detail.errors).map((e) => e.code)]);
  const words = [said.error, ...nested].map((word) => (typeof word === 'string' ? word.trim() : ''));
  return [...new Set(words.filter((word) => /^[A-Z][A-Z\d]*([_-][A-Z\d]+)+$/.test(word)))];
}

const listOf = (value: unknown): { code?: unknown }[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : [];
