import { sql } from 'drizzle-orm';
import {
  bigint,
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
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Actor, ActorKind, Scope } from '../domain/actor.ts';
import type { Base, ChangeKind, ChangeState, Wanted } from '../domain/change.ts';
import type { ChangeCost, ChangePolicy } from '../domain/change-policy.ts';
import type { Address } from '../domain/customer.ts';
import type { Severity } from '../domain/findings/definition.ts';
import type { Completeness, Counts, ImportProblem, Progress } from '../domain/import.ts';
import type {
  CollectionState,
  Decision,
  FindingAction,
  FindingState,
  ImportKind,
  ImportMode,
  ImportState,
  ImportTrigger,
  IntegrationMode,
  ItemAction,
  ItemOutcome,
  ListingKind,
  MappingOrigin,
  WriteAction,
  WriteState,
  WrittenEntity,
} from '../domain/kinds.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const money = (name: string) => numeric(name, { precision: 19, scale: 6 });
const now = () => sql`now()`;

// --- Connections ---------------------------------------------------------------------------------------------

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
  /** What was learnt of a destination: how a record made by us can be found again. */
  traces: jsonb().$type<{ client?: MarkerSupport; licence?: MarkerSupport }>().notNull().default({}),
  lastTest: jsonb('last_test').$type<{ at: string; ok: boolean; message: string; steps: unknown[] }>(),
  version: integer().notNull().default(1),
  createdAt: instant('created_at').notNull().default(now()),
  updatedAt: instant('updated_at').notNull().default(now()),
  deletedAt: instant('deleted_at'),
});

/** Where our id stays at a destination: as an external link, as a marker in notes, or nowhere. */
export type MarkerSupport = 'link' | 'notes' | 'none';

/** One row a connection that needs a token. `sealed` holds the token values, nothing else here is secret. */
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
  /** Of `rotating`: when a person last entered a refresh token. With the version it orders all rows there ever were. */
  enteredAt: instant('entered_at'),
  /** Why a person must act, in `reauth_required`. */
  problem: text(),
  /** Of `client-credentials`: who asks for the next one, and until when that is believed. */
  renewer: uuid(),
  renewingUntil: instant('renewing_until'),
});

/** An exchange about to be made: written before the token is spent, closed when its outcome is known. */
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
  /** It may have been spent: no answer came. */
  | 'lost'
  /** It was not spent: the endpoint could not be reached or was not able. */
  | 'failed'
  /** The row had moved on meanwhile, and holds. */
  | 'adopted';

// --- Call budget ---------------------------------------------------------------------------------------------

/** The sliding log: one row a call, until its slot is free again. */
export const calls = pgTable(
  'calls',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    budgetKey: text('budget_key').notNull(),
    heldUntil: instant('held_until').notNull(),
  },
  (t) => [index().on(t.budgetKey, t.heldUntil)],
);

/** One row a budget: the lock its callers take in turn, and until when a 429 keeps it closed. */
export const gates = pgTable('gates', {
  budgetKey: text('budget_key').primaryKey(),
  closedUntil: instant('closed_until'),
  /** 429s in a row. */
  strikes: integer().notNull().default(0),
});

// --- Collections and the ledger ------------------------------------------------------------------------------

export const collections = pgTable(
  'collections',
  {
    id: uuid().primaryKey(),
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    kind: text().$type<ListingKind>().notNull(),
    /** null: all customers. */
    customerIds: jsonb('customer_ids').$type<string[]>(),
    state: text().$type<CollectionState>().notNull(),
    /** 1, or 2 once a mismatch made it list again. */
    attempt: integer().notNull().default(1),
    startedAt: instant('started_at').notNull().default(now()),
    finishedAt: instant('finished_at'),
    completeness: jsonb().$type<Completeness>(),
    /** Ids that came more than once, each as often as it came again. */
    repeated: jsonb().$type<string[]>().notNull().default([]),
    problem: jsonb().$type<ImportProblem>(),
  },
  (t) => [
    uniqueIndex('collections_running').on(t.connectionId, t.kind).where(sql`state = 'running'`),
    index().on(t.connectionId, t.kind, t.startedAt),
  ],
);

/** What a collection lists: one row for the account, or one a customer. */
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
    /** Where token-paged listings go on. */
    cursor: text(),
    /** The page count, where pages are numbered. */
    pages: integer(),
    declared: integer(),
    problem: text(),
  },
  (t) => [primaryKey({ columns: [t.collectionId, t.attempt, t.scope] })],
);

