import { ApplicationFailure, Context } from '@temporalio/activity';
import { resolveKeys } from '../../db/findings/ledger-age.ts';
import { report } from '../../db/findings/lifecycle.ts';
import { type ChannelRow, enabledChannels, getChannel } from '../../db/notices/channels.ts';
import {
  getNotice,
  giveUpNotice,
  type NoticeRow,
  recordAttempt,
  waitingNotices,
} from '../../db/notices/notices.ts';
import { writeNotices } from '../../db/notices/rules.ts';
import { finding, findingKey } from '../../domain/findings/finding.ts';
import type { Attempt, ChannelKind } from '../../domain/notices.ts';
import { SealError } from '../../security/seal.ts';
import { openChannelCredentials } from '../../security/token.ts';
import { startNotice } from '../../temporal/start.ts';
import type { Deps } from '../deps.ts';
import { sendEmail } from './email.ts';
import { type Send, Undelivered } from './sending.ts';
import { sendTicket } from './ticket.ts';
import { sendWebhook } from './webhook.ts';

const ways: Record<ChannelKind, Send> = { webhook: sendWebhook, email: sendEmail, 'halo-ticket': sendTicket };

/** The result of an attempt, for the caller waiting for it. */
export interface Tried extends Attempt {
  noticeId: string;
  /** What the other side calls it. */
  reference: string | null;
}

export function noticeActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** Writes what the rules ask for and starts a workflow for each notice that waits for one. */
    async tellPeople(): Promise<{ waiting: number }> {
      const now = new Date();
      for (const channel of await enabledChannels(sql))
        await writeNotices(sql, channel, now).catch((error) => {
          // One that cannot be evaluated must not silence the others.
          deps.log.warn(
            { channelId: channel.id, error: (error as Error).name },
            'could not evaluate notice rules',
          );
        });
      const waiting = await waitingNotices(sql);
      for (const noticeId of waiting) await startNotice(deps.temporal, noticeId);
      return { waiting: waiting.length };
    },

    /** One try. Fails until the notice is taken; one that was taken, given up or deleted meanwhile is done. */
    async deliverNotice({ noticeId }: { noticeId: string }): Promise<void> {
      const found = await load(noticeId);
      if (!found) return;
      const { tried, error } = await attempt(found, 'waiting');
      if (tried.ok) return await resolveKeys(sql, [findingKey('notices-undelivered', found.channel.id)]);
      throw ApplicationFailure.create({
        type: 'undelivered',
        message: tried.message,
        nonRetryable: error.final,
        nextRetryDelay: error.retryAfterMs,
      });
    },

    /** No more attempts: opens a finding. */
    async giveUpNotice({ noticeId }: { noticeId: string }): Promise<void> {
      const found = await load(noticeId);
      if (!found) return;
      const { channel, notice } = found;
      await giveUpNotice(sql, noticeId);
      await report(sql, [
        finding('notices-undelivered', {
          channelId: channel.id,
          channelName: channel.name,
          noticeId,
          subject: notice.subject,
          problem: notice.attempts.at(-1)?.message ?? 'It was not tried.',
        }),
      ]);
    },

    /** *Test*: one try over the real path, and what came of it. */
    async tryNotice({ noticeId }: { noticeId: string }): Promise<Tried> {
      const found = await load(noticeId);
      if (!found) throw ApplicationFailure.nonRetryable('The channel was deleted.', 'not-found');
      const { tried } = await attempt(found, 'failed');
      if (tried.ok) await resolveKeys(sql, [findingKey('notices-undelivered', found.channel.id)]);
      return tried;
    },
  };

  async function load(id: string): Promise<{ notice: NoticeRow; channel: ChannelRow } | null> {
    const notice = await getNotice(sql, id);
    const channel = notice?.state === 'waiting' ? await getChannel(sql, notice.channelId) : null;
    return notice && channel ? { notice, channel } : null;
  }

  async function attempt(
    { notice, channel }: { notice: NoticeRow; channel: ChannelRow },
    otherwise: 'waiting' | 'failed',
  ): Promise<{ tried: Tried; error: Undelivered }> {
    const begun = new Date();
    const { cancellationSignal: signal, info } = Context.current();
    const again = info.attempt > 1 || notice.attempts.length > 0;
    let error = new Undelivered('');
    let sent: Awaited<ReturnType<Send>> | null = null;
    try {
      const credentials = openCredentials(channel);
      sent = await ways[channel.kind]({ deps, channel, credentials, notice, again, signal });
    } catch (thrown) {
      if (!(thrown instanceof Undelivered)) throw thrown;
      error = thrown;
    }
    const ms = Date.now() - begun.getTime();
    const { message, status } = sent ?? error;
    const tried = { at: begun.toISOString(), ok: sent !== null, message, status, ms };
    const reference = sent?.reference ?? null;
    await recordAttempt(sql, notice.id, tried, { state: sent ? 'delivered' : otherwise, reference });
    return { tried: { ...tried, noticeId: notice.id, reference }, error };
  }

  function openCredentials({ id, credentials }: ChannelRow): Record<string, string> {
    if (credentials === null) return {};
    try {
      return openChannelCredentials(deps.ring, id, credentials) as Record<string, string>;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new Undelivered(`The secret of this channel cannot be opened: ${error.message}`, { final: true });
    }
  }
}
