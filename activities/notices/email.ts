import { createTransport } from 'nodemailer';
import type { EmailSettings } from '../../domain/notices.ts';
import { TargetRefused } from '../../security/targets.ts';
import { type Send, tryMs, Undelivered } from './sending.ts';

/** Plain text by SMTP. The same Message-ID in every try lets mail servers drop one that came twice. */
export const sendEmail: Send = async ({ deps, channel, credentials, notice }) => {
  const { host, port, security, from, to } = channel.settings as EmailSettings;
  const address = await deps.gateway.addressOf(host).catch((error) => {
    throw error instanceof TargetRefused
      ? new Undelivered(error.message, { final: true })
      : new Undelivered(`The name of ${host} has no address here.`);
  });
  const timeout = deps.patience?.requestMs ?? tryMs;
  const transport = createTransport({
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { servername: host },
    ...(credentials.user ? { auth: { user: credentials.user, pass: credentials.password ?? '' } } : {}),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { accepted, rejected, response } = await transport.sendMail({
      from,
      to,
      subject: notice.subject,
      text: notice.text,
      messageId: `<${notice.id}@tributary>`,
      date: notice.createdAt,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Tributary-Notice': notice.kind },
    });
    const refused = rejected.length > 0 ? ` ${rejected.length} of ${to.length} recipients were refused.` : '';
    if (accepted.length === 0) throw new Undelivered(`${host} refused every recipient.`);
    const status = Number(/^\d{3}/.exec(response)?.[0]) || null;
    return { status, message: `${host} took it (${status ?? 'no status'}).${refused}` };
  } catch (error) {
    throw error instanceof Undelivered ? error : refusal(error as SmtpError, host);
  } finally {
    transport.close();
  }
};

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** In words of ours: a mail server's own quote addresses. */
function refusal({ code = '', command, responseCode }: SmtpError, host: string): Undelivered {
  const status = responseCode ?? null;
  const said = status === null ? (code ? ` (${code})` : '') : ` (${status})`;
  if (code === 'EAUTH')
    return new Undelivered(`${host} refused the user name or password${said}.`, { status });
  if (code === 'ETLS')
    return new Undelivered(`${host} offers no encryption, or it failed${said}.`, { status });
  if (code === 'EENVELOPE')
    return new Undelivered(`${host} refused the sender or every recipient${said}.`, { status });
  if (code === 'ETIMEDOUT') return new Undelivered(`${host} did not answer in time.`);
  if (status !== null) return new Undelivered(`${host} refused the message${said}.`, { status });
  return new Undelivered(
    command === 'CONN' || code === 'ECONNECTION' || code === 'ESOCKET' || code === 'EDNS'
      ? `${host} cannot be reached${said}.`
      : `The connection to ${host} broke${said}.`,
  );
}