/** The ids seen on each page: presence, without touching a ledger row. */
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
    /** Rows whose id is expected more than once: the one that counts is known when all have come. */
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
  /** Of the record as the source sent it; a row is written only when it changes. */
  hash: text().notNull(),
  validFrom: instant('valid_from').notNull().default(now()),
  /** Fields that were given and cannot be read: null or empty here, and not "none". */
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
 * The names subscriptions have or had, each once: products repeat, so a part of a name is looked for in thousands of
 * these and not in a million rows. Kept by triggers.
 */
export const subscriptionNames = pgTable(
  'subscription_names',
  {
    connectionId: uuid('connection_id').notNull(),
    /** Its first 200 characters: an index takes no long text. */
    name: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.name] })],
);

/** A destination's own rows as last read. */
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

/** Versions a ledger row had before. */
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
    // A customer's subscriptions as they were, asked for customer by customer while an import rewrites them.
    index('ledger_history_customer').on(t.connectionId, sql`(${t.row} ->> 'customer_id')`, t.validTo),
  ],
);

/** Since when a ledger row is missing from every collection that should have shown it. */
export const absences = pgTable(
  'absences',
  {
    connectionId: uuid('connection_id').notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    /** When the first complete collection without it began. */
    since: instant('since').notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.kind, t.id] })],
);

/** Short lists a destination offers: top levels, agents. */
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

// --- Integrations --------------------------------------------------------------------------------------------

export interface IntegrationOptions {
  topLevelId: string | null;
  createClients: boolean;
  updateMainSiteAddress: boolean;
  shrinkLimitPercent: number;
  currency: string | null;
  timeZone: string;
  /** Percent of the sale price below which a margin is a difference; null: not looked at. */
  marginFloorPercent?: number | null;
  mode?: IntegrationMode;
  /** Whether changes may be placed at the distributor, and who approves them. */
  changes?: ChangePolicy['changes'];
  changePolicy?: Partial<Omit<ChangePolicy, 'changes'>>;
}

export interface ScheduleSpec {
  customers: boolean;
  subscriptions: boolean;
  every?: string;
  cron?: string;
  timeZone?: string;
}

export const integrations = pgTable(
  'integrations',
  {
    id: uuid().primaryKey(),
    name: text().notNull(),
    sourceId: uuid('source_id')
      .notNull()
      .references(() => connections.id),
    destinationId: uuid('destination_id')
      .notNull()
      .references(() => connections.id),
    options: jsonb().$type<IntegrationOptions>().notNull(),
    schedule: jsonb().$type<ScheduleSpec>(),
    version: integer().notNull().default(1),
    createdAt: instant('created_at').notNull().default(now()),
    updatedAt: instant('updated_at').notNull().default(now()),
    deletedAt: instant('deleted_at'),
  },
  (t) => [uniqueIndex('integrations_pair').on(t.sourceId, t.destinationId).where(sql`deleted_at is null`)],
);

export const mappings = pgTable(
  'mappings',
  {
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    customerId: text('customer_id').notNull(),
    /** null: a person decided that the next customer import creates it, whatever its name. */
    clientId: text('client_id'),
    origin: text().$type<MappingOrigin>().notNull(),
    /** null: before who made it was kept. */
    createdBy: jsonb('created_by').$type<Actor>(),
    /** Made together with others, to be undone together. */
    batchId: uuid('batch_id'),
    createdAt: instant('created_at').notNull().default(now()),
  },
  (t) => [
    primaryKey({ columns: [t.integrationId, t.customerId] }),
    uniqueIndex('mappings_client').on(t.integrationId, t.clientId),
  ],
);

/** What we last wrote to a destination row, and what it returned. */
export const baselines = pgTable(
  'baselines',
  {
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    entity: text().$type<'client' | 'licence'>().notNull(),
    externalId: text('external_id').notNull(),
    /** The client's or licence's id at the destination. */
    recordId: text('record_id').notNull(),
    /** The ledger row's hash at the time. */
    sourceHash: text('source_hash'),
    sent: jsonb().$type<Record<string, unknown>>().notNull(),
    returned: jsonb().$type<Record<string, unknown>>(),
    returnedHash: text('returned_hash'),
    /** false once deactivated by us. */
    active: boolean().notNull().default(true),
    createdByUs: boolean('created_by_us').notNull(),
    importId: uuid('import_id'),
    updatedAt: instant('updated_at').notNull().default(now()),
  },
  (t) => [
    primaryKey({ columns: [t.integrationId, t.entity, t.externalId] }),
    index().on(t.integrationId, t.entity, t.recordId),
  ],
);

