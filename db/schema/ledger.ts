import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  foreignKey,
  index,
  integer,
  json,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Address } from '../../domain/customer.ts';
import type { Completeness, ImportProblem } from '../../domain/import.ts';
import type { CollectionState, ListingKind } from '../../domain/kinds.ts';
import { instant, money, now } from './columns.ts';
import { connections } from './connections.ts';

export const collections = pgTable(
  'collections',
  {
    id: uuid().primaryKey(),
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    kind: text().$type<ListingKind>().notNull(),
    /** null means all customers. */
    customerIds: jsonb('customer_ids').$type<string[]>(),
    state: text().$type<CollectionState>().notNull(),
    /** 1, or 2 if an incomplete listing was repeated. */
    attempt: integer().notNull().default(1),
    startedAt: instant('started_at').notNull().default(now()),
    finishedAt: instant('finished_at'),
    completeness: jsonb().$type<Completeness>(),
    /** Ids that came more than once, each as often as it was repeated. */
    repeated: jsonb().$type<string[]>().notNull().default([]),
    problem: jsonb().$type<ImportProblem>(),
  },
  (t) => [
    uniqueIndex('collections_running').on(t.connectionId, t.kind).where(sql`state = 'running'`),
    index().on(t.connectionId, t.kind, t.startedAt),
  ],
);

/** What a collection lists: one row for the account, or one per customer. */
export const collectionScopes = pgTable(
  'collection_scopes',
  {
    collectionId: uuid('collection_id')
      .notNull()
      .references(() => collections.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    /** The customer listed; empty for the account. */
    scope: text().notNull(),
    state: text().$type<'listing' | 'listed' | 'failed'>().notNull().default('listing'),
    /** The next cursor of a token-paged listing. */
    cursor: text(),
    /** The page count, if pages are numbered. */
    pages: integer(),
    declared: integer(),
    problem: text(),
  },
  (t) => [primaryKey({ columns: [t.collectionId, t.attempt, t.scope] })],
);

/** The ids seen on each page: shows presence without touching a ledger row. */
export const collectionPages = pgTable(
  'collection_pages',
  {
    collectionId: uuid('collection_id').notNull(),
    attempt: integer().notNull(),
    scope: text().notNull(),
    cursor: text().notNull(),
    ids: text().array().notNull(),
    received: integer().notNull(),
    /** Records whose fields could not be read. */
    unreadable: integer().notNull(),
    /** … of those, the ones whose id could not be read either. */
    nameless: integer().notNull(),
    /** Rows whose id is expected more than once: which one counts is known only when all have arrived. */
    waiting: jsonb(),
  },
  (t) => [
    primaryKey({ columns: [t.collectionId, t.attempt, t.scope, t.cursor] }),
    foreignKey({ columns: [t.collectionId], foreignColumns: [collections.id] }).onDelete('cascade'),
  ],
);

/** Records a collection could not read. */
export const quarantine = pgTable(
  'quarantine',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    collectionId: uuid('collection_id')
      .notNull()
      .references(() => collections.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    externalId: text('external_id'),
    problem: text().notNull(),
    raw: jsonb().notNull(),
  },
  (t) => [index().on(t.collectionId)],
);

const ledgerKey = {
  connectionId: uuid('connection_id').notNull(),
  id: text().notNull(),
  /** The hash of the record as received; a row is written only if it changes. */
  hash: text().notNull(),
  validFrom: instant('valid_from').notNull().default(now()),
  /** Fields that were given but cannot be read: null or empty here, which does not mean "none". */
  unreadable: text().array().notNull().default(sql`'{}'`),
};

export const customers = pgTable(
  'customers',
  {
    ...ledgerKey,
    name: text().notNull(),
    /** The name as `domain/names` compares it. */
    matchKey: text('match_key').notNull(),
    status: text().notNull(),
    own: boolean().notNull(),
    email: text(),
    phone: text(),
    domain: text(),
    tenantId: text('tenant_id'),
    address: jsonb().$type<Address>(),
    raw: json().notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.id] }), index().on(t.connectionId, t.matchKey)],
);

