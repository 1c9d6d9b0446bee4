import type { TransactionSql } from 'postgres';
import { findingKey } from '../../domain/findings/finding.ts';
import { matchKey } from '../../domain/names.ts';
import { indexed } from '../ledger/rows.ts';
import type { PlannedItem, Target } from './writes.ts';

/**
 * Prevents duplicates across imports: claims what is about to be created at a destination, a client by its name, a
 * licence by its distributor's id. Plans can be outdated: imports of other integrations, or over another connection to
 * the same destination, may create the same record. The claim is taken with the intent and only one import gets it.
 *
 * A claim holds while its write is open, and against other imports that started before it was confirmed, because their plans
 * do not show the record. Later imports see the record and may take the claim over. If a record could not be found
 * again, its claim is held until a person has decided.
 */
export type Entity = 'client' | 'licence';

const keyOf = (entity: Entity, item: PlannedItem, type: string) =>
  entity === 'client' ? indexed(matchKey(item.name)) : indexed(`${type} ${item.externalId}`);

/** Claims these items for a write; returns those claimed by another import. */
export async function claim(
  tx: TransactionSql,
  { importId, destinationId }: Pick<Target, 'importId' | 'destinationId'>,
  write: { id: string; entity: Entity; type: string },
  items: PlannedItem[],
): Promise<PlannedItem[]> {
  const keys = items.map((item) => keyOf(write.entity, item, write.type));
  const json = JSON.stringify(keys);
  const ours = tx`c.entity = ${write.entity} and c.key in (select jsonb_array_elements_text(${json}::text::jsonb))
    and c.destination = (select ${place(tx)} from connections d where d.id = ${destinationId})`;
  // Ordered by key, so that two imports claiming the same cannot deadlock.
  await tx`
    insert into claims (destination, entity, key, write_id)
    select ${place(tx)}, ${write.entity}, k.key, ${write.id}
    from connections d, (select distinct jsonb_array_elements_text(${json}::text::jsonb) as key) k
    where d.id = ${destinationId} order by k.key
    on conflict do nothing`;
  // Lock before checking: a statement does not see what was committed while it waited.
  await tx`select 1 from claims c where ${ours} order by c.key for update`;
  await tx`
    update claims c set write_id = ${write.id} where ${ours} and c.write_id <> ${write.id} and not exists (
      select 1 from writes w join imports i on i.id = ${importId} where w.id = c.write_id and (
        w.state in ('intended', 'ambiguous') and w.begun_at > now() - interval '1 day'
        or w.import_id <> i.id and w.state = 'confirmed' and w.ended_at >= i.started_at
        or w.import_id <> i.id and w.state = 'retried' and exists (select 1 from items t join imports o on o.id = t.import_id
          join findings f on f.key = ${findingKey('ambiguous-write', '')} || o.integration_id || ':' || t.external_id
          where t.write_id = w.id and t.outcome = 'held' and f.state <> 'resolved')))`;
  const claimed = await tx<
    { key: string }[]
  >`select c.key from claims c where ${ours} and c.write_id = ${write.id}`;
  const held = new Set(claimed.map(({ key }) => key));
  return items.filter((_, n) => !held.has(keys[n]!));
}

/** Host and tenant: equal for all connections to one destination. */
const place = (tx: TransactionSql) =>
  tx`lower(d.settings ->> 'baseUrl') || '|' || lower(coalesce(d.settings ->> 'tenant', ''))`;
