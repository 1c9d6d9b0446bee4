import { Failure, type FailureDetails } from '../domain/failure.ts';
import type { TokenAnswer } from './contract.ts';

export interface Tokens {
  /** null: none came, or none that a request can carry. */
  accessToken: string | null;
  refreshToken: string | null;
  expiresInSeconds: number;
  scope?: string;
}

/** No token is trusted for longer; what names a longer life (milliseconds, a moment) means something else. */
const longestLife = 86_400;

/**
 * What there is of a token endpoint's answer, however odd: tokens without the blanks around them, and a lifetime that
 * can be counted with, the documented one where the answer's own cannot.
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

/** The answer to a client's credentials, or a `bad-answer` that is tried again. */
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