/** What a person answered to a finding, remembered for later plans. */
export const decisions = pgTable(
  'decisions',
  {
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    entity: text().notNull(),
    externalId: text('external_id').notNull(),
    decision: text().$type<Decision>().notNull(),
    fields: jsonb().$type<string[]>(),
    reason: text(),
    findingId: uuid('finding_id'),
    by: jsonb().$type<Actor>(),
    at: instant('at').notNull().default(now()),
  },
  (t) => [primaryKey({ columns: [t.integrationId, t.entity, t.externalId, t.decision] })],
);

// --- Imports -------------------------------------------------------------------------------------------------

export const imports = pgTable(
  'imports',
  {
    id: uuid().primaryKey(),
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    kind: text().$type<ImportKind>().notNull(),
    mode: text().$type<ImportMode>().notNull(),
    trigger: text().$type<ImportTrigger>().notNull(),
    customerIds: jsonb('customer_ids').$type<string[]>(),
    previewId: uuid('preview_id'),
    /** Of a preview's application: the preview's items to write, null for all. */
    itemIds: jsonb('item_ids').$type<string[]>(),
    collectionId: uuid('collection_id'),
    runId: text('run_id'),
    state: text().$type<ImportState>().notNull(),
    cancelling: boolean().notNull().default(false),
    progress: jsonb().$type<Progress>().notNull(),
    counts: jsonb().$type<Counts>().notNull(),
    completeness: jsonb().$type<Completeness>(),
    problem: jsonb().$type<ImportProblem>(),
    lastEvent: bigint('last_event', { mode: 'number' }).notNull().default(0),
    /** null: before who started it was kept. */
    startedBy: jsonb('started_by').$type<Actor>(),
    startedAt: instant('started_at').notNull().default(now()),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('imports_unfinished').on(t.integrationId, t.kind).where(sql`state = 'running'`),
    index().on(t.integrationId, t.startedAt),
  ],
);

export const items = pgTable(
  'items',
  {
    id: uuid().primaryKey().defaultRandom(),
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** The order of writing. */
    seq: integer().notNull(),
    action: text().$type<ItemAction>().notNull(),
    externalId: text('external_id').notNull(),
    customerId: text('customer_id'),
    name: text(),
    /** The client's or licence's id at the destination, once there is one. */
    recordId: text('record_id'),
    clientId: text('client_id'),
    /** Why: the rule of the plan. */
    rule: text().notNull(),
    before: jsonb().$type<Record<string, unknown>>(),
    after: jsonb().$type<Record<string, unknown>>(),
    held: jsonb().$type<Record<string, { ours: unknown; theirs: unknown }>>(),
    outcome: text().$type<ItemOutcome>().notNull(),
    message: text(),
    writeId: uuid('write_id'),
  },
  (t) => [
    index().on(t.importId, t.seq),
    index('items_planned').on(t.importId, t.seq).where(sql`outcome = 'planned'`),
  ],
);

/** One request that changes the destination: its intent before, its outcome after. */
export const writes = pgTable(
  'writes',
  {
    id: uuid().primaryKey(),
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    entity: text().$type<WrittenEntity>().notNull(),
    action: text().$type<WriteAction>().notNull(),
    itemIds: jsonb('item_ids').$type<string[]>().notNull(),
    state: text().$type<WriteState>().notNull(),
    /** `ambiguous`: read-backs made, and when the next may be. */
    readBacks: integer('read_backs').notNull().default(0),
    readBackAt: instant('read_back_at'),
    message: text(),
    begunAt: instant('begun_at').notNull().default(now()),
    endedAt: instant('ended_at'),
  },
  (t) => [index().on(t.importId, t.begunAt)],
);

/** What a write is about to create, or has created: one record of a name or id at a destination, whoever writes. */
export const claims = pgTable(
  'claims',
  {
    /** Host and tenant, which several connections may share. */
    destination: text().notNull(),
    entity: text().$type<'client' | 'licence'>().notNull(),
    key: text().notNull(),
    writeId: uuid('write_id')
      .notNull()
      .references(() => writes.id, { onDelete: 'cascade' }),
  },
  (t) => [primaryKey({ columns: [t.destination, t.entity, t.key] }), index().on(t.writeId)],
);

