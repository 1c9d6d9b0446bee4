import type { Sql } from '../client.ts';
import type { IntegrationOptions, ScheduleSpec } from '../schema.ts';

/** Both sides of a reconciliation, and how reliable the data of each is. */
export interface Sides {
  integrationId: string;
  sourceId: string;
  sourceKind: string;
  /** The distributor's account as external links name it. */
  account: string;
  destinationId: string;
  options: IntegrationOptions;
  schedule: ScheduleSpec | null;
  lists: SideList[];
}

/** The newest listing of one kind that had ended at that time. */
export interface SideList {
  side: 'distributor' | 'destination';
  kind: 'customers' | 'subscriptions' | 'clients' | 'licences';
  /** null if never listed. */
  collectionId: string | null;
  state: 'complete' | 'incomplete' | 'failed' | 'cancelled' | null;
  /** The listing's data is as of its start. */
  startedAt: Date | null;
}

export async function sidesOf(sql: Sql, integrationId: string, asOf: Date | null): Promise<Sides | null> {
  const [row] = await sql<Omit<Sides, 'lists'>[]>`
    select i.id as "integrationId", i.source_id as "sourceId", s.kind as "sourceKind", coalesce(s.identity, s.id::text) as account,
      i.destination_id as "destinationId", i.options, i.schedule
    from integrations i join connections s on s.id = i.source_id where i.id = ${integrationId} and i.deleted_at is null`;
  if (!row) return null;
  // A listing of some customers tells nothing about the others, and a cancelled one nothing at all.
  const lists = await sql<SideList[]>`
    select w.side, w.kind, c.id as "collectionId", c.state, c.started_at as "startedAt"
    from (values ('distributor', 'subscriptions', ${row.sourceId}::uuid), ('destination', 'clients', ${row.destinationId}::uuid),
      ('destination', 'licences', ${row.destinationId}::uuid)) w(side, kind, connection)
    left join lateral (
      select id, state, started_at from collections
      where connection_id = w.connection and kind = w.kind and customer_ids is null
        and state in ('complete', 'incomplete', 'failed') and (${asOf}::timestamptz is null or finished_at <= ${asOf})
      order by started_at desc limit 1
    ) c on true`;
  return { ...row, lists };
}
