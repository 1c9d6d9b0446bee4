import { v7 as uuid } from 'uuid';
import type { Attempt, Notice, NoticeState } from '../../domain/notices.ts';
import type { Sql } from '../client.ts';
import { notices } from '../schema.ts';
import { columnsOf, type Queryable } from '../sql.ts';

/** The rows of `notices`: what was or will be sent, and each attempt. */
export type NoticeRow = typeof notices.$inferSelect;

const columns = columnsOf(notices);

/** The new notice's id; null if the channel was notified of it before. */
export async function addNotice(sql: Queryable, channelId: string, notice: Notice): Promise<string | null> {
  const { kind, key, integrationId, subject, text, facts } = notice;
  const [row] = await sql<{ id: string }[]>`
    insert into notices (id, channel_id, kind, key, integration_id, subject, text, facts, state)
    values (${uuid()}, ${channelId}, ${kind}, ${key}, ${integrationId}, ${subject}, ${text},
      ${JSON.stringify(facts)}::text::jsonb, 'waiting')
    on conflict (channel_id, key) do nothing returning id`;
  return row?.id ?? null;
}

export async function getNotice(sql: Sql, id: string): Promise<NoticeRow | null> {
  const [row] = await sql<NoticeRow[]>`select ${sql.unsafe(columns)} from notices where id = ${id}`;
  return row ?? null;
}

/** Newest first, one more than `limit` if there is a next page. */
export async function listNotices(
  sql: Sql,
  channelId: string,
  { state }: { state?: NoticeState },
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<NoticeRow[]> {
  return await sql<NoticeRow[]>`
    select ${sql.unsafe(columns)} from notices
    where channel_id = ${channelId} ${state ? sql`and state = ${state}` : sql``}
      ${after ? sql`and id < ${after[0]}` : sql``}
    order by id desc limit ${limit + 1}`;
}

/** The notices due, oldest first. Test notices are sent by whoever requested them. */
export async function waitingNotices(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from notices where state = 'waiting' and kind <> 'test' order by created_at limit 500`;
  return rows.map(({ id }) => id);
}

/** Stores the result of an attempt; the last hundred are kept. */
export async function recordAttempt(
  sql: Sql,
  id: string,
  attempt: Attempt,
  { state, reference = null }: { state: NoticeState; reference?: string | null },
): Promise<void> {
  await sql`
    update notices set attempts = case when jsonb_array_length(attempts) >= 100 then attempts - 0 else attempts end
        || ${JSON.stringify([attempt])}::text::jsonb,
      state = ${state}, reference = coalesce(${reference}, reference),
      ended_at = case when ${state} = 'waiting' then null else now() end
    where id = ${id} and state = 'waiting'`;
}

export async function giveUpNotice(sql: Sql, id: string): Promise<void> {
  await sql`update notices set state = 'failed', ended_at = now() where id = ${id} and state = 'waiting'`;
}

/** The last notice of each channel, for a list. */
export async function lastNotices(sql: Sql): Promise<Map<string, Pick<NoticeRow, 'state' | 'createdAt'>>> {
  const rows = await sql<Pick<NoticeRow, 'channelId' | 'state' | 'createdAt'>[]>`
    select c.id as "channelId", n.state, n.created_at as "createdAt" from notice_channels c
    cross join lateral (select state, created_at from notices where channel_id = c.id order by id desc limit 1) n`;
  return new Map(rows.map(({ channelId, ...last }) => [channelId, last]));
}
