import type { TransactionSql } from 'postgres';
import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import { changedFields } from '../audit/changed.ts';
import type { Sql } from '../client.ts';
import { noticeChannels } from '../schema.ts';
import { columnsOf } from '../sql.ts';

/** The rows of `notice_channels`. Credentials are stored sealed and returned only to code that opens them. */
export type ChannelRow = typeof noticeChannels.$inferSelect;

const columns = columnsOf(noticeChannels);

export type NewChannel = Pick<
  ChannelRow,
  'id' | 'name' | 'kind' | 'settings' | 'credentials' | 'rules' | 'enabled'
>;

export const newChannelId = (): string => uuid();

export async function addChannel(sql: Sql, channel: NewChannel, by: Actor): Promise<ChannelRow> {
  const { id, name, kind, settings, credentials, rules, enabled } = channel;
  return await sql.begin(async (tx) => {
    const [row] = await tx<ChannelRow[]>`
      insert into notice_channels (id, name, kind, settings, credentials, rules, enabled)
      values (${id}, ${name}, ${kind}, ${tx.json(settings as never)}, ${credentials}, ${tx.json(rules as never)}, ${enabled})
      returning ${tx.unsafe(columns)}`;
    await record(tx, by, { action: 'notification.create', target: target(id), after: told(row!) });
    return row!;
  });
}

const target = (id: string) => ['notification', id] as const;

/** A channel as shown to people, without credentials and without the query of a URL. */
const told = ({ name, kind, settings, rules, enabled }: ChannelRow) => ({
  name,
  kind,
  ...settings,
  ...('url' in settings && { url: settings.url.replace(/[?#].*$/s, '?…') }),
  rules,
  enabled,
});

export async function getChannel(sql: Sql, id: string): Promise<ChannelRow | null> {
  const [row] = await sql<ChannelRow[]>`
    select ${sql.unsafe(columns)} from notice_channels where id = ${id}`;
  return row ?? null;
}

/** Oldest first, one more than `limit` if there is a next page. Ids rise with time. */
export async function listChannels(
  sql: Sql,
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<ChannelRow[]> {
  return await sql<ChannelRow[]>`
    select ${sql.unsafe(columns)} from notice_channels
    where true ${after ? sql`and id > ${after[0]}` : sql``} order by id limit ${limit + 1}`;
}

export async function enabledChannels(sql: Sql): Promise<ChannelRow[]> {
  return await sql<ChannelRow[]>`
    select ${sql.unsafe(columns)} from notice_channels where enabled order by id`;
}

export type ChannelChange = Partial<
  Pick<ChannelRow, 'name' | 'settings' | 'credentials' | 'rules' | 'enabled'>
>;

/** Changes a row under its lock; `change` gets the current row and may refuse by throwing. */
export async function changeChannel(
  sql: Sql,
  id: string,
  change: (row: ChannelRow) => ChannelChange,
  by: Actor,
): Promise<ChannelRow | null> {
  return await sql.begin(async (tx) => {
    const row = await locked(tx, id);
    if (!row) return null;
    const changes = change(row);
    if (Object.keys(changes).length === 0) return row;
    const { name, settings, credentials, rules, enabled } = { ...row, ...changes };
    const [changed] = await tx<ChannelRow[]>`
      update notice_channels set name = ${name}, settings = ${tx.json(settings as never)}, credentials = ${credentials},
        rules = ${tx.json(rules as never)}, enabled = ${enabled}, version = version + 1, updated_at = now(),
        since = case when ${enabled} and not enabled then now() else since end
      where id = ${id} returning ${tx.unsafe(columns)}`;
    const { before, after } = changedFields(told(row), told(changed!));
    if (changes.credentials !== undefined) after.credentials = 'changed';
    await record(tx, by, { action: 'notification.update', target: target(id), before, after });
    return changed!;
  });
}

async function locked(tx: TransactionSql, id: string): Promise<ChannelRow | null> {
  const [row] = await tx<ChannelRow[]>`
    select ${tx.unsafe(columns)} from notice_channels where id = ${id} for update`;
  return row ?? null;
}

/** Deletes a channel with its notices, sent or not. `check` gets the row first and may refuse by throwing. */
export async function removeChannel(
  sql: Sql,
  id: string,
  by: Actor,
  check: (row: ChannelRow) => void,
): Promise<boolean> {
  return await sql.begin(async (tx) => {
    const row = await locked(tx, id);
    if (!row) return false;
    check(row);
    await tx`delete from notice_channels where id = ${id}`;
    await record(tx, by, { action: 'notification.delete', target: target(id), before: told(row) });
    return true;
  });
}
