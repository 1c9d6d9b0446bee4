import { v7 as uuid } from 'uuid';
import { type Actor, bySystem } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Database } from '../client.ts';

export interface Generated {
  generated: number;
  ambiguous: number;
  unmatched: number;
  /** The batch of mappings, by which they can be undone; null if none were created. */
  batchId: string | null;
}

export interface Match {
  customerId: string;
  customerName: string;
  /** null if several customers or clients have the name. */
  clientId: string | null;
}

export interface GenerateRequest {
  integrationId: string;
  /** Only report what would be mapped. */
  preview?: boolean;
  by?: Actor;
}

/**
 * Maps customers to active clients of exactly the same name, if the name is unique on both sides and neither is mapped.
 * Existing mappings stay unchanged.
 */
export async function generateMappings(
  { sql }: Database,
  { integrationId, preview = false, by = bySystem }: GenerateRequest,
): Promise<Generated> {
  const batchId = uuid();
  return await sql.begin(async (tx) => {
    const [row] = await tx<
      (Omit<Generated, 'batchId'> & { made: { customerId: string; clientId: string }[] })[]
    >`
      with ${met(tx as never, integrationId)}, made as (
        insert into mappings (integration_id, customer_id, client_id, origin, created_by, batch_id)
        select ${integrationId}, id, client_id, 'generated', ${tx.json({ ...by })}, ${batchId}::uuid from met
        where ${!preview} and not unmatched and not ambiguous
        on conflict do nothing returning customer_id, client_id
      )
      select (case when ${preview} then count(*) filter (where not unmatched and not ambiguous) else (select count(*) from made) end)::int as generated,
        count(*) filter (where ambiguous and not unmatched)::int as ambiguous, count(*) filter (where unmatched)::int as unmatched,
        coalesce((select jsonb_agg(jsonb_build_object('customerId', customer_id, 'clientId', client_id) order by customer_id) from made), '[]') as made
      from met`;
    const { made, ...counts } = row!;
    await record(
      tx,
      by,
      ...made.map(({ customerId, clientId }) => ({
        action: 'mapping.set',
        target: ['customer', customerId] as const,
        integrationId,
        after: { clientId, origin: 'generated', batchId },
      })),
    );
    return { ...counts, batchId: made.length > 0 ? batchId : null };
  });
}

/** What *generate* would map, and the names it would skip. */
export async function matchesOf({ sql }: Database, integrationId: string): Promise<Match[]> {
  return await sql<Match[]>`
    with ${met(sql, integrationId)}
    select id as "customerId", name as "customerName", case when not ambiguous then client_id end as "clientId" from met
    where not unmatched order by name, id`;
}

const met = (sql: Database['sql'], integrationId: string) => sql`open as (
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
    select o.id, o.name, f.client_id, f.name is null or (f.namesakes = 1 and f.taken) as unmatched,
      o.namesakes > 1 or f.namesakes > 1 as ambiguous
    from open o left join offered f on f.name = o.name
  )`;
