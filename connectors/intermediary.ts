import { Failure, type FailureDetails } from '../domain/failure.ts';
import type { WholeAnswer } from './fetch-whole.ts';

/** Somebody in between: gateways, firewalls, bot checks and portals answer in the place of the system asked. */

/** Where an API says who may do what, it says so in JSON or with an empty body, never in plain text. */
const saidInJson = new Set([401, 403, 404, 451, 511]);

/** Whether an answer is of somebody in between, whatever its status: a page, or plain text where none belongs. */
export function isIntermediary({ status, headers, body }: WholeAnswer): boolean {
  if (status === 511) return true;
  const start = new TextDecoder().decode(body.subarray(0, 200)).trimStart();
  if (start === '' || /^(["[{\d-]|null|true|false)/.test(start)) return false;
  const page = start.startsWith('<') || /\bx?html\b/i.test(String(headers['content-type']));
  return page || status < 300 || saidInJson.has(status);
}

export const intermediary = (host: string, what: string, details: FailureDetails): Failure =>
  new Failure('intermediary', `Instead of ${host}, something in between answered with ${what}.`, {
    remedy: `That did not come from the API at ${host}. Check the base URL, then any proxy or firewall between this machine and it.`,
    ...details,
  });

/** A redirect for good is the host's own word on its address; any other is a portal's. */
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
          'No API does that: a portal or firewall in between wants a person to sign in. Check the way there and the base URL.',
        ...details,
        status,
      });
