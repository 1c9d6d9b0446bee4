import type { Sql } from 'postgres';
import { endedStatuses } from '../../domain/subscription.ts';
import type { OpenCollection } from './collecting.ts';
import type { LedgerRow } from './rows.ts';
import { writeAllBut } from './upsert.ts';

/**
 * Ids that a listing shows more than once, such as the old term of a renewed subscription beside the new one. Which row
 * counts must not depend on the page order. A list that shifted between pages looks the same, but misses another record
 * for each repeated one.
 */

/** The repeated ids of an attempt, in order, without each id's first time: one that came three times is named twice. */
export async function repeatedIds(sql: Sql, collectionId: string, attempt: number): Promise<string[]> {
  const rows = await sql<{ id: string; times: number }[]>`
    select u.id, count(*)::int as times from collection_pages p, unnest(p.ids) u(id)
    where p.collection_id = ${collectionId} and p.attempt = ${attempt}
    group by u.id having count(*) > 1 order by u.id limit ${most}`;
  return rows.flatMap(({ id, times }) => Array<string>(times - 1).fill(id));
}

/** More than these are a different kind of problem than odd rows. */
const most = 1_000;

/** Ids repeated in the previous listing, or in this collection's first attempt. */
export async function expectedRepeats(
  sql: Sql,
  { id, attempt, connectionId, kind }: Pick<OpenCollection, 'id' | 'attempt' | 'connectionId' | 'kind'>,
): Promise<string[]> {
  if (attempt > 1) return await repeatedIds(sql, id, attempt - 1);
  const [row] = await sql<{ repeated: string[] }[]>`
    select repeated from collections where connection_id = ${connectionId} and kind = ${kind} and id <> ${id}
      and state in ('complete', 'incomplete') and customer_ids is null order by started_at desc limit 1`;
  return row?.repeated ?? [];
}

/**
 * Writes the rows held back to the end of the listing because their id was expected more than once: for each id the one
 * that counts, whichever page it came on.
 */
export async function writeWaiting(sql: Sql, open: OpenCollection): Promise<void> {
  if (open.repeats.length === 0) return;
  const pages = await sql<{ waiting: LedgerRow[] }[]>`
    select waiting from collection_pages
    where collection_id = ${open.id} and attempt = ${open.attempt} and waiting is not null`;
  const counts = new Map<string, LedgerRow>();
  for (const row of pages.flatMap(({ waiting }) => waiting)) {
    const other = counts.get(row.id);
    if (!other || isBefore(standingOf(other), standingOf(row))) counts.set(row.id, row);
  }
  await sql.begin((tx) => writeAllBut(tx, open, [...counts.values()]));
}

/**
 * Whether repeated ids are the source's own instead of a shifted list: the same ids repeated twice, each time with
 * different records. A record repeated identically stays suspect, because another may be missing for it.
 */
export async function areOwnRepeats(sql: Sql, open: OpenCollection, repeated: string[]): Promise<boolean> {
  if (repeated.join('\n') !== [...open.repeats].sort().join('\n')) return false;
  const [row] = await sql<{ differ: boolean | null }[]>`
    select bool_and(r.differ) as differ from (
      select count(*) = count(distinct w ->> 'hash') as differ from collection_pages, jsonb_array_elements(waiting) w
      where collection_id = ${open.id} and attempt = ${open.attempt} and waiting is not null
      group by w ->> 'id') r`;
  return row!.differ ?? false;
}

/** What decides between two rows of one id. */
interface Standing {
  hash: string;
  status: string;
  endDate: string | null;
  startDate: string | null;
}

function standingOf({ hash, columns }: LedgerRow): Standing {
  const { status = '', endDate = null, startDate = null } = JSON.parse(columns) as Partial<Standing>;
  return { hash, status, endDate, startDate };
}

/** Active before ended, then the later end (none is latest), then the later start, then any fixed order. */
function isBefore(a: Standing, b: Standing): boolean {
  const keys = [a, b].map(({ status, endDate, startDate, hash }) => [
    [...endedStatuses, 'closed'].includes(status) ? '0' : status === 'unknown' ? '1' : '2',
    endDate ?? '9999',
    startDate ?? '',
    hash,
  ]);
  const at = keys[0]!.findIndex((key, i) => key !== keys[1]![i]);
  return at >= 0 && keys[0]![at]! < keys[1]![at]!;
}
