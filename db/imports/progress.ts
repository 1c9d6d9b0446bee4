import type { Sql, TransactionSql } from 'postgres';
import type { Counts, ImportProblem, Progress } from '../../domain/import.ts';
import type { ImportState } from '../../domain/kinds.ts';
import { asyncCommit, inIds } from '../sql.ts';

/** What a running import reports about itself: progress, events and finally its outcome. */

type EventType = 'progress' | 'item' | 'finding' | 'state';

/** Appends events with the import's own increasing number and notifies its watchers. */
export async function emit(
  sql: Sql | TransactionSql,
  importId: string,
  type: EventType,
  data: unknown[],
): Promise<void> {
  if (data.length === 0) return;
  const [row] = await sql<{ last: number }[]>`
    update imports set last_event = last_event + ${data.length} where id = ${importId} returning last_event as last`;
  if (!row) return;
  await sql`
    insert into import_events (import_id, id, type, data)
    select ${importId}, ${Number(row.last) - data.length} + e.ordinality, ${type}, e.value
    from jsonb_array_elements(${JSON.stringify(data).replaceAll('\\u0000', '')}::text::jsonb) with ordinality e`;
  await sql`select pg_notify('import_events', ${importId})`;
}

/** Sets the given numbers, adds `calls` to the total, and emits an event if anything changed. */
export async function progress(sql: Sql, importId: string, change: Partial<Progress>): Promise<void> {
  const { calls = 0, ...set } = change;
  // Runs after every batch; losing it only affects a number on a screen.
  await asyncCommit(sql, async (tx) => {
    const [row] = await tx<{ progress: Progress }[]>`
      update imports set progress = progress || ${JSON.stringify(set)}::text::jsonb
        || jsonb_build_object('calls', (progress ->> 'calls')::int + ${calls}::int)
      where id = ${importId} and (${calls}::int > 0 or not progress @> ${JSON.stringify(set)}::text::jsonb)
      returning progress`;
    if (row) await emit(tx, importId, 'progress', [row.progress]);
  });
}

/** Shows on running imports what they wait for, or that they no longer do. */
export async function showWaiting(
  sql: Sql,
  importIds: string[],
  problem: ImportProblem | null,
): Promise<void> {
  const shown = problem && JSON.stringify(problem);
  const rows = await sql<{ id: string }[]>`
    update imports set problem = ${shown}::text::jsonb where id in ${inIds(sql, importIds, 'uuid')}
      and state = 'running' and problem is distinct from ${shown}::text::jsonb returning id`;
  for (const { id } of rows) await emit(sql, id, 'state', [{ state: 'running', problem }]);
}

/** The item events of a batch, in the form of the items list. */
export async function itemEvents(
  sql: Sql | TransactionSql,
  importId: string,
  itemIds: string[],
): Promise<void> {
  const rows = await sql`
    select id, action, external_id as "externalId", name, record_id as "recordId", rule, outcome, message from items
    where id in (select jsonb_array_elements_text(${JSON.stringify(itemIds)}::text::jsonb)::uuid) order by seq`;
  await emit(sql, importId, 'item', rows);
}

/** Stores what a plan found unchanged, and counts what it would write. */
export async function countPlanned(
  tx: TransactionSql,
  importId: string,
  unchanged: number,
): Promise<{ planned: number; creates: number }> {
  await tx`
    update imports set counts = counts || jsonb_build_object('unchanged', ${unchanged}::int) where id = ${importId}`;
  const [counts] = await tx<{ planned: number; creates: number }[]>`
    select count(*)::int as planned, count(*) filter (where action = 'create')::int as creates
    from items where import_id = ${importId} and outcome = 'planned'`;
  return counts!;
}

/** The items of a plan to report to people at once. */
export async function withheldItems(sql: Sql, importId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from items where import_id = ${importId} and outcome not in ('planned', 'skipped') order by seq`;
  return rows.map((row) => row.id);
}

/** Counts by outcome; in a preview, planned items count as done. */
export async function countItems(
  sql: Sql,
  importId: string,
  preview: boolean,
): Promise<Omit<Counts, 'unchanged'>> {
  const [row] = await sql<Omit<Counts, 'unchanged'>[]>`
    with done as (
      select *, outcome = 'applied' or (outcome = 'planned' and ${preview}) as done from items where import_id = ${importId}
    )
    select count(*) filter (where done and action = 'create')::int as created,
      count(*) filter (where done and action = 'update')::int as updated,
      count(*) filter (where done and action = 'deactivate')::int as deactivated,
      count(*) filter (where outcome = 'held' or (done and held is not null))::int as held,
      count(*) filter (where outcome = 'failed' or (outcome = 'planned' and not ${preview}))::int as failed,
      count(*) filter (where outcome in ('skipped', 'stale'))::int as skipped,
      count(*) filter (where outcome = 'quarantined')::int as quarantined
    from done`;
  return row!;
}

export interface Ending {
  importId: string;
  /** Why it failed; null if it reached its end. */
  problem: ImportProblem | null;
  cancelled: boolean;
}

/** Ends an import once: its state by precedence, its counts, its last event. Returns the state. */
export async function endImport(sql: Sql, { importId, problem, cancelled }: Ending): Promise<ImportState> {
  const [run] = await sql<{ mode: string; state: ImportState; counts: Counts; complete: boolean | null }[]>`
    select mode, state, counts, (completeness ->> 'complete')::boolean as complete from imports where id = ${importId}`;
  if (run?.state !== 'running') return run?.state ?? 'failed';
  const counts: Counts = {
    ...(await countItems(sql, importId, run.mode !== 'apply')),
    unchanged: run.counts.unchanged,
  };
  // Items that a stopped import never reached are neither done nor failed.
  if (problem || cancelled) {
    const [left] = await sql<
      { n: number }[]
    >`select count(*)::int as n from items where import_id = ${importId} and outcome = 'planned'`;
    if (run.mode === 'apply') counts.failed -= left!.n;
  }
  const state: ImportState = problem
    ? 'failed'
    : cancelled
      ? 'cancelled'
      : run.complete === false
        ? 'incomplete'
        : counts.failed > 0 || counts.quarantined > 0
          ? 'completed_with_errors'
          : 'completed';
  await sql.begin(async (tx) => {
    const ended =
      await tx`update imports set state = ${state}, counts = ${JSON.stringify(counts)}::text::jsonb,
      problem = ${problem && JSON.stringify(problem)}::text::jsonb, finished_at = now()
      where id = ${importId} and state = 'running' returning id`;
    if (ended.length > 0) await emit(tx, importId, 'state', [{ state, counts, problem }]);
  });
  return state;
}
