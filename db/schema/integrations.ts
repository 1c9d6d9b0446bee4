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
import type { Actor } from '../../domain/actor.ts';
import type { ChangePolicy } from '../../domain/change-policy.ts';
import type { Decision, IntegrationMode, MappingOrigin } from '../../domain/kinds.ts';
import type { OwnerRule } from '../../domain/ownership.ts';
import { instant, now } from './columns.ts';
import { connections } from './connections.ts';

export interface IntegrationOptions {
  topLevelId: string | null;
  createClients: boolean;
  updateMainSiteAddress: boolean;
  shrinkLimitPercent: number;
  currency: string | null;
  timeZone: string;
  /** A margin below this percentage of the sale price is a difference; null: margins are not checked. */
  marginFloorPercent?: number | null;
  /** How many days before a term ends a finding says so. */
  renewalNoticeDays?: number;
  /** Who owns which field, where that is not the default; the first that fits decides. */
  ownership?: OwnerRule[];
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
  /** The maximum random delay of a run, so that integrations with the same schedule do not all start at once. */
  spread?: string;
  /** No run starts between these local times. */
  quiet?: { from: string; to: string; timeZone: string };
}

/** The last observed state of Temporal's schedule, to detect missed runs. */
export interface ScheduleSeen {
  paused: boolean;
  nextRun: string | null;
  missedCatchup: number;
  skippedOverlap: number;
  /** The last missed runs. */
  missed: { at: string; runs: number; reason: 'away' | 'overlap' } | null;
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
    /** When it was last set or resumed: runs are expected from then on. */
    scheduledAt: instant('scheduled_at'),
    scheduleSeen: jsonb('schedule_seen').$type<ScheduleSeen>(),
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
    /** null for rows older than this column. */
    createdBy: jsonb('created_by').$type<Actor>(),
    /** Mappings made together can be undone together. */
    batchId: uuid('batch_id'),
    createdAt: instant('created_at').notNull().default(now()),
  },
  (t) => [
    primaryKey({ columns: [t.integrationId, t.customerId] }),
    uniqueIndex('mappings_client').on(t.integrationId, t.clientId),
  ],
);

/** How a customer is treated where that differs from its integration: the stricter of the two counts. */
export const customerModes = pgTable(
  'customer_modes',
  {
    integrationId: uuid('integration_id')
      .notNull()
      .references(() => integrations.id),
    customerId: text('customer_id').notNull(),
    mode: text().$type<Exclude<IntegrationMode, 'apply'>>().notNull(),
    at: instant('at').notNull().default(now()),
  },
  (t) => [primaryKey({ columns: [t.integrationId, t.customerId] })],
);

/** What we last wrote to a destination record, and what it returned. */
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

/** A person's answer to a finding, remembered for later plans. */
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
