import type { TransactionSql } from 'postgres';

/**
 * Audits what an import wrote at the destination, item by item, under whoever started it. A client found by the
 * customer's id was mapped, not written.
 */
export async function recordWrites(tx: TransactionSql, importId: string, itemIds: string[]): Promise<void> {
  await tx`
    insert into audit (actor_kind, actor_name, actor_id, action, target_kind, target_id, integration_id, import_id, item_id, before, after)
    select coalesce(m.started_by ->> 'kind', 'system'), coalesce(m.started_by ->> 'name', 'Tributary'), m.started_by ->> 'id',
      case when i.rule = 'known_by_id' then 'mapping.set' else e.entity || '.' || i.action end,
      case when i.rule = 'known_by_id' then 'customer' else e.entity end,
      case when i.rule = 'known_by_id' then i.external_id else coalesce(i.record_id, i.external_id) end,
      m.integration_id, m.id, i.id, i.before, i.after
    from items i join imports m on m.id = i.import_id
    cross join lateral (select case m.kind when 'customers' then 'client' else 'licence' end as entity) e
    where m.id = ${importId} and i.id in (select jsonb_array_elements_text(${JSON.stringify(itemIds)}::text::jsonb)::uuid)
    order by i.seq`;
}