export const importEvents = pgTable(
  'import_events',
  {
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    id: bigint({ mode: 'number' }).notNull(),
    type: text().$type<'progress' | 'item' | 'finding' | 'state'>().notNull(),
    data: jsonb().notNull(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.id] })],
);

export const idempotencyKeys = pgTable('idempotency_keys', {
  key: text().primaryKey(),
  fingerprint: text().notNull(),
  importId: uuid('import_id').notNull(),
  createdAt: instant('created_at').notNull().default(now()),
});

// --- Findings ------------------------------------------------------------------------------------------------

export const findings = pgTable(
  'findings',
  {
    id: uuid().primaryKey(),
    /** Stable: the same trouble reopens its finding rather than making another. */
    key: text().notNull().unique(),
    kind: text().notNull(),
    integrationId: uuid('integration_id'),
    connectionId: uuid('connection_id'),
    importId: uuid('import_id'),
    /** What it is about: ids and names. */
    subject: jsonb().$type<Record<string, unknown>>().notNull(),
    message: text().notNull(),
    /** What findings are grouped by for display: they have one reason. */
    cause: text().notNull().default(''),
    severity: text().$type<Severity>().notNull().default('warning'),
    state: text().$type<FindingState>().notNull(),
    actions: jsonb().$type<FindingAction[]>().notNull(),
    mutedUntil: instant('muted_until'),
    resolution: jsonb().$type<Record<string, unknown>>(),
    openedAt: instant('opened_at').notNull().default(now()),
    resolvedAt: instant('resolved_at'),
  },
  (t) => [index().on(t.state, t.openedAt), index().on(t.integrationId)],
);

// --- Changes -------------------------------------------------------------------------------------------------

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

// --- Reconciliation ------------------------------------------------------------------------------------------

/** A month's reconciliation. A trigger refuses to change or delete it. */
export const statements = pgTable(
  'statements',
  {
    id: uuid().primaryKey(),
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    /** `YYYY-MM`, in the integration's zone. */
    month: text().notNull(),
    createdAt: instant('created_at').notNull().default(now()),
    createdBy: text('created_by').notNull(),
    reconciliation: jsonb().notNull(),
  },
  (t) => [uniqueIndex('statements_month').on(t.integrationId, t.month)],
);

// --- People --------------------------------------------------------------------------------------------------

/** People of a phone system, to be found among the agents of a destination. */
export const people = pgTable(
  'people',
  {
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    id: text().notNull(),
    name: text().notNull(),
    email: text(),
    extension: text(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.id] })],
);

/** Which agent a person is: by both ids, so renames on either side do not matter. */
export const agentMappings = pgTable(
  'agent_mappings',
  {
    connectionId: uuid('connection_id')
      .notNull()
      .references(() => connections.id),
    personId: text('person_id').notNull(),
    agentId: text('agent_id').notNull(),
    createdAt: instant('created_at').notNull().default(now()),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.personId] })],
);

// --- Access --------------------------------------------------------------------------------------------------

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

// --- Audit ---------------------------------------------------------------------------------------------------

/**
 * Who changed what, append-only: a trigger numbers the rows without a gap and chains each to the one before by its
 * hash, so that a row that was changed, added or taken out later is found.
 */
export const audit = pgTable(
  'audit',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    at: instant('at').notNull(),
    actorKind: text('actor_kind').$type<ActorKind>().notNull(),
    actorName: text('actor_name').notNull(),
    actorId: text('actor_id'),
    /** `<what>.<done>`: connection.update, mapping.set, licence.create … */
    action: text().notNull(),
    targetKind: text('target_kind').notNull(),
    targetId: text('target_id').notNull(),
    integrationId: uuid('integration_id'),
    importId: uuid('import_id'),
    itemId: uuid('item_id'),
    /** Without secrets: a changed credential is said to be changed. */
    before: jsonb().$type<Record<string, unknown>>(),
    after: jsonb().$type<Record<string, unknown>>(),
    hash: text().notNull(),
  },
  (t) => [
    index().on(t.targetKind, t.targetId, t.seq),
    index().on(t.integrationId, t.seq),
    index().on(t.importId, t.seq),
  ],
);
