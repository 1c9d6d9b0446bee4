import { jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Actor, Scope } from '../../domain/actor.ts';
import { instant, now } from './columns.ts';

/** Keys made through the API; the first admin key stands in the environment alone. Revoked ones keep their row. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  /** Its first characters, for people. */
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

/** Sessions of browsers. `keyHash` names the key it was opened with, and it ends with that key. */
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
