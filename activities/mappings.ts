import type { Deps } from './deps.ts';

export interface Generated {
  generated: number;
  ambiguous: number;
  unmatched: number;
}

export function mappingActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** What *generate* needs to know first. The ledger is stale after an hour. */
    async mappingSources({ integrationId }: { integrationId: string }) {
      const [row] = await sql<
        {
          sourceId: string;
          sourceKind: string;
          destinationId: string;
          destinationKind: string;
          stale: boolean;
        }[]
      >`
        select n.source_id as "sourceId", s.kind as "sourceKind", n.destination_id as "destinationId", d.kind as "destinationKind",
          not exists (select 1 from collections c where c.connection_id = n.source_id and c.kind = 'customers'
            and c.customer_ids is null and c.state in ('complete', 'incomplete') and c.finished_at > now() - interval '1 hour') as stale
        from integrations n join connections s on s.id = n.source_id join connections d on d.id = n.destination_id
        where n.id = ${integrationId}`;
      return row!;
    },

    /**
     * Maps customers to active clients of exactly the same name, where the name is one customer's and one client's
     * and neither is mapped. Touches no mapping there is.
     */
    async generateMappings({ integrationId }: { integrationId: string }): Promise<Generated> {
      const [row] = await sql<Generated[]>`
        with open as (
          select c.id, c.name, count(*) over (partition by c.name) as namesakes
          from integrations n join customers c on c.connection_id = n.source_id and not c.own and c.status = 'active'
          where n.id = ${integrationId}
            and not exists (select 1 from mappings m where m.integration_id = n.id and m.customer_id = c.id)
        ), offered as (
          select l.name, count(*) as namesakes, min(l.id) as client_id,
            bool_or(exists (select 1 from mappings m where m.integration_id = ${integrationId} and m.client_id = l.id)) as taken
          from integrations n join clients l on l.connection_id = n.destination_id and not l.inactive
          where n.id = ${integrationId} group by l.name
        ), met as (
          select o.id, f.client_id, f.name is null or (f.namesakes = 1 and f.taken) as unmatched,
            o.namesakes > 1 or f.namesakes > 1 as ambiguous
          from open o left join offered f on f.name = o.name
        ), made as (
          insert into mappings (integration_id, customer_id, client_id, origin)
          select ${integrationId}, id, client_id, 'generated' from met where not unmatched and not ambiguous
          on conflict do nothing returning 1
        )
        select (select count(*) from made)::int as generated,
          count(*) filter (where ambiguous and not unmatched)::int as ambiguous,
          count(*) filter (where unmatched)::int as unmatched from met`;
      return row!;
    },
  };
}
