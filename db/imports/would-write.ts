import type { ImportKind, ImportMode } from '../../domain/kinds.ts';
import type { Database } from '../client.ts';

/** What the newest plan of a kind, for all customers and not written, would do. */
export interface WouldWrite {
  kind: ImportKind;
  importId: string;
  mode: Exclude<ImportMode, 'apply'>;
  finishedAt: Date;
  created: number;
  updated: number;
  deactivated: number;
  held: number;
}

export async function wouldWrite({ sql }: Database, integrationId: string): Promise<WouldWrite[]> {
  return await sql<WouldWrite[]>`
    select distinct on (kind) kind, id as "importId", mode, finished_at as "finishedAt",
      (counts ->> 'created')::int as created, (counts ->> 'updated')::int as updated,
      (counts ->> 'deactivated')::int as deactivated, (counts ->> 'held')::int as held
    from imports
    where integration_id = ${integrationId} and mode in ('preview', 'observe') and customer_ids is null
      and state in ('completed', 'completed_with_errors', 'incomplete')
    order by kind, started_at desc`;
}
