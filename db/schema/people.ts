import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, now } from './columns.ts';
import { connections } from './connections.ts';

/** People of a phone system, to be matched with the agents of a destination. */
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

/** The agent of a person, by both ids, so that renames on either side do not matter. */
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
