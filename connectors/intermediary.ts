import { Failure, type FailureDetails } from '../domain/failure.ts';
import type { WholeAnswer } from './fetch-whole.ts';

/** Gateways, firewalls, bot checks and sign-in portals may answer in place of the system that was called. */

/** For these statuses APIs answer with JSON or an empty body, never with plain text. */
const saidInJson = new Set([401, 403, 404, 451, 511]);

/** Whether an intermediary sent the answer, whatever its status: an HTML page, or plain text where JSON is expected. */
export function isIntermediary({ status, headers, body }: WholeAnswer): boolean {
  if (status === 511) return true;
  const start = new TextDecoder().decode(body.subarray(0, 200)).trimStart();
  if (start === '' || /^(["[{\d-]|null|true|false)/.test(start)) return false;
  const page = start.startsWith('<') || /\bx?html\b/i.test(String(headers['content-type']));
  return page || status < 300 || saidInJson.has(status);
}

export const intermediary = (host: string, what: string, details: FailureDetails): Failure =>
  new Failure(
    'intermediary',
    `A proxy, firewall or other intermediary answered instead of ${host}, with ${what}.`,
    {
      remedy: `Check the base URL, then any proxy or firewall between this machine and ${host}.`,
      ...details,
    },
  );

/** A permanent redirect is the host's own statement about its address; any other comes from a portal. */
export const redirected = (host: string, { status, ...details }: FailureDetails): Failure =>
  status === 301 || status === 308
    ? new Failure('bad-answer', `${host} redirects this path elsewhere (${status}).`, {
        remedy: 'Check the base URL.',
        ...details,
        status,
        retryable: false,
      })
    : new Failure('intermediary', `${host} redirects this path elsewhere (${status}).`, {
        remedy:
          'APIs do not redirect like this: probably a portal or firewall wants a person to sign in. Check the base URL and the network between this machine and it.',
        ...details,
        status,
      });
