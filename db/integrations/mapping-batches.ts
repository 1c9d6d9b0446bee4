import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Sql } from '../client.ts';

/** Mappings that are made together and can be undone together. */
export interface WantedMapping {
  customerId: string;
  /** null: the next customer import creates the client. */
  clientId: string | null;
}

/** Only those that differ from the current mappings. */
export interface MappingDifference extends WantedMapping {
  customerName: string | null;
  clientName: string | null;
  /** undefined if it is not mapped. */
  before: { clientId: string | null } | null;
  /** Why it cannot be mapped: unknown customer or client, or the client belongs to another customer. */
  problem: 'customer-unknown' | 'client-unknown' | 'client-taken' | null;
  takenBy: string | null;
}

export async function mappingDifferences(
  sql: Sql,
  {
    integrationId,
    sourceId,
    destinationId,
  }: { integrationId: string; sourceId: string; destinationId: string },
  wanted: WantedMapping[],
): Promise<MappingDifference[]> {
  return await sql<MappingDifference[]>`
    with wanted as (
      select r."customerId" as id, r."clientId" as client_id, place from rows from (
        jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as ("customerId" text, "clientId" text)) with ordinality as r("customerId", "clientId", place)
    ), met as (
      select w.*, c.name as customer_name, d.name as client_name, m.customer_id is not null as mapped, m.client_id as mapped_to,
        c.id is null as customer_unknown, w.client_id is not null and d.id is null as client_unknown, t.customer_id as taken_by
      from wanted w
      left join customers c on c.connection_id = ${sourceId} and c.id = w.id
      left join clients d on d.connection_id = ${destinationId} and d.id = w.client_id
      left join mappings m on m.integration_id = ${integrationId} and m.customer_id = w.id
      left join mappings t on t.integration_id = ${integrationId} and t.client_id = w.client_id and t.customer_id <> w.id
        -- One that is mapped elsewhere by the same list leaves its client free.
        and not exists (select 1 from wanted o where o.id = t.customer_id and o.client_id is distinct from t.client_id)
    )
    select id as "customerId", client_id as "clientId", customer_name as "customerName", client_name as "clientName",
      case when mapped then jsonb_build_object('clientId', mapped_to) end as before, taken_by as "takenBy",
      case when customer_unknown then 'customer-unknown' when client_unknown then 'client-unknown' when taken_by is not null then 'client-taken' end as problem
    from met where not mapped or mapped_to is distinct from client_id or customer_unknown or client_unknown
    order by place`;
}

/** Makes all of them or none. Returns the batch; null if somebody changed one of them since it was compared. */
export async function putMappings(
  sql: Sql,
  integrationId: string,
  differences: MappingDifference[],
  by: Actor,
): Promise<string | null> {
  const batchId = uuid();
  const told = JSON.stringify(differences);
  const kept = differences.filter(({ before }) => before !== null).length;
  const outcome = sql.begin(async (tx) => {
    // Frees clients first that change customers within the list.
    const freed = await tx`
      delete from mappings m using jsonb_to_recordset(${told}::text::jsonb) as r("customerId" text, before jsonb)
      where m.integration_id = ${integrationId} and m.customer_id = r."customerId"
        and jsonb_typeof(r.before) = 'object' and m.client_id is not distinct from r.before ->> 'clientId'`;
    const made = await tx`
      insert into mappings (integration_id, customer_id, client_id, origin, created_by, batch_id)
      select ${integrationId}, r."customerId", r."clientId", 'manual', ${tx.json({ ...by })}, ${batchId}
      from jsonb_to_recordset(${told}::text::jsonb) as r("customerId" text, "clientId" text)
      on conflict do nothing`;
    if (freed.count !== kept || made.count !== differences.length) throw new ChangedMeanwhile();
    await record(tx, by, ...differences.map(({ customerId, clientId, before }) => ({
      action: 'mapping.set', target: ['customer', customerId] as const, integrationId, before, after: { clientId, batchId },
    }))); // biome-ignore format: a row
    return batchId;
  });
  return await outcome.catch((error: unknown) => {
    if (error instanceof ChangedMeanwhile) return null;
    throw error;
  });
}

/** Ends the transaction without a trace. */
class ChangedMeanwhile extends Error {}

/**
 * Undoes what a batch did and nobody changed since: restores earlier mappings, unless their client now belongs to
 * another customer. Returns how many; null if there is no such batch.
 */
export async function undoMappings(
  sql: Sql,
  integrationId: string,
  batchId: string,
  by: Actor,
): Promise<number | null> {
  return await sql.begin(async (tx) => {
    const undone = await tx<{ customerId: string; clientId: string | null }[]>`
      delete from mappings where integration_id = ${integrationId} and batch_id = ${batchId}
      returning customer_id as "customerId", client_id as "clientId"`;
    if (undone.length === 0) return null;
    const restored = await tx<{ customerId: string; clientId: string | null }[]>`
      insert into mappings (integration_id, customer_id, client_id, origin, created_by)
      select ${integrationId}, a.target_id, a.before ->> 'clientId', 'manual', ${tx.json({ ...by })}
      from audit a where a.integration_id = ${integrationId} and a.action = 'mapping.set' and a.after ->> 'batchId' = ${batchId} and a.before is not null
        and a.target_id in (select jsonb_array_elements_text(${JSON.stringify(undone.map((one) => one.customerId))}::text::jsonb))
      on conflict do nothing returning customer_id as "customerId", client_id as "clientId"`;
    const now = new Map(restored.map(({ customerId, clientId }) => [customerId, clientId]));
    await record(tx, by, ...undone.map(({ customerId, clientId }) => ({
      action: 'mapping.undo', target: ['customer', customerId] as const, integrationId, before: { clientId, batchId },
      after: now.has(customerId) ? { clientId: now.get(customerId)! } : null,
    }))); // biome-ignore format: a row
    return undone.length;
  });
}
