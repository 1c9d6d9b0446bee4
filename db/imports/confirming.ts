import type { Sql } from 'postgres';
import type { Licence } from '../../domain/licence.ts';
import { adoptions } from '../../domain/rules.ts';
import { recordWrites } from '../audit/outside-writes.ts';
import { ledgerRow } from '../ledger/rows.ts';
import { writeRows } from '../ledger/upsert.ts';
import { itemEvents } from './progress.ts';
import type { PlannedItem, Target } from './writes.ts';

/** The outcome of a write that the destination confirmed. */

export interface Confirmed {
  item: PlannedItem;
  /** The row the destination returned; null if it returned none. */
  licence: Licence | null;
}

/**
 * Confirms written licences: their rows, what was sent and what was returned become the baseline. A field of the
 * destination's that was not written keeps its baseline, so that an edit is still recognised.
 */
export async function confirmLicences(sql: Sql, target: Target, done: Confirmed[]): Promise<void> {
  if (done.length === 0) return;
  const mirrors = done.map(({ licence }) => licence && ledgerRow('licences', licence));
  const rows = done.map(({ item, licence }, i) => {
    const mirror = mirrors[i];
    return {
      item: item.id, external_id: item.externalId, record_id: licence?.id ?? item.recordId, created: item.action === 'create',
      adopted: adoptions.includes(item.rule), sent: item.after, returned: mirror && JSON.parse(mirror.columns).fields, hash: mirror?.hash ?? null,
      // An ended licence stays ended, whether or not it was active before.
      active: item.action === 'deactivate' ? false : (item.after.active ?? null),
    }; // biome-ignore format: a row
  });
  await sql.begin(async (tx) => {
    await writeRows(
      tx,
      target.destinationId,
      'licences',
      mirrors.filter((mirror) => mirror !== null),
    );
    await tx`
      with done as (
        -- A row listed anew since this import's listing is not what was written: the next plan looks at it.
        select d.*, case when s.valid_from <= c.finished_at then s.hash || ${target.optionsKey} end as source_hash,
          pick_keys(licence_wanted.wanted, '{name,unitPrice}') as their_wanted
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
          as d(item uuid, external_id text, record_id text, created boolean, adopted boolean, sent jsonb, returned jsonb, hash text, active boolean)
        join imports i on i.id = ${target.importId}
        join integrations n on n.id = i.integration_id
        left join collections c on c.id = i.collection_id
        left join subscriptions s on s.connection_id = n.source_id and s.id = d.external_id
        left join lateral (select subscription_to_licence(s, '', n.options ->> 'timeZone', n.options ->> 'currency') as wanted) licence_wanted on s.id is not null
      ), kept as (
        -- What a person changed and we left alone.
        select d.item, f.field, coalesce(b.returned, d.their_wanted) -> f.field as value
        from done d
        left join baselines b on b.integration_id = ${target.integrationId} and b.entity = 'licence' and b.external_id = d.external_id
        cross join (
          select * from (values ('name'), ('unitPrice')) f(field)
          union select r ->> 'field' from integrations n, jsonb_array_elements(coalesce(n.options -> 'ownership', '[]')) r
          where n.id = ${target.integrationId} and r ->> 'owner' = 'ask'
        ) f(field)
        where not d.created and not d.sent ? f.field and (b.returned is not null or d.adopted)
          and coalesce(b.returned, d.their_wanted) ? f.field
          and comparable(f.field, coalesce(b.returned, d.their_wanted) ->> f.field) is distinct from comparable(f.field, d.returned ->> f.field)
      )
      insert into baselines as b (integration_id, entity, external_id, record_id, source_hash, sent, returned, returned_hash, active, created_by_us, import_id)
      select ${target.integrationId}, 'licence', d.external_id, d.record_id, d.source_hash,
        case when d.adopted then d.returned || coalesce(d.their_wanted, '{}') || d.sent else d.sent end,
        case when d.returned is not null then d.returned || coalesce((select jsonb_object_agg(k.field, k.value) from kept k where k.item = d.item), '{}') end,
        case when not exists (select 1 from kept k where k.item = d.item) then d.hash end,
        coalesce(d.active, (select o.active from baselines o where o.integration_id = ${target.integrationId}
          and o.entity = 'licence' and o.external_id = d.external_id), true), d.created, ${target.importId}
      from done d
      on conflict (integration_id, entity, external_id) do update set
        record_id = excluded.record_id, source_hash = excluded.source_hash, sent = b.sent || excluded.sent,
        returned = excluded.returned, returned_hash = excluded.returned_hash,
        active = excluded.active, created_by_us = b.created_by_us or excluded.created_by_us,
        import_id = excluded.import_id, updated_at = now()`;
    await tx`
      update items i set outcome = 'applied', record_id = d.record_id
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as d(item uuid, record_id text) where i.id = d.item`;
    await tx`
      delete from decisions d using items i
      where i.id in (select jsonb_array_elements_text(${JSON.stringify(rows.map((row) => row.item))}::text::jsonb)::uuid)
        and d.integration_id = ${target.integrationId} and d.entity = 'subscription' and d.external_id = i.external_id
        and d.decision in ('approve', 'adopt', 'deactivate', 'takeOurs')`;
    const ids = rows.map((row) => row.item);
    await itemEvents(tx, target.importId, ids);
    await recordWrites(tx, target.importId, ids);
  });
}

/** Confirms a client as created or found: maps it, mirrors it and stores its baseline. `origin` is the mapping's. */
export async function confirmClient(
  sql: Sql,
  target: Target,
  item: PlannedItem,
  client: {
    id: string;
    name: string;
    inactive: boolean;
    topLevelId: string | null;
    mainSiteId: string | null;
  },
  origin: 'created' | 'uid',
): Promise<void> {
  await sql.begin(async (tx) => {
    await writeRows(tx, target.destinationId, 'clients', [ledgerRow('clients', client)]);
    await tx`
      insert into mappings (integration_id, customer_id, client_id, origin, created_by)
      select ${target.integrationId}, ${item.externalId}, ${client.id}, ${origin}, started_by from imports where id = ${target.importId}
      on conflict (integration_id, customer_id) do update
        set client_id = excluded.client_id, origin = excluded.origin, created_by = excluded.created_by, batch_id = null`;
    if (origin === 'created') {
      await tx`
        insert into baselines (integration_id, entity, external_id, record_id, sent, created_by_us, import_id)
        values (${target.integrationId}, 'client', ${item.externalId}, ${client.id}, ${tx.json(item.after as never)}, true, ${target.importId})
        on conflict (integration_id, entity, external_id) do update set
          record_id = excluded.record_id, sent = excluded.sent, created_by_us = true, updated_at = now()`;
    }
    await tx`update items set outcome = 'applied', record_id = ${client.id}, client_id = ${client.id} where id = ${item.id}`;
    await itemEvents(tx, target.importId, [item.id]);
    await recordWrites(tx, target.importId, [item.id]);
  });
}

/** Stores the written address as the baseline. */
export async function confirmAddress(sql: Sql, target: Target, item: PlannedItem): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update baselines set sent = sent || ${tx.json(item.after as never)}, updated_at = now()
      where integration_id = ${target.integrationId} and entity = 'client' and external_id = ${item.externalId}`;
    await tx`update items set outcome = 'applied' where id = ${item.id}`;
    await itemEvents(tx, target.importId, [item.id]);
    await recordWrites(tx, target.importId, [item.id]);
  });
}
