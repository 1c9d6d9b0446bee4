import type { Sql } from 'postgres';
import { v7 as uuid } from 'uuid';
import type { ImportKind, MirrorKind } from '../../domain/kinds.ts';
import { recordWrites } from '../audit/outside-writes.ts';
import { ledgerRow } from '../ledger/rows.ts';
import { writeRows } from '../ledger/upsert.ts';
import { planScope } from '../planner/scope.ts';
import { bulkTransaction } from '../sql.ts';
import { itemEvents } from './progress.ts';
import { itemColumns, type PlannedItem } from './writes.ts';

export interface Duplicate {
  externalId: string;
  older: string;
  newer: string;
  clientId: string;
  /** The distributor's id of the record. */
  name: string | null;
}

/** Items of this import that may exist twice: sent again after a request without an answer, which may have arrived late. */
export const sentTwice = (sql: Sql, importId: string) => sql<PlannedItem[]>`
  select ${itemColumns(sql)} from items i where import_id = ${importId} and id in (
    select jsonb_array_elements_text(item_ids)::uuid from writes where import_id = ${importId} and action = 'create'
      and state = 'retried' and (message like 'dropped:%' or message like 'timeout:%'))`;

/** Stores a destination's records that were read outside a listing. */
export async function mirror(
  { sql, destinationId }: { sql: Sql; destinationId: string },
  records: Partial<Record<MirrorKind, { id: string }[]>>,
): Promise<void> {
  await sql.begin(async (tx) => {
    for (const [kind, rows] of Object.entries(records) as [MirrorKind, { id: string }[]][])
      await writeRows(
        tx,
        destinationId,
        kind,
        rows.map((row) => ledgerRow(kind, row)),
      );
  });
}

/**
 * Whether somebody else may have created a record with an id of ours: a licence of this distributor with a link not
 * read yet, or a new client with the name of a mapped one. Records in a baseline do not count.
 */
export async function unlinkedCandidates(
  sql: Sql,
  importId: string,
  names: Record<string, string>,
): Promise<boolean> {
  const { integrationId, destinationId, distributorName } = await planScope(sql, importId, names);
  const rows = await bulkTransaction(
    sql,
    (tx) => tx`
    select 1 from licences l where l.connection_id = ${destinationId} and l.active and not l.deleted
      and l.distributor = ${distributorName} and l.link_id is not null
      and not exists (select 1 from links k where k.connection_id = l.connection_id and k.id = l.link_id)
      and not exists (select 1 from baselines b where b.integration_id = ${integrationId} and b.entity = 'licence' and b.record_id = l.id)
    union all
    select 1 from clients c join imports i on i.id = ${importId} and i.kind = 'customers' and c.valid_from >= i.started_at
      join clients o on o.connection_id = c.connection_id and o.match_key = c.match_key and o.id <> c.id
      join mappings m on m.integration_id = ${integrationId} and m.client_id = o.id
    where c.connection_id = ${destinationId} and not c.inactive
      and not exists (select 1 from mappings t where t.integration_id = ${integrationId} and t.client_id = c.id)
    limit 1`,
  );
  return rows.length > 0;
}

