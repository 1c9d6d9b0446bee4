import type { Sql } from 'postgres';
import { planScope } from './plan.ts';

export interface Double {
  externalId: string;
  elder: string;
  younger: string;
  clientId: string;
}

/** Active rows at the destination that carry the same id of this integration's distributor, as last read. */
export async function doubles(
  sql: Sql,
  importId: string,
  kind: 'customers' | 'subscriptions',
  names: Record<string, string>,
): Promise<Double[]> {
  const scope = await planScope(sql, importId, names);
  const type = kind === 'customers' ? scope.customerLinkType : scope.subscriptionLinkType;
  const rows =
    kind === 'customers'
      ? sql`select k.third_party_id as id, c.id as record_id, c.id as client_id from links k
          join clients c on c.connection_id = k.connection_id and c.id = k.record_id and not c.inactive
          where k.connection_id = ${scope.destinationId} and k.third_party_type = ${type}`
      : sql`select k.third_party_id as id, l.id as record_id, l.client_id from links k
          join licences l on l.connection_id = k.connection_id and l.id = k.record_id and l.active and not l.deleted
          where k.connection_id = ${scope.destinationId} and k.third_party_type = ${type}`;
  return await sql<Double[]>`
    with standing as (select distinct on (id, record_id) * from (${rows}) r),
    ranked as (
      select *, row_number() over w as n, first_value(record_id) over w as elder from standing
      window w as (partition by id order by length(record_id), record_id)
    )
    select id as "externalId", elder, record_id as younger, client_id as "clientId" from ranked where n > 1`;
}

/** The younger is inactive now; what we remember points at the elder. */
export async function foldDouble(
  sql: Sql,
  double: Double & { integrationId: string; destinationId: string; kind: 'customers' | 'subscriptions' },
): Promise<void> {
  const { integrationId, destinationId, externalId, elder, younger } = double;
  await sql.begin(async (tx) => {
    if (double.kind === 'customers') {
      await tx`update clients set inactive = true where connection_id = ${destinationId} and id = ${younger}`;
      await tx`update mappings set client_id = ${elder} where integration_id = ${integrationId} and customer_id = ${externalId} and client_id = ${younger}`;
    } else {
      await tx`update licences set active = false, fields = fields || '{"active": false}' where connection_id = ${destinationId} and id = ${younger}`;
    }
    await tx`update baselines set record_id = ${elder}, returned_hash = null
      where integration_id = ${integrationId} and external_id = ${externalId} and record_id = ${younger}
        and entity = ${double.kind === 'customers' ? 'client' : 'licence'}`;
  });
}
