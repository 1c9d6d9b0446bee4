import { Failure } from './failure.ts';

export const restored =
  'The database holds an older token than the one last stored, so it was restored from a backup and its token is spent. Ask for new credentials and enter their refresh token.';
export const lostTwice =
  'The refresh token was sent twice and no answer came back, so it may be spent. Renew the token by hand to try once more, or enter a new refresh token.';

export const remedyOf = (error: unknown) => (error instanceof Failure ? error.details.remedy : undefined);

/** What an exchange that failed says of the refresh token: refused, perhaps spent, or certainly not. */
export function judgeExchange(error: unknown): 'refused' | 'lost' | 'failed' {
  if (!(error instanceof Failure)) return 'lost';
  const { kind, details } = error;
  if (kind === 'reauth-required' || kind === 'unauthorised' || kind === 'forbidden') return 'refused';
  // An answer came, even if it cannot be read; a redirect is none.
  if (kind === 'bad-answer') return (details.status ?? 200) < 300 ? 'lost' : 'failed';
  // An error of the server is an answer too: nothing is lost on the wire, and asking again later tells.
  const onTheWire = kind === 'timeout' || kind === 'unreachable';
  return onTheWire && details.ambiguous ? 'lost' : 'failed';
}
