import { sql } from 'drizzle-orm';
import {
  bigint,
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
import type { Actor } from '../../domain/actor.ts';
import type { Completeness, Counts, ImportProblem, Progress } from '../../domain/import.ts';
import type {
  ImportKind,
  ImportMode,
  ImportState,
  ImportTrigger,
  ItemAction,
  ItemOutcome,
  WriteAction,
  WriteState,
  WrittenEntity,
} from '../../domain/kinds.ts';
import { instant, now } from './columns.ts';
import { integrations } from './integrations.ts';

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
    /** When a preview is applied: its items to write, null for all. */
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
    /** null for rows older than this column. */
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
    /** The rule of the plan. */
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

/** One request that changes the destination: the intent before it, the outcome after it. */
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
    /** For `ambiguous`: how many read-backs were made, and when the next one is allowed. */
    readBacks: integer('read_backs').notNull().default(0),
    readBackAt: instant('read_back_at'),
    message: text(),
    begunAt: instant('begun_at').notNull().default(now()),
    endedAt: instant('ended_at'),
  },
  (t) => [index().on(t.importId, t.begunAt)],
);

/** What a write is about to create or has created: at most one record per name or id at a destination. */
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
