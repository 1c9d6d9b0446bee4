import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Database, Sql } from '../client.ts';
import { findings } from '../schema.ts';
import { columnsOf } from '../sql.ts';
import { effects, type Resolution } from './decisions.ts';
import { restore, standing } from './undoing.ts';

/** Findings and their answers. The engine opens findings; people answer them here. */
export type FindingRow = typeof findings.$inferSelect;

export interface FindingFilter {
  state?: FindingRow['state'];
  kind?: string;
  integrationId?: string;
  connectionId?: string;
  importId?: string;
  /** The distributor's id of a subscription. */
  externalId?: string;
}

/** A mute ends automatically. */
const stateNow = `case when state = 'muted' and muted_until <= now() then 'open' else state end`;
const stored = columnsOf(findings);
const columns = stored.replace('"state" as "state"', `${stateNow} as "state"`);

const matching = (
  sql: Database['sql'],
  { state, kind, integrationId, connectionId, importId, externalId }: FindingFilter,
) => sql`true
  ${state ? sql`and ${sql.unsafe(stateNow)} = ${state}` : sql``}
  ${kind ? sql`and kind = ${kind}` : sql``}
  ${integrationId ? sql`and integration_id = ${integrationId}` : sql``}
  ${connectionId ? sql`and connection_id = ${connectionId}` : sql``}
  ${importId ? sql`and import_id = ${importId}` : sql``}
  ${externalId ? sql`and subject ->> 'externalId' = ${externalId}` : sql``}`;

/** Newest first, one more than `limit` if there is a next page. */
export async function listFindings(
  { sql }: Database,
  filter: FindingFilter,
  { limit, after }: { limit: number; after: [openedAt: string, id: string] | null },
): Promise<FindingRow[]> {
  return await sql<FindingRow[]>`
    select ${sql.unsafe(columns)} from findings
    where ${matching(sql, filter)}
      ${after ? sql`and (date_trunc('milliseconds', opened_at), id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
    order by date_trunc('milliseconds', opened_at) desc, id desc limit ${limit + 1}`;
}

/** Counts for each state, kind and integration, each without its own filter. */
export async function findingFacets(
  { sql }: Database,
  filter: FindingFilter,
): Promise<Record<'state' | 'kind' | 'integrationId', Record<string, number>>> {
  const fields = { state: stateNow, kind: 'kind', integrationId: 'integration_id::text' };
  const counted = Object.entries(fields).map(async ([field, value]) => {
    const rows = await sql<{ value: string | null; n: number }[]>`
      select ${sql.unsafe(value)} as value, count(*)::int as n from findings
      where ${matching(sql, { ...filter, [field]: undefined })} group by 1`;
    return [field, Object.fromEntries(rows.flatMap(({ value, n }) => (value ? [[value, n]] : [])))] as const;
  });
  return Object.fromEntries(await Promise.all(counted)) as never;
}

export async function getFinding({ sql }: Database, id: string): Promise<FindingRow | null> {
  const [row] = await sql<FindingRow[]>`select ${sql.unsafe(columns)} from findings where id = ${id}`;
  return row ?? null;
}

export type Resolved =
  | { row: FindingRow }
  | { notApplicable: 'resolved' | 'action' | 'subject'; row: FindingRow }
  | { taken: string };

/** Carries out an answer and closes the finding in one transaction. */
export async function resolveFinding(
  { sql }: Database,
  id: string,
  resolution: Resolution,
  by: Actor,
): Promise<Resolved | null> {
  return await sql.begin(async (tx): Promise<Resolved | null> => {
    const [row] = await tx<FindingRow[]>`
      select ${tx.unsafe(stored)} from findings where id = ${id} for update`;
    if (!row) return null;
    if (row.state === 'resolved') return { notApplicable: 'resolved', row };
    const effect = effects[resolution.action];
    if (!effect || !row.actions.includes(resolution.action)) return { notApplicable: 'action', row };
    const before = await standing(tx, row);
    const outcome = await effect(tx, row, resolution, by);
    if (outcome === 'no-subject') return { notApplicable: 'subject', row };
    if (outcome !== 'done' && 'taken' in outcome) return outcome;
    const [resolved] = await tx<FindingRow[]>`
      update findings set state = 'resolved', resolved_at = now(), muted_until = null,
        resolution = ${tx.json({ ...resolution, by } as never)}
      where id = ${id} returning ${tx.unsafe(stored)}`;
    await record(tx, by, entryOf('finding.resolve', row, { ...resolution }, before));
    return { row: resolved! };
  });
}

/** Open findings to be answered alike, oldest first. */
export async function alikeFindings(
  sql: Sql,
  match: { kind: string; integrationId: string; cause?: string; customerId?: string; field?: string },
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from findings where state = 'open' and kind = ${match.kind} and integration_id = ${match.integrationId}
      ${match.cause ? sql`and cause = ${match.cause}` : sql``}
      ${match.customerId ? sql`and subject ->> 'customerId' = ${match.customerId}` : sql``}
      ${match.field ? sql`and subject -> 'fields' ? ${match.field}` : sql``}
    order by opened_at, id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Mutes a finding until then; a resolved one stays resolved. */
export async function muteFinding(
  { sql }: Database,
  id: string,
  { until, reason }: { until: Date; reason: string },
  by: Actor,
): Promise<FindingRow | null> {
  return await sql.begin(async (tx) => {
    const [row] = await tx<FindingRow[]>`
      update findings set state = 'muted', muted_until = ${until},
        resolution = ${tx.json({ action: 'mute', reason, by: { ...by } })}
      where id = ${id} and state <> 'resolved' returning ${tx.unsafe(stored)}`;
    if (row) await record(tx, by, entryOf('finding.mute', row, { until, reason }));
    return row ?? null;
  });
}

/** Why an answer cannot be taken back. */
export type NotUndone = 'open' | 'by-itself' | 'used' | 'changed';

/**
 * Reopens a finding that a person answered or muted and restores what the answer changed, in one transaction. Refused
 * once an import may have acted on the answer, or after a newer decision.
 */
export async function undoFinding(
  { sql }: Database,
  id: string,
  by: Actor,
): Promise<{ row: FindingRow } | { notUndone: NotUndone } | { taken: string } | null> {
  return await sql.begin(async (tx) => {
    const [row] = await tx<FindingRow[]>`
      select ${tx.unsafe(stored)} from findings where id = ${id} for update`;
    if (!row) return null;
    if (row.state === 'open') return { notUndone: 'open' };
    if (row.state === 'resolved') {
      const outcome = await restore(tx, row);
      if (outcome !== 'done') return outcome;
    }
    const [opened] = await tx<FindingRow[]>`
      update findings set state = 'open', resolved_at = null, muted_until = null, resolution = null
      where id = ${id} returning ${tx.unsafe(stored)}`;
    await record(tx, by, entryOf('finding.undo', row, { state: 'open' }, { resolution: row.resolution }));
    return { row: opened! };
  });
}

/** The finding by its key, which stays the same however often it reopens. */
const entryOf = (
  action: string,
  row: FindingRow,
  after: Record<string, unknown>,
  before: Record<string, unknown> = {},
) => ({
  action,
  target: ['finding', row.id] as const,
  integrationId: row.integrationId,
  importId: row.importId,
  before: { kind: row.kind, key: row.key, message: row.message, ...before },
  after,
});
