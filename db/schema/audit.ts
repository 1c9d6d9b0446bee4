import { bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { ActorKind } from '../../domain/actor.ts';
import { instant } from './columns.ts';

/**
 * Who changed what, append-only: a trigger numbers the rows without gaps and chains each to the previous one by its
 * hash, so that a row changed, added or removed later is detected.
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
    /** Never a secret: of a changed credential only that it changed. */
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