/** Active records at the destination that carry the same id of this integration's distributor, as last read. */
export async function findDuplicates(
  sql: Sql,
  importId: string,
  kind: ImportKind,
  names: Record<string, string>,
): Promise<Duplicate[]> {
  const scope = await planScope(sql, importId, names);
  const type = kind === 'customers' ? scope.customerLinkType : scope.subscriptionLinkType;
  return await bulkTransaction(sql, async (tx) => {
    const rows =
      kind === 'customers'
        ? tx`select k.third_party_id as id, c.id as record_id, c.id as client_id from links k
          join clients c on c.connection_id = k.connection_id and c.id = k.record_id and not c.inactive
          where k.connection_id = ${scope.destinationId} and k.third_party_type = ${type}`
        : tx`select k.third_party_id as id, l.id as record_id, l.client_id from links k
          join licences l on l.connection_id = k.connection_id and l.id = k.record_id and l.active and not l.deleted
          where k.connection_id = ${scope.destinationId} and k.third_party_type = ${type}`;
    return await tx<Duplicate[]>`
    -- A record that we wrote for another id is that one's, whatever a link says now; without its client it is not judged.
    with standing as (
      select distinct on (id, record_id) * from (${rows}) r
      where client_id <> '' and not exists (
        select 1 from baselines b where b.integration_id = ${scope.integrationId}
          and b.entity = ${kind === 'customers' ? 'client' : 'licence'} and b.record_id = r.record_id and b.external_id <> r.id)
    ),
    ranked as (
      select *, row_number() over w as n, first_value(record_id) over w as older from standing
      window w as (partition by id order by length(record_id), record_id)
    )
    select r.id as "externalId", r.older, r.record_id as newer, r.client_id as "clientId", s.name from ranked r
      left join ${tx(kind)} s on s.connection_id = ${scope.sourceId} and s.id = r.id where n > 1
      and not exists (select 1 from customer_modes m where m.integration_id = ${scope.integrationId}
        and m.customer_id = ${kind === 'customers' ? tx`r.id` : tx`s.customer_id`})`;
  });
}

interface Fold {
  itemId: string;
  writeId: string;
}

/** Stores an item and an intent, as for every outside write; those of an interrupted search are reused. */
export async function intendDeactivation(
  sql: Sql,
  { importId, kind, ...double }: Duplicate & { importId: string; kind: ImportKind },
): Promise<Fold> {
  const [cut] = await sql<Fold[]>`
    select id as "itemId", write_id as "writeId" from items
    where import_id = ${importId} and rule = 'double' and record_id = ${double.newer} and outcome = 'planned'`;
  if (cut) return cut;
  const fold = { itemId: uuid(), writeId: uuid() };
  const [before, after] =
    kind === 'customers'
      ? [{ inactive: false }, { inactive: true }]
      : [{ active: true }, { active: false, status: 'cancelled' }];
  await sql.begin(async (tx) => {
    await tx`insert into items (id, import_id, seq, action, external_id, record_id, client_id, rule, before, after, outcome, message, write_id)
      select ${fold.itemId}, ${importId}, coalesce(max(seq), 0) + 1, 'deactivate', ${double.externalId}, ${double.newer}, ${double.clientId},
        'double', ${tx.json(before)}, ${tx.json(after)}, 'planned', ${`The older record is ${double.older}.`}, ${fold.writeId}
      from items where import_id = ${importId}`;
    await tx`insert into writes (id, import_id, entity, action, item_ids, state)
      values (${fold.writeId}, ${importId}, ${kind === 'customers' ? 'client' : 'licence'}, 'deactivate', ${tx.json([fold.itemId])}, 'intended')`;
  });
  return fold;
}

/** The newer one is now inactive; mapping and baseline point to the older one. */
export async function settleDuplicate(
  sql: Sql,
  double: Duplicate &
    Fold & {
      importId: string;
      integrationId: string;
      destinationId: string;
      kind: ImportKind;
    },
): Promise<void> {
  const { integrationId, destinationId, externalId, older, newer } = double;
  await sql.begin(async (tx) => {
    if (double.kind === 'customers') {
      await tx`update clients set inactive = true where connection_id = ${destinationId} and id = ${newer}`;
      await tx`update mappings set client_id = ${older} where integration_id = ${integrationId} and customer_id = ${externalId} and client_id = ${newer}`;
    } else {
      await tx`update licences set active = false, fields = fields || '{"active": false}' where connection_id = ${destinationId} and id = ${newer}`;
    }
    await tx`update baselines set record_id = ${older}, returned_hash = null
      where integration_id = ${integrationId} and external_id = ${externalId} and record_id = ${newer}
        and entity = ${double.kind === 'customers' ? 'client' : 'licence'}`;
    await tx`update items set outcome = 'applied' where id = ${double.itemId}`;
    await tx`update writes set state = 'confirmed', ended_at = now() where id = ${double.writeId}`;
    await itemEvents(tx, double.importId, [double.itemId]);
    await recordWrites(tx, double.importId, [double.itemId]);
  });
}
