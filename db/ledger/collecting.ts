import { hash as digest } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import type { Completeness, ImportProblem } from '../../domain/import.ts';
import type { CollectionState, ListingKind } from '../../domain/kinds.ts';
import type { PagesSeen } from '../../domain/page-watch.ts';
import { bulkTransaction, isDataError } from '../sql.ts';
import { areOwnRepeats, expectedRepeats, repeatedIds, writeWaiting } from './repeats.ts';
import type { LedgerRow, PageRecords } from './rows.ts';
import { analyse, knownHashes, mirrored, type Refused, writeAllBut, writeRows } from './upsert.ts';

/** A running collection: what has been listed and what is left. */
export interface OpenCollection {
  id: string;
  connectionId: string;
  kind: ListingKind;
  customerIds: string[] | null;
  attempt: number;
  startedAt: Date;
  /** True if this connection and kind was never listed before. Unknown for a mirror, whose listings are not kept. */
  first: boolean;
  /** Ids expected to come more than once. */
  repeats: string[];
}

export interface OpenScope {
  scope: string;
  /** The next cursor of a token-paged listing; null at its start. */
  cursor: string | null;
  /** The page count of a numbered listing, once known. */
  pages: number | null;
}

export interface ListedPage extends PageRecords {
  scope: string;
  cursor: string;
  declared: number | null;
  next: string | null;
  pages: number | null;
}

export async function collection(sql: Sql, id: string): Promise<OpenCollection> {
  const [row] = await sql<Omit<OpenCollection, 'repeats'>[]>`
    select id, connection_id as "connectionId", kind, customer_ids as "customerIds", attempt, started_at as "startedAt",
      kind not in ${sql(mirrored)} and not exists (select 1 from collections o
        where o.connection_id = c.connection_id and o.kind = c.kind and o.id <> c.id) as first
    from collections c where id = ${id}`;
  if (!row) throw new Error(`collection ${id} does not exist`);
  return { ...row, repeats: await expectedRepeats(sql, row) };
}

/** Adds scopes to list; existing ones keep their progress. */
export async function addScopes(sql: Sql, { id, attempt }: OpenCollection, scopes: string[]): Promise<void> {
  await sql`
    insert into collection_scopes (collection_id, attempt, scope)
    select ${id}, ${attempt}, jsonb_array_elements_text(${JSON.stringify(scopes)}::text::jsonb)
    on conflict do nothing`;
}

export async function openScopes(sql: Sql, { id, attempt }: OpenCollection): Promise<OpenScope[]> {
  return await sql<OpenScope[]>`
    select scope, cursor, pages from collection_scopes
    where collection_id = ${id} and attempt = ${attempt} and state = 'listing' order by scope`;
}

/** Numbered pages of a scope that are already stored. */
export async function storedCursors(
  sql: Sql,
  { id, attempt }: OpenCollection,
  scope: string,
): Promise<Set<string>> {
  const rows = await sql<{ cursor: string }[]>`
    select cursor from collection_pages where collection_id = ${id} and attempt = ${attempt} and scope = ${scope}`;
  return new Set(rows.map((row) => row.cursor));
}

/** Which records of these pages the ledger has. Ids that come twice are left out: all their rows are read. */
async function knownOf(
  tx: TransactionSql,
  { connectionId, kind, repeats }: OpenCollection,
  pages: ListedPage[],
) {
  const hashes = pages.flatMap((page) => page.hashes);
  const once = new Map(hashes);
  const known = await knownHashes(tx, connectionId, kind, [...once.keys()]);
  if (once.size < hashes.length) for (const [id] of hashes) if (!once.delete(id)) known.delete(id);
  for (const id of repeats) known.delete(id);
  return known;
}

/** A page as stored: its cursors as keys, and its ids. */
export type StoredPage = ListedPage & { ids: string[] };

/**
 * Stores pages, their rows and the next cursor in one transaction: a crash loses a page entirely or not at all. A row
 * that PostgreSQL refuses is set aside, and the rest is stored.
 */
export async function storePages(sql: Sql, open: OpenCollection, pages: ListedPage[]): Promise<StoredPage[]> {
  if (pages.length === 0) return [];
  try {
    return await store(sql, open, pages, async (tx, rows) => {
      await writeRows(tx, open.connectionId, open.kind, rows, open.first);
      return [];
    });
  } catch (error) {
    if (!isDataError(error)) throw error;
    return await store(sql, open, pages, (tx, rows) => writeAllBut(tx, open, rows));
  }
}

