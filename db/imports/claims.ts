import type { TransactionSql } from 'postgres';
import { findingKey } from '../../domain/findings/finding.ts';
import { matchKey } from '../../domain/names.ts';
import { indexed } from '../ledger/rows.ts';
import type { PlannedItem, Target } from './writes.ts';

/**
 * What is about to be created at a destination, by what would make it a double: a client by its name, a licence by its
 * distributor's id. A plan is made from what the destination held a moment ago, and imports of other integrations, or
 * over another connection, may be creating the same: the claim, taken together with the intent, lets one of them.
 *
 * A claim holds while its write is open, and against imports that began before it was confirmed: what they plan from
 * does not show the record. Those that begin later see it and may take the claim over. One that nobody could find again
 * is held until a person has looked.
 */
export type Entity = 'client' | 'licence';

const keyOf = (entity: Entity, item: PlannedItem, type: string) =>
  entity === 'client' ? indexed(matchKey(item.name)) : indexed(`${type} ${item.externalId}`);

/** Claims these items for a write; answers those that another import has. */
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
  // In the order of keys, so that two imports that want the same wait for each other and not in a ring.
  await tx`
    insert into claims (destination, entity, key, write_id)
    select ${place(tx)}, ${write.entity}, k.key, ${write.id}
    from connections d, (select distinct jsonb_array_elements_text(${json}::text::jsonb) as key) k
    where d.id = ${destinationId} order by k.key
    on conflict do nothing`;
  // Locked before they are judged: a statement does not see what was committed while it waited.
  await tx`select 1 from claims c where ${ours} order by c.key for update`;
  await tx`
    update claims c set write_id = ${write.id} where ${ours} and c.write_id <> ${write.id} and not exists (
      select 1 from writes w join imports i on i.id = ${importId} where w.id = c.write_id and w.import_id <> i.id and (
        w.state in ('intended', 'ambiguous') and w.begun_at > now() - interval '1 day'
        or w.state = 'confirmed' and w.ended_at >= i.started_at
        or w.state = 'retried' and exists (select 1 from items t join imports o on o.id = t.import_id
          join findings f on f.key = ${findingKey('ambiguous-write', '')} || o.integration_id || ':' || t.external_id
          where t.write_id = w.id and t.outcome = 'held' and f.state <> 'resolved')))`;
  const claimed = await tx<
    { key: string }[]
  >`select c.key from claims c where ${ours} and c.write_id = ${write.id}`;
  const held = new Set(claimed.map(({ key }) => key));
  return items.filter((_, n) => !held.has(keys[n]!));
}

/** Host and tenant: what several connections to one destination have in common. */
const place = (tx: TransactionSql) =>
  tx`lower(d.settings ->> 'baseUrl') || '|' || lower(coalesce(d.settings ->> 'tenant', ''))`;
