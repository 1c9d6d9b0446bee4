import type { Sql } from 'postgres';
import type { Licence, LicenceFields } from '../../domain/licence.ts';
import { inIds } from '../sql.ts';
import { itemIds, type PlannedItem, type Target } from './writes.ts';

/** What is known of the records that an import's items are about. */

/**
 * Returns which of these licences no ambiguous write of this import can have created: listed before its first write, or
 * known as the licence of a subscription.
 */
export async function knownLicences(
  sql: Sql,
  { importId, destinationId }: Pick<Target, 'importId' | 'destinationId'>,
  ids: string[],
): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select id from licences where connection_id = ${destinationId} and id in ${inIds(sql, ids)}
      and valid_from < (select min(begun_at) from writes where import_id = ${importId})
    union all
    select b.record_id from baselines b join integrations n on n.id = b.integration_id and n.destination_id = ${destinationId}
    where b.entity = 'licence' and b.record_id in ${inIds(sql, ids)}`;
  return new Set(rows.map(({ id }) => id));
}

/**
 * Returns the greatest id of a licence that existed at the destination before any of these items was first written;
 * whatever was created for them has a greater one. null if none is known.
 */
export async function newestBefore(
  sql: Sql,
  { importId, destinationId }: Pick<Target, 'importId' | 'destinationId'>,
  items: PlannedItem[],
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from licences where connection_id = ${destinationId} and valid_from < (
      select min(begun_at) from writes where import_id = ${importId} and item_ids ?| array(
        select jsonb_array_elements_text(${JSON.stringify(itemIds(items))}::text::jsonb)))
    order by length(id) desc, id desc limit 1`;
  return row?.id ?? null;
}

/** Licences as last read. */
export async function mirroredLicences(sql: Sql, connectionId: string, ids: string[]): Promise<Licence[]> {
  const rows = await sql<(Omit<Licence, keyof LicenceFields | 'marker'> & { fields: LicenceFields })[]>`
    select id, client_id as "clientId", link_id as "linkId", deleted, unreadable, fields from licences
    where connection_id = ${connectionId} and id in ${inIds(sql, ids)}`;
  return rows.map(({ fields, ...row }) => ({ ...fields, ...row, marker: null }));
}

/** The names of the items' customers and clients. */
export async function namesOf(
  sql: Sql,
  { integrationId }: Pick<Target, 'integrationId'>,
  items: PlannedItem[],
): Promise<(item: PlannedItem) => { customerName: string | null; clientName: string | null }> {
  const rows = await sql<{ what: string; id: string; name: string }[]>`
    select 'customer' as what, c.id, c.name from customers c join integrations n on n.id = ${integrationId} and n.source_id = c.connection_id
      where c.id in (select jsonb_array_elements_text(${JSON.stringify(items.map((item) => item.customerId))}::text::jsonb))
    union all
    select 'client', c.id, c.name from clients c join integrations n on n.id = ${integrationId} and n.destination_id = c.connection_id
      where c.id in (select jsonb_array_elements_text(${JSON.stringify(items.map((item) => item.clientId))}::text::jsonb))`;
  const names = new Map(rows.map(({ what, id, name }) => [`${what} ${id}`, name]));
  return ({ customerId, clientId }) => ({
    customerName: names.get(`customer ${customerId}`) ?? null,
    clientName: names.get(`client ${clientId}`) ?? null,
  });
}
