import { Failure, type FailureDetails } from '../domain/failure.ts';
import type { TokenAnswer } from './contract.ts';

export interface Tokens {
  /** null if absent, or not usable in a header. */
  accessToken: string | null;
  refreshToken: string | null;
  expiresInSeconds: number;
  scope?: string;
}

/** The longest lifetime accepted; a larger number has another meaning (milliseconds, a timestamp). */
const longestLife = 86_400;

/**
 * Reads a token endpoint's answer tolerantly: trims tokens, and falls back to the documented lifetime if the answer's
 * own is unusable.
 */
export function readTokens(json: unknown, documentedLife: number): Tokens {
  const answer = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const life = typeof answer.expires_in === 'boolean' ? Number.NaN : Number(answer.expires_in ?? Number.NaN);
  const scope = tokenOf(answer.scope, /^[\x20-\x7e]{1,4000}$/);
  return {
    accessToken: tokenOf(answer.access_token, /^[\x21-\x7e]+$/),
    refreshToken: tokenOf(answer.refresh_token, /^\S+$/),
    expiresInSeconds: life > 0 && life <= longestLife ? life : documentedLife,
    ...(scope !== null && { scope }),
  };
}

function tokenOf(value: unknown, form: RegExp): string | null {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
  return form.test(text) ? text : null;
}

/**
 * Whether an answer of 400, 401 or 403 refuses the credentials: OAuth says so in `error`, and some say nothing at all.
 * What says something else is somebody else's, so the credentials are not to blame.
 */
export function refusesCredentials(json: unknown): boolean {
  if (json === undefined) return true;
  if (typeof json !== 'object' || json === null) return false;
  return Object.entries(json).some(([key, said]) => /^error/i.test(key) && typeof said === 'string');
}

/** What answers a token request without refusing it. */
export const notIssuer = (system: string, status: number) =>
  ({
    kind: 'intermediary',
    message: `The token request was not answered by ${system} (${status}).`,
    remedy: 'Check the token URL and any proxy or firewall in between.',
  }) as const;

/** Reads the answer to client credentials; without an access token, a `bad-answer` failure that can be retried. */
export function clientCredentials(
  json: unknown,
  documentedLife: number,
  system: string,
  details: FailureDetails,
): TokenAnswer {
  const { accessToken, expiresInSeconds, scope } = readTokens(json, documentedLife);
  if (accessToken === null)
    throw new Failure('bad-answer', `${system}'s token answer carries no access token.`, details);
  return { accessToken, expiresInSeconds, ...(scope && { scope }) };
}
