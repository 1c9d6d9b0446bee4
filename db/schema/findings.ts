import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Severity } from '../../domain/findings/definition.ts';
import type { FindingAction, FindingState } from '../../domain/kinds.ts';
import { instant, now } from './columns.ts';

export const findings = pgTable(
  'findings',
  {
    id: uuid().primaryKey(),
    /** Stable: if the cause recurs, the same finding is reopened. */
    key: text().notNull().unique(),
    kind: text().notNull(),
    integrationId: uuid('integration_id'),
    connectionId: uuid('connection_id'),
    importId: uuid('import_id'),
    /** What it is about: ids and names. */
    subject: jsonb().$type<Record<string, unknown>>().notNull(),
    message: text().notNull(),
    /** Findings with the same cause are grouped for display. */
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