async function store(
  sql: Sql,
  open: OpenCollection,
  pages: ListedPage[],
  /** Returns the refused rows. */
  write: (tx: TransactionSql, rows: LedgerRow[]) => Promise<Refused[]>,
): Promise<StoredPage[]> {
  const { id, attempt } = open;
  return await sql.begin(async (tx) => {
    // A plan made while the table was small would be reused when it is large.
    await tx`set local plan_cache_mode = force_custom_plan`;
    const known = await knownOf(tx, open, pages);
    const read = pages.map((page) => ({ page, ...page.read(known) }));
    const repeats = new Set(open.repeats);
    const waits = ({ id }: LedgerRow) => repeats.has(id);
    const rows = read.flatMap((page) => page.rows.filter((row) => !waits(row)));
    for (const { row, problem } of await write(tx, rows))
      read
        .find((page) => page.rows.includes(row))!
        .unreadable.push({ id: row.id, problem, raw: row.raw ?? 'null' });
    const stored = read.map(({ page, ids, unreadable, rows }) => ({
      scope: page.scope, cursor: pageKey(page.cursor), ids, received: page.received,
      unreadable: unreadable.length, nameless: unreadable.filter((record) => record.id === null).length,
      waiting: rows.some(waits) ? rows.filter(waits) : null,
    })); // biome-ignore format: a row
    const kept = await tx<{ scope: string; cursor: string }[]>`
      insert into collection_pages (collection_id, attempt, scope, cursor, ids, received, unreadable, nameless, waiting)
      select ${id}, ${attempt}, p.scope, p.cursor, array(select jsonb_array_elements_text(p.ids)), p.received, p.unreadable, p.nameless, p.waiting
      from jsonb_to_recordset(${JSON.stringify(stored)}::text::jsonb)
        as p(scope text, cursor text, ids jsonb, received int, unreadable int, nameless int, waiting jsonb)
      on conflict do nothing returning scope, cursor`;
    // If another attempt stored this page already, its records are counted there.
    const fresh = new Set(kept.map((page) => JSON.stringify([page.scope, page.cursor])));
    const unreadable = read.flatMap(({ page, unreadable }) =>
      fresh.has(JSON.stringify([page.scope, pageKey(page.cursor)])) ? unreadable : [],
    );
    if (unreadable.length > 0) {
      await tx`
        insert into quarantine (collection_id, attempt, external_id, problem, raw)
        select ${id}, ${attempt}, q.id, q.problem, q.raw::jsonb from jsonb_to_recordset(
          ${JSON.stringify(unreadable)}::text::jsonb) as q(id text, problem text, raw text)`;
    }
    for (const scope of new Set(pages.map((page) => page.scope))) {
      const last = pages.findLast((page) => page.scope === scope)!;
      // Keep the highest declared total: one that falls during the listing hides as many rows as it lost.
      const totals = pages.flatMap((page) => (page.scope === scope ? (page.declared ?? []) : []));
      const most = totals.length > 0 ? Math.min(Math.max(...totals), 2 ** 31 - 1) : null;
      // Pages of one scope are stored concurrently: whichever ends last must see the others to count them.
      await tx`select 1 from collection_scopes
        where collection_id = ${id} and attempt = ${attempt} and scope = ${scope} for update`;
      await tx`
        update collection_scopes set
          cursor = ${last.next}, pages = coalesce(${last.pages}, pages), declared = greatest(${most}::int, declared),
          state = case
            when coalesce(${last.pages}, pages) is null then ${last.next === null ? 'listed' : 'listing'}
            when (select count(*) from collection_pages p where p.collection_id = ${id} and p.attempt = ${attempt}
              and p.scope = ${scope}) >= coalesce(${last.pages}, pages) then 'listed' else 'listing' end
        where collection_id = ${id} and attempt = ${attempt} and scope = ${scope} and problem is null`;
    }
    return read.map(({ page, ids }) => ({
      ...page,
      cursor: pageKey(page.cursor),
      next: page.next && pageKey(page.next),
      ids,
    }));
  });
}

