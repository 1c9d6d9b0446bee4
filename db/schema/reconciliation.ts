import { jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { instant, now } from './columns.ts';
import { integrations } from './integrations.ts';

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
