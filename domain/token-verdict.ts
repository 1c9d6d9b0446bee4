import { Failure, type FailureKind } from './failure.ts';

export const restored =
  'The database holds an older token than the one last stored, so it was restored from a backup and its token is spent. Ask for new credentials and enter their refresh token.';
export const lostTwice =
  'The refresh token was sent twice and no answer came back, so it may be spent. Renew the token by hand to try once more, or enter a new refresh token.';

export const remedyOf = (error: unknown) => (error instanceof Failure ? error.details.remedy : undefined);

const onTheWire = new Set<FailureKind>(['timeout', 'unreachable', 'bad-answer', 'too-large']);

/**
 * What an exchange that failed says of the refresh token: refused, by its issuer's own word; perhaps spent, where an
 * answer was lost on the wire or broken; else certainly not, whoever it was that answered.
 */
export function judgeExchange(error: unknown): 'refused' | 'lost' | 'failed' {
  if (!(error instanceof Failure)) return 'lost';
  if (error.kind === 'reauth-required') return 'refused';
  // An error of the server is an answer too: nothing is lost on the wire, and asking again later tells.
  return error.details.ambiguous && onTheWire.has(error.kind) ? 'lost' : 'failed';
}
