import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Base, ChangeKind, ChangeState, Wanted } from '../../domain/change.ts';
import type { ChangeCost } from '../../domain/change-policy.ts';
import { instant, now } from './columns.ts';
import { connections } from './connections.ts';
import { integrations } from './integrations.ts';

/** Changes at a distributor: requested, approved, placed once, read back. */
export const changes = pgTable(
  'changes',
  {
    /** Also the reference given to the distributor. */
    id: uuid().primaryKey(),
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    /** The distributor's. */
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    kind: text().$type<ChangeKind>().notNull(),
    /** What there is one unfinished change of: the subscription or customer, or what is to be made. */
    subject: text().notNull(),
    customerId: text('customer_id'),
    /** null until a new one is created. */
    subscriptionId: text('subscription_id'),
    wanted: jsonb().$type<Wanted>().notNull(),
    /** What the requester saw; null for something new. */
    base: jsonb().$type<Base>(),
    /** What the distributor had when it was listed again, if that differed. */
    seen: jsonb().$type<Base>(),
    cost: jsonb().$type<ChangeCost>().notNull(),
    cancelUntil: text('cancel_until'),
    state: text().$type<ChangeState>().notNull(),
    /** Why it waits, was refused or failed, in one sentence. */
    message: text(),
    /** The distributor's id of the order. */
    operation: text(),
    fourEyes: boolean('four_eyes').notNull(),
    askedBy: text('asked_by').notNull(),
    askedAt: instant('asked_at').notNull().default(now()),
    expiresAt: instant('expires_at').notNull(),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
    reason: text(),
    /** When its intent was stored: it may have been sent from then on. */
    intendedAt: instant('intended_at'),
    placedAt: instant('placed_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('changes_unfinished')
      .on(t.connectionId, t.subject)
      .where(sql`state in ('waiting', 'approved', 'placing', 'placed', 'ambiguous')`),
    index().on(t.integrationId, t.askedAt),
    index().on(t.state, t.askedAt),
  ],
);
