import { Failure, type FailureKind } from './failure.ts';

export const restored =
  'The database holds an older token than the one last stored, so it was restored from a backup and its token is spent. Ask for new credentials and enter their refresh token.';
export const lostTwice =
  'The refresh token was sent twice without an answer, so it may be spent. Renew the token by hand to try once more, or enter a new refresh token.';

export const remedyOf = (error: unknown) => (error instanceof Failure ? error.details.remedy : undefined);

const onTheWire = new Set<FailureKind>(['timeout', 'unreachable', 'bad-answer', 'too-large']);

/**
 * What a failed exchange means for the refresh token: refused by its issuer; lost (perhaps spent), if the answer was
 * lost or broken; otherwise failed (not spent), whoever answered.
 */
export function judgeExchange(error: unknown): 'refused' | 'lost' | 'failed' {
  if (!(error instanceof Failure)) return 'lost';
  if (error.kind === 'reauth-required') return 'refused';
  // A server error is an answer too: the token was not lost in transit, and a later attempt will tell.
  return error.details.ambiguous && onTheWire.has(error.kind) ? 'lost' : 'failed';
}
