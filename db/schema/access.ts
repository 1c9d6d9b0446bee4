import { jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Actor, Scope } from '../../domain/actor.ts';
import { instant, now } from './columns.ts';

/** Keys created through the API; the first admin key exists only in the environment. Revoked keys keep their row. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  /** Its first characters, to recognise it. */
  prefix: text().notNull(),
  /** SHA-256 of the key. */
  hash: text().notNull().unique(),
  scopes: jsonb().$type<Scope[]>().notNull(),
  createdBy: jsonb('created_by').$type<Actor>().notNull(),
  createdAt: instant('created_at').notNull().default(now()),
  expiresAt: instant('expires_at'),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});

/** Browser sessions. `keyHash` is that of the key it was opened with; the session ends with that key. */
export const sessions = pgTable('sessions', {
  id: uuid().primaryKey(),
  hash: text().notNull().unique(),
  keyHash: text('key_hash').notNull(),
  name: text().notNull(),
  scopes: jsonb().$type<Scope[]>().notNull(),
  createdAt: instant('created_at').notNull().default(now()),
  expiresAt: instant('expires_at').notNull(),
});

/** One-time links that open a session. */
export const sessionLinks = pgTable('session_links', {
  hash: text().primaryKey(),
  keyHash: text('key_hash').notNull(),
  name: text().notNull(),
  scopes: jsonb().$type<Scope[]>().notNull(),
  expiresAt: instant('expires_at').notNull(),
});
