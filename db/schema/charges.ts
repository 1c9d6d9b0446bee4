import { index, integer, numeric, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { ChargeState } from '../../domain/charges.ts';
import { instant, money, now } from './columns.ts';
import { connections } from './connections.ts';

/** What a distributor billed for a month, as its charges were last read. */
export const chargeMonths = pgTable(
  'charge_months',
  {
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    /** `YYYY-MM` */
    month: text().notNull(),
    state: text().$type<ChargeState>().notNull(),
    /** Why it is incomplete or not offered: one sentence. */
    problem: text(),
    documents: integer().notNull(),
    lines: integer().notNull(),
    /** The reading whose lines stand. */
    readingId: uuid('reading_id').notNull(),
    readAt: instant('read_at').notNull().default(now()),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.month] })],
);

/** The documents of a reading; one that goes on after a crash passes over those it has. */
export const chargeDocuments = pgTable(
  'charge_documents',
  {
    readingId: uuid('reading_id').notNull(),
    id: text().notNull(),
    connectionId: uuid('connection_id').notNull(),
    month: text().notNull(),
    problem: text(),
  },
  (t) => [primaryKey({ columns: [t.readingId, t.id] }), index().on(t.connectionId, t.month)],
);

/** Their lines. Money is of the whole line. */
export const charges = pgTable(
  'charges',
  {
    readingId: uuid('reading_id').notNull(),
    document: text().notNull(),
    line: integer().notNull(),
    connectionId: uuid('connection_id').notNull(),
    month: text().notNull(),
    /** Of the ledger; null: of no subscription that is known. */
    subscriptionId: text('subscription_id'),
    vendorSubscriptionId: text('vendor_subscription_id'),
    customerId: text('customer_id'),
    product: text(),
    quantity: numeric({ precision: 18, scale: 4 }),
    cost: money('cost').notNull(),
    price: money('price'),
    currency: text(),
    chargedFrom: text('charged_from'),
    chargedTo: text('charged_to'),
  },
  (t) => [
    primaryKey({ columns: [t.readingId, t.document, t.line] }),
    index().on(t.connectionId, t.month, t.subscriptionId),
  ],
);
