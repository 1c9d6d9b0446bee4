import type { Sql } from 'postgres';
import { itemColumns, maximumTries, type PlannedItem } from './writes.ts';

/** A planned item whose writes had no effect, one time after another. */
export interface Stuck {
  item: PlannedItem;
  /** Why the last of them had none. */
  message: string | null;
  /** Another write of this import succeeded between its tries … */
  othersWorked: boolean;
  /** … or since the last of them. */
  worksAgain: boolean;
  /** A write of it is not settled yet. */
  open: boolean;
  /** Milliseconds since its first try or, if later, the last success of this import. */
  quietMs: number;
}

/** The planned items tried that often, least recently tried first. */
export async function stuckItems(sql: Sql, importId: string): Promise<Stuck[]> {
  const rows = await sql<(PlannedItem & Omit<Stuck, 'item'>)[]>`
    with tried as (
      select i.id, min(w.begun_at) as first, max(w.begun_at) as last
      from items i join writes w on w.import_id = i.import_id and w.state = 'retried' and w.read_backs > 0 and w.item_ids ? i.id::text
      where i.import_id = ${importId} and i.outcome = 'planned' and i.write_id is not null
      group by i.id having count(*) >= ${maximumTries}
    ), worked as (select ended_at as at from writes where import_id = ${importId} and state = 'confirmed')
    select ${itemColumns(sql)}, w.message, w.state in ('intended', 'ambiguous') as open,
      exists (select 1 from worked where at between t.first and t.last) as "othersWorked",
      exists (select 1 from worked where at > t.last) as "worksAgain",
      extract(epoch from clock_timestamp() - greatest(t.first, (select max(at) from worked)))::float8 * 1000 as "quietMs"
    from tried t join items i on i.id = t.id join writes w on w.id = i.write_id order by t.last, i.seq`;
  return rows.map(({ message, othersWorked, worksAgain, open, quietMs, ...item }) => ({
    item, message, othersWorked, worksAgain, open, quietMs,
  })); // biome-ignore format: one record
}

/** How many items of this import failed because their writes had no effect. */
export async function countFailedInVain(sql: Sql, importId: string): Promise<number> {
  const [row] = await sql<{ failed: number }[]>`
    select count(*)::int as failed from items where import_id = ${importId} and outcome = 'failed' and write_id in
      (select id from writes where import_id = ${importId} and state = 'retried')`;
  return row!.failed;
}
