import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Base, ChangeKind, ChangeState, Wanted } from '../../domain/change.ts';
import type { ChangeCost } from '../../domain/change-policy.ts';
import { instant, now } from './columns.ts';
import { connections } from './connections.ts';
import { integrations } from './integrations.ts';

/** Changes wanted at a distributor: asked for, approved, placed once, read back. */
export const changes = pgTable(
  'changes',
  {
    /** Also the reference the distributor is given. */
    id: uuid().primaryKey(),
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    /** The distributor's. */
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    kind: text().$type<ChangeKind>().notNull(),
    customerId: text('customer_id'),
    /** null until a new one is made. */
    subscriptionId: text('subscription_id'),
    wanted: jsonb().$type<Wanted>().notNull(),
    /** What the asker saw; null of what is new. */
    base: jsonb().$type<Base>(),
    /** What the distributor had when it was read again, where that had moved. */
    seen: jsonb().$type<Base>(),
    cost: jsonb().$type<ChangeCost>().notNull(),
    cancelUntil: text('cancel_until'),
    state: text().$type<ChangeState>().notNull(),
    /** Why it waits, was refused or failed: one sentence. */
    message: text(),
    /** The distributor's own id of the order. */
    operation: text(),
    fourEyes: boolean('four_eyes').notNull(),
    askedBy: text('asked_by').notNull(),
    askedAt: instant('asked_at').notNull().default(now()),
    expiresAt: instant('expires_at').notNull(),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
    reason: text(),
    placedAt: instant('placed_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('changes_unfinished')
      .on(t.connectionId, t.subscriptionId)
      .where(sql`state in ('waiting', 'approved', 'placing', 'placed', 'ambiguous')`),
    index().on(t.integrationId, t.askedAt),
    index().on(t.state, t.askedAt),
  ],
);
