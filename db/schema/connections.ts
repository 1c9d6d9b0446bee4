import { bigserial, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant, now } from './columns.ts';

export const connections = pgTable('connections', {
  id: uuid().primaryKey(),
  kind: text().notNull(),
  role: text().notNull(),
  name: text().notNull(),
  settings: jsonb().$type<Record<string, unknown>>().notNull(),
  /** Sealed JSON; null once the connection is deleted. */
  credentials: text(),
  /** The account seen at the first good test. */
  identity: text(),
  /** Where a destination keeps our ids, once known. */
  traces: jsonb().$type<{ client?: MarkerSupport; licence?: MarkerSupport }>().notNull().default({}),
  lastTest: jsonb('last_test').$type<{ at: string; ok: boolean; message: string; steps: unknown[] }>(),
  version: integer().notNull().default(1),
  createdAt: instant('created_at').notNull().default(now()),
  updatedAt: instant('updated_at').notNull().default(now()),
  deletedAt: instant('deleted_at'),
});

/** Where a destination keeps our id: as an external link, as a marker in notes, or nowhere. */
export type MarkerSupport = 'link' | 'notes' | 'none';

/** One row per connection that needs a token. Only `sealed`, the token values, is secret. */
export const tokens = pgTable('tokens', {
  connectionId: uuid('connection_id')
    .primaryKey()
    .references(() => connections.id),
  version: integer().notNull(),
  state: text().$type<'ok' | 'refreshing' | 'reauth_required'>().notNull(),
  sealed: text().notNull(),
  scope: text(),
  accessExpiresAt: instant('access_expires_at').notNull(),
  refreshExpiresAt: instant('refresh_expires_at'),
  lastRotatedAt: instant('last_rotated_at').notNull(),
  /** For `rotating`: when a person last entered a refresh token. With the version, it orders all rows ever stored. */
  enteredAt: instant('entered_at'),
  /** Why a person must act, in state `reauth_required`. */
  problem: text(),
  /** For `client-credentials`: who holds the lease to request the next token, and until when. */
  renewer: uuid(),
  renewingUntil: instant('renewing_until'),
});

/** The intent of a token exchange: stored before the token is spent, closed when its outcome is known. */
export const tokenAttempts = pgTable(
  'token_attempts',
  {
    id: uuid().primaryKey(),
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    /** The version the exchange spends. */
    version: integer().notNull(),
    begunAt: instant('begun_at').notNull().default(now()),
    endedAt: instant('ended_at'),
    outcome: text().$type<TokenOutcome>(),
    message: text(),
  },
  (t) => [index().on(t.connectionId, t.begunAt)],
);

export type TokenOutcome =
  | 'stored'
  /** The token endpoint refused it. */
  | 'refused'
  /** It may have been spent: no answer was received. */
  | 'lost'
  /** It was not spent: the endpoint was unreachable or unavailable. */
  | 'failed'
  /** The row had changed meanwhile and takes precedence. */
  | 'adopted';

/** The sliding log: one row per call, until its slot is free again. */
export const calls = pgTable(
  'calls',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    budgetKey: text('budget_key').notNull(),
    heldUntil: instant('held_until').notNull(),
  },
  (t) => [index().on(t.budgetKey, t.heldUntil)],
);

/** One row per budget: its lock, and until when a 429 keeps its gate closed. */
export const gates = pgTable('gates', {
  budgetKey: text('budget_key').primaryKey(),
  closedUntil: instant('closed_until'),
  /** Consecutive 429s. */
  strikes: integer().notNull().default(0),
});
