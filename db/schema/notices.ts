import { sql } from 'drizzle-orm';
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  Attempt,
  ChannelKind,
  ChannelSettings,
  NoticeKind,
  NoticeRules,
  NoticeState,
} from '../../domain/notices.ts';
import { instant, now } from './columns.ts';

/** Notice channels and their rules. */
export const noticeChannels = pgTable('notice_channels', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  kind: text().$type<ChannelKind>().notNull(),
  settings: jsonb().$type<ChannelSettings>().notNull(),
  /** Sealed JSON; null if the kind has no credentials. */
  credentials: text(),
  rules: jsonb().$type<NoticeRules>().notNull(),
  enabled: boolean().notNull().default(true),
  /** Created or switched on at this time; earlier events are not sent. */
  since: instant('since').notNull().default(now()),
  version: integer().notNull().default(1),
  createdAt: instant('created_at').notNull().default(now()),
  updatedAt: instant('updated_at').notNull().default(now()),
});

/** One notice over one channel; its id is the delivery id everywhere. */
export const notices = pgTable(
  'notices',
  {
    id: uuid().primaryKey(),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => noticeChannels.id, { onDelete: 'cascade' }),
    kind: text().$type<NoticeKind>().notNull(),
    /** Unique, so that the same event is sent once. */
    key: text().notNull(),
    integrationId: uuid('integration_id'),
    subject: text().notNull(),
    text: text().notNull(),
    facts: jsonb().$type<Record<string, unknown>>().notNull(),
    state: text().$type<NoticeState>().notNull(),
    attempts: jsonb().$type<Attempt[]>().notNull().default([]),
    /** The recipient's reference, for example a ticket number. */
    reference: text(),
    createdAt: instant('created_at').notNull().default(now()),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('notices_once').on(t.channelId, t.key),
    index().on(t.channelId, t.createdAt),
    index('notices_waiting').on(t.createdAt).where(sql`state = 'waiting'`),
  ],
);

/** Which findings a channel was notified of, each time they opened. */
export const noticedFindings = pgTable(
  'noticed_findings',
  {
    channelId: uuid('channel_id')
      .notNull()
      .references(() => noticeChannels.id, { onDelete: 'cascade' }),
    findingId: uuid('finding_id').notNull(),
    openedAt: instant('opened_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.findingId, t.openedAt] })],
);
