import { Webhook } from 'standardwebhooks';
import { AnswerTooLarge, type WholeAnswer } from '../../connectors/fetch-whole.ts';
import { retryAfter } from '../../connectors/retry-after.ts';
import { wayFault } from '../../connectors/way-out.ts';
import type { WebhookSettings } from '../../domain/notices.ts';
import { TargetRefused } from '../../security/targets.ts';
import { type Send, type Sending, tryMs, Undelivered } from './sending.ts';

/** Standard Webhooks: signed over id, time and body, the id the same in every try. Only a 2xx is a delivery. */
export const sendWebhook: Send = async ({ deps, channel, credentials, notice, signal }) => {
  const { url } = channel.settings as WebhookSettings;
  const at = new Date();
  const body = payloadOf(notice);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': notice.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(credentials.secret!).sign(notice.id, at, body),
  };
  const { host } = new URL(url);
  const request = { method: 'POST', headers, body, timeoutMs: deps.patience?.requestMs ?? tryMs };
  const answer = await deps.gateway.send(url, request, signal).catch((error) => {
    signal.throwIfAborted();
    throw unanswered(error, host);
  });
  return judge(answer, host);
};

function payloadOf({ id, kind, createdAt, subject, text, integrationId, facts }: Sending['notice']): string {
  return JSON.stringify({
    type: kind,
    timestamp: createdAt.toISOString(),
    data: { id, subject, text, integrationId, ...facts },
  });
}

function judge({ status, headers }: WholeAnswer, host: string) {
  if (status >= 200 && status < 300) return { status, message: `${host} took it (${status}).` };
  if (status >= 300 && status < 400)
    throw new Undelivered(`${host} answered with a redirect (${status}), which is not followed.`, { status });
  if (status === 410) throw new Undelivered(`${host} wants no more notices (410).`, { status, final: true });
  throw new Undelivered(`${host} answered ${status}.`, {
    status,
    retryAfterMs: status === 429 || status === 503 ? retryAfter(headers['retry-after']) : undefined,
  });
}

function unanswered(error: unknown, host: string): unknown {
  if (error instanceof TargetRefused) return new Undelivered(error.message, { final: true });
  const { code, name } = error as { code?: string; name?: string };
  const said = code ? ` (${code})` : '';
  if (name === 'TimeoutError') return new Undelivered(`${host} did not answer in time.`);
  if (error instanceof AnswerTooLarge) return new Undelivered(`${host} sent an answer too large to read.`);
  const words = {
    'name-lookup': `The name of ${host} has no address here${said}.`,
    certificate: `The certificate of ${host} cannot be trusted${said}.`,
    proxy: `The proxy refused the connection to ${host}${said}.`,
    unreachable: `${host} cannot be reached${said}.`,
  };
  const fault = wayFault(error);
  return new Undelivered(fault ? words[fault] : `The connection to ${host} broke${said}.`);
}