/** What the pages of the open scopes have shown, by scope. */
export async function pagesSeen(sql: Sql, { id, attempt }: OpenCollection): Promise<Map<string, PagesSeen>> {
  const rows = await sql<({ scope: string } & PagesSeen)[]>`
    select scope, array_agg(p.cursor) as cursors, sum(p.received)::int as received,
      coalesce(array_agg(md5(array_to_string(p.ids, ' '))) filter (where cardinality(p.ids) > 0), '{}') as digests,
      (count(*) filter (where cardinality(p.ids) = 0))::int as empty
    from collection_pages p join collection_scopes s using (collection_id, attempt, scope)
    where p.collection_id = ${id} and p.attempt = ${attempt} and s.state = 'listing' group by scope`;
  return new Map(rows.map(({ scope, ...seen }) => [scope, seen]));
}

/** Ends a scope before its last page; the listing is then incomplete for this reason. */
export async function endScope(sql: Sql, { id, attempt }: OpenCollection, scope: string, reason: string) {
  await sql`update collection_scopes set state = 'listed', problem = ${reason}
    where collection_id = ${id} and attempt = ${attempt} and scope = ${scope}`;
}

/** A cursor as a key: long tokens by their digest. */
const pageKey = (cursor: string) => (cursor.length <= 500 ? cursor : digest('sha1', cursor));

/** A customer that cannot be listed does not stop the others. */
export async function failScope(sql: Sql, { id, attempt }: OpenCollection, scope: string, problem: string) {
  await sql`update collection_scopes set state = 'failed', problem = ${problem}
    where collection_id = ${id} and attempt = ${attempt} and scope = ${scope}`;
}

export async function anyListed(sql: Sql, { id, attempt }: OpenCollection): Promise<boolean> {
  const rows = await sql`
    select 1 from collection_scopes where collection_id = ${id} and attempt = ${attempt} and state = 'listed' limit 1`;
  return rows.length > 0;
}

export async function listedSoFar(sql: Sql, { id, attempt }: OpenCollection) {
  const [row] = await sql<{ received: number; total: number | null; open: number; pages: number }[]>`
    select
      (select coalesce(sum(received), 0)::int from collection_pages where collection_id = ${id} and attempt = ${attempt}) as received,
      (select count(*)::int from collection_pages where collection_id = ${id} and attempt = ${attempt}) as pages,
      case when bool_and(declared is not null) then sum(declared)::int end as total,
      count(*) filter (where state = 'listing')::int as open
    from collection_scopes where collection_id = ${id} and attempt = ${attempt}`;
  return row!;
}

