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

/** Where notices go, and which. */
export const noticeChannels = pgTable('notice_channels', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  kind: text().$type<ChannelKind>().notNull(),
  settings: jsonb().$type<ChannelSettings>().notNull(),
  /** Sealed JSON; null where the kind needs none. */
  credentials: text(),
  rules: jsonb().$type<NoticeRules>().notNull(),
  enabled: boolean().notNull().default(true),
  /** What happened before is no news: when it was made or switched on. */
  since: instant('since').notNull().default(now()),
  version: integer().notNull().default(1),
  createdAt: instant('created_at').notNull().default(now()),
  updatedAt: instant('updated_at').notNull().default(now()),
});

/** One notice over one channel; its id is the delivery's wherever it goes. */
export const notices = pgTable(
  'notices',
  {
    id: uuid().primaryKey(),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => noticeChannels.id, { onDelete: 'cascade' }),
    kind: text().$type<NoticeKind>().notNull(),
    /** The same thing is told once. */
    key: text().notNull(),
    integrationId: uuid('integration_id'),
    subject: text().notNull(),
    text: text().notNull(),
    facts: jsonb().$type<Record<string, unknown>>().notNull(),
    state: text().$type<NoticeState>().notNull(),
    attempts: jsonb().$type<Attempt[]>().notNull().default([]),
    /** What the other side calls it: a ticket's number. */
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

/** Which findings a channel was told of, each time they opened. */
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
