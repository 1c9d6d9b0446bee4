import type { SimRequest, SimResponse } from '../harness.ts';
import type { IonState } from './state.ts';
import { exchange, type Issue, liveAccess } from './tokens.ts';

/** Neither an RFC 6749 code nor 401: the store simply no longer knows the token. */
const unknownToken = { error: 'cannot validate token: redis: nil' };

export async function token(req: SimRequest, state: IonState): Promise<SimResponse> {
  const form = formOf(req);
  if (form?.get('grant_type') !== 'refresh_token')
    return { status: 400, body: { error: 'unsupported grant type' } };
  // Spent on arrival, answered after the delay, so that concurrent callers race.
  const made = exchange(
    state.tokens,
    form.get('refresh_token') ?? '',
    state.settings,
    state.clock(),
    'exchange',
  );
  if (state.settings.tokenDelayMs) await new Promise((done) => setTimeout(done, state.settings.tokenDelayMs));
  return made
    ? { status: 200, body: tokenPair(state, made, state.settings.omitRefreshToken) }
    : { status: 400, body: unknownToken };
}

export function tokenPair({ settings }: IonState, made: Issue, withoutRefresh = false) {
  const { accessSeconds } = settings;
  return {
    access_token: made.access,
    expires_in: settings.expiresInAsText ? String(accessSeconds) : accessSeconds,
    ...(!withoutRefresh && { refresh_token: made.refresh }),
    token_type: 'Bearer',
  };
}

/** POST takes the token in a form, GET as bearer. Neither consumes anything. */
export function validateAccess(req: SimRequest, state: IonState): SimResponse {
  const access = req.method === 'POST' ? formOf(req)?.get('access_token') : bearer(req);
  const now = state.clock();
  const found = access ? liveAccess(state.tokens, access, now) : undefined;
  if (!found) return { status: state.settings.validateDeadStatus, body: unknownToken };
  const left = (until: number) => Math.max(0, Math.floor((until - now) / 1000));
  return {
    status: 200,
    body: { access_expires_in: left(found.accessUntil), refresh_expires_in: left(found.refreshUntil) },
  };
}

export const bearer = (req: SimRequest) => /^Bearer +(.+)$/i.exec(req.headers.authorization ?? '')?.[1];

function formOf(req: SimRequest): URLSearchParams | undefined {
  const form = req.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return form ? new URLSearchParams(req.text) : undefined;
}