/** Lists again from the start; what the first attempt stored is kept. */
export async function listAgain(sql: Sql, { id, attempt }: OpenCollection): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update collections set attempt = ${attempt + 1} where id = ${id} and attempt = ${attempt}`;
    await tx`insert into collection_scopes (collection_id, attempt, scope)
      select collection_id, attempt + 1, scope from collection_scopes where collection_id = ${id} and attempt = ${attempt}
      on conflict do nothing`;
  });
}

/**
 * Complete means: last page reached, no page repeated, and the declared total equals the number of distinct ids. A
 * record with a readable id counts as seen. An empty listing is not accepted if there were rows before, except for
 * licences and links, where the plan's guard holds what is gone.
 */
export async function judgeCompleteness(
  sql: Sql,
  open: OpenCollection,
): Promise<Completeness & { failedScopes: number }> {
  const { id, attempt, connectionId, kind } = open;
  await writeWaiting(sql, open);
  const [row] = await sql<
    {
      declared: number | null;
      received: number;
      unreadable: number;
      nameless: number;
      distinct: number;
      pages_again: number;
      open: number;
      failed: number;
      scopes: number;
      ended: string | null;
      known: boolean;
    }[]
  >`
    with pages as materialized (select * from collection_pages where collection_id = ${id} and attempt = ${attempt})
    select
      (select coalesce(sum(received), 0)::int from pages) as received,
      (select coalesce(sum(unreadable), 0)::int from pages) as unreadable,
      (select coalesce(sum(nameless), 0)::int from pages) as nameless,
      (select count(distinct u.id)::int from pages, unnest(pages.ids) u(id)) as distinct,
      (select count(*)::int from (select 1 from pages where cardinality(ids) > 0 group by scope, md5(array_to_string(ids, ' ')) having count(*) > 1) r) as pages_again,
      case when bool_and(declared is not null) filter (where state <> 'failed') then sum(declared) filter (where state <> 'failed')::int end as declared,
      count(*) filter (where state = 'listing')::int as open,
      count(*) filter (where state = 'failed')::int as failed,
      count(*)::int as scopes,
      min(problem) filter (where state = 'listed') as ended,
      exists (select 1 from ${sql(kind)} l where l.connection_id = ${connectionId}) as known
    from collection_scopes where collection_id = ${id} and attempt = ${attempt}`;
  const { declared, received, unreadable, nameless, distinct, failed, scopes } = row!;
  const duplicates = Math.max(0, received - nameless - distinct);
  const repeated = duplicates > 0 ? await repeatedIds(sql, id, attempt) : [];
  await sql`update collections set repeated = ${sql.json(repeated)} where id = ${id} and repeated <> ${sql.json(repeated)}`;
  const again = duplicates > 0 && (await areOwnRepeats(sql, open, repeated));
  const odd = duplicates > 0 && !again;
  const wholeAccount = open.customerIds === null;
  const reason =
    row!.open > 0
      ? 'The last page was not reached.'
      : row!.ended !== null || row!.pages_again > 0
        ? (row!.ended ?? 'The same page was returned twice.')
        : odd && attempt === 1
          ? `${duplicates} records were returned twice.`
          : scopes > 0 && failed === scopes
            ? 'No customer could be listed.'
            : declared !== null && declared !== distinct + (again ? duplicates : 0)
              ? `The source declares ${declared} records, but ${distinct} different ones were received.`
              : nameless > 0
                ? `${nameless} records have no readable id.`
                : distinct === 0 && row!.known && wholeAccount && !['links', 'licences'].includes(kind)
                  ? 'The listing is empty, although earlier listings had records.'
                  : undefined;
  return {
    declared,
    received,
    distinct,
    duplicates,
    unreadable,
    complete: reason === undefined,
    // Only records without an id are missing: what the others say about themselves counts.
    accounted:
      row!.open === 0 &&
      row!.pages_again === 0 &&
      failed < scopes &&
      !odd &&
      (declared === null || declared === distinct + nameless + (again ? duplicates : 0)),
    reason,
    failedScopes: failed,
  };
}

/**
 * Closes a collection. After a complete listing of all customers, rows not shown become or stay absent; after a
 * complete mirror listing, missing rows are deleted. Whatever was seen is no longer absent.
 */
export async function close(
  sql: Sql,
  open: OpenCollection,
  outcome: {
    state: Exclude<CollectionState, 'running'>;
    completeness: Completeness | null;
    problem: ImportProblem | null;
  },
): Promise<void> {
  const { id, attempt, connectionId, kind, startedAt } = open;
  // Without statistics about the connection, PostgreSQL plans the following statements so badly that they take minutes.
  if (open.first) await analyse(sql, kind);
  await bulkTransaction(sql, async (tx) => {
    await tx`update collections set state = ${outcome.state}, finished_at = now(),
      completeness = ${outcome.completeness && tx.json({ ...outcome.completeness })}, problem = ${outcome.problem && tx.json({ ...outcome.problem })}
      where id = ${id} and state in ('running', 'failed', 'cancelled')`;
    // A first listing has seen all its rows.
    if (open.first) return;
    const seen = tx`select u.id from collection_pages p, unnest(p.ids) u(id) where p.collection_id = ${id}`;
    if (mirrored.includes(kind)) {
      if (outcome.state !== 'complete') return;
      // Deleted rows stay in the history, for reconciliations of an earlier day.
      await tx`with gone as (
          delete from ${tx(kind)} t where connection_id = ${connectionId} and valid_from < ${startedAt}
            and not exists (select 1 from (${seen}) s where s.id = t.id)
          returning t.*
        )
        insert into ledger_history (connection_id, kind, id, valid_from, valid_to, row)
        select connection_id, ${kind}, id, valid_from, now(), to_jsonb(gone) - 'connection_id' - 'id' - 'valid_from' from gone`;
      return;
    }
    await tx`delete from absences a using (${seen}) s where a.connection_id = ${connectionId} and a.kind = ${kind} and a.id = s.id`;
    if (outcome.state !== 'complete' || open.customerIds !== null) return;
    const listed =
      kind === 'subscriptions'
        ? tx`and (exists (select 1 from collection_scopes c where c.collection_id = ${id} and c.attempt = ${attempt} and c.scope = '')
          or exists (select 1 from collection_scopes c where c.collection_id = ${id} and c.attempt = ${attempt}
            and c.scope = t.customer_id and c.state = 'listed'))`
        : tx``;
    await tx`insert into absences (connection_id, kind, id, since)
      select ${connectionId}, ${kind}, t.id, ${startedAt} from ${tx(kind)} t
      where t.connection_id = ${connectionId} ${listed}
        and not exists (select 1 from (${seen}) s where s.id = t.id)
      on conflict do nothing`;
  });
}