export const subscriptions = pgTable(
  'subscriptions',
  {
    ...ledgerKey,
    customerId: text('customer_id').notNull(),
    name: text().notNull(),
    status: text().notNull(),
    statusText: text('status_text'),
    quantity: numeric({ precision: 18, scale: 4 }),
    usage: boolean().notNull(),
    trial: boolean().notNull(),
    unitCost: money('unit_cost'),
    unitPrice: money('unit_price'),
    currency: text(),
    billingCycle: text('billing_cycle'),
    term: text(),
    /** An instant with `Z`, or a date without a zone. */
    startDate: text('start_date'),
    endDate: text('end_date'),
    renewalDate: text('renewal_date'),
    autoRenew: boolean('auto_renew'),
    cancelUntil: text('cancel_until'),
    renewalCost: money('renewal_cost'),
    renewalPrice: money('renewal_price'),
    minQuantity: numeric('min_quantity', { precision: 18, scale: 4 }),
    maxQuantity: numeric('max_quantity', { precision: 18, scale: 4 }),
    vendor: text(),
    sku: text(),
    vendorSku: text('vendor_sku'),
    tenantId: text('tenant_id'),
    raw: json().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.id] }),
    index().on(t.connectionId, t.customerId, t.id),
    index('subscriptions_name').on(t.connectionId, sql`left(name, 200)`),
  ],
);

/**
 * Current and earlier names of subscriptions, without repetition: product names repeat, so a search scans thousands of
 * these instead of a million rows. Maintained by triggers.
 */
export const subscriptionNames = pgTable(
  'subscription_names',
  {
    connectionId: uuid('connection_id').notNull(),
    /** Its first 200 characters, because an index cannot hold long text. */
    name: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.name] })],
);

/** A destination's own records as last read. */
export const clients = pgTable(
  'clients',
  {
    ...ledgerKey,
    name: text().notNull(),
    matchKey: text('match_key').notNull(),
    inactive: boolean().notNull(),
    topLevelId: text('top_level_id'),
    mainSiteId: text('main_site_id'),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.id] }), index().on(t.connectionId, t.matchKey)],
);

export const licences = pgTable(
  'licences',
  {
    ...ledgerKey,
    clientId: text('client_id').notNull(),
    distributor: text(),
    active: boolean().notNull(),
    deleted: boolean().notNull(),
    linkId: text('link_id'),
    /** `LicenceFields` */
    fields: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.id] })],
);

export const links = pgTable(
  'links',
  {
    ...ledgerKey,
    recordId: text('record_id').notNull(),
    thirdPartyId: text('third_party_id').notNull(),
    thirdPartyType: text('third_party_type'),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.id] }), index().on(t.connectionId, t.thirdPartyId)],
);

/** Earlier versions of ledger rows. */
export const ledgerHistory = pgTable(
  'ledger_history',
  {
    connectionId: uuid('connection_id').notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    validFrom: instant('valid_from').notNull(),
    validTo: instant('valid_to').notNull(),
    row: jsonb().notNull(),
  },
  (t) => [
    index().on(t.connectionId, t.kind, t.id, t.validTo),
    index().on(t.validTo),
    // Serves a customer's subscriptions as of an earlier time while an import rewrites them.
    index('ledger_history_customer').on(t.connectionId, sql`(${t.row} ->> 'customer_id')`, t.validTo),
  ],
);

/** Since when a ledger row has been missing from every collection that should have shown it. */
export const absences = pgTable(
  'absences',
  {
    connectionId: uuid('connection_id').notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    /** When the first complete collection without it started. */
    since: instant('since').notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.kind, t.id] })],
);

/** Short lists of what a destination offers: top levels, agents. */
export const offers = pgTable(
  'offers',
  {
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    kind: text().$type<'top-levels' | 'agents'>().notNull(),
    items: jsonb().$type<{ id: string; name: string }[]>().notNull(),
    asOf: instant('as_of').notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.kind] })],
);
