import type { Actor, ActorKind } from '../../domain/actor.ts';
import type { Sql } from '../client.ts';

/** Reads the audit: filtered pages, an export in order, and whether the chain is intact. */
export interface AuditRow {
  seq: number;
  at: Date;
  actor: Actor;
  action: string;
  target: { kind: string; id: string };
  integrationId: string | null;
  importId: string | null;
  itemId: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  hash: string;
}

export interface AuditFilter {
  actorKind?: ActorKind;
  /** The key's or session's name or id. */
  actor?: string;
  /** `mapping`: all actions on mappings; `mapping.set`: only that one. */
  action?: string;
  targetKind?: string;
  targetId?: string;
  integrationId?: string;
  importId?: string;
  from?: string;
  to?: string;
}

const columns = (sql: Sql) => sql`
  seq::float8 as seq, at, jsonb_build_object('kind', actor_kind, 'name', actor_name, 'id', actor_id) as actor, action,
  jsonb_build_object('kind', target_kind, 'id', target_id) as target, integration_id as "integrationId",
  import_id as "importId", item_id as "itemId", before, after, hash`;

const matching = (sql: Sql, filter: AuditFilter) => {
  const { actorKind, actor, action, targetKind, targetId, integrationId, importId, from, to } = filter;
  return sql`true
    ${actorKind ? sql`and actor_kind = ${actorKind}` : sql``}
    ${actor ? sql`and (actor_name = ${actor} or actor_id = ${actor})` : sql``}
    ${action ? sql`and (action = ${action} or starts_with(action, ${`${action}.`}))` : sql``}
    ${targetKind ? sql`and target_kind = ${targetKind}` : sql``}
    ${targetId ? sql`and target_id = ${targetId}` : sql``}
    ${integrationId ? sql`and integration_id = ${integrationId}` : sql``}
    ${importId ? sql`and import_id = ${importId}` : sql``}
    ${from ? sql`and at >= ${from}::timestamptz` : sql``}
    ${to ? sql`and at < ${to}::timestamptz` : sql``}`;
};

/** Newest first, one more than `limit` if there is a next page. */
export async function listAudit(
  sql: Sql,
  filter: AuditFilter,
  { limit, after }: { limit: number; after: [seq: number] | null },
): Promise<AuditRow[]> {
  return await sql<AuditRow[]>`
    select ${columns(sql)} from audit
    where ${matching(sql, filter)} ${after ? sql`and seq < ${after[0]}` : sql``}
    order by seq desc limit ${limit + 1}`;
}

/** All entries of a filter, oldest first, a few hundred at a time. */
export async function* readAudit(sql: Sql, filter: AuditFilter): AsyncGenerator<AuditRow[]> {
  for (let last = 0; ; ) {
    const rows = await sql<AuditRow[]>`
      select ${columns(sql)} from audit where ${matching(sql, filter)} and seq > ${last} order by seq limit 500`;
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)!.seq;
  }
}

export interface ChainState {
  ok: boolean;
  entries: number;
  /** The last entry: stored elsewhere, it proves later that nothing before it was rewritten or cut off. */
  head: { seq: number; hash: string } | null;
  /** The first entry that does not verify. */
  broken: { seq: number; reason: string } | null;
}

/** Recomputes every hash. `known` is a head that was stored elsewhere. */
export async function verifyAudit(
  sql: Sql,
  known: { seq: number; hash: string } | null = null,
): Promise<ChainState> {
  const [size] = await sql<{ entries: number; head: ChainState['head'] }[]>`
    select count(*)::int as entries,
      (select jsonb_build_object('seq', seq, 'hash', hash) from audit order by seq desc limit 1) as head from audit`;
  const [bad] = await sql<{ seq: number; follows: number }[]>`
    select seq::float8 as seq, follows::float8 as follows from (
      select a.seq, lag(a.seq, 1, 0::bigint) over w as follows, a.hash <> audit_hash(lag(a.hash, 1, '') over w, a) as wrong
      from audit a window w as (order by a.seq)
    ) chain where wrong or seq <> follows + 1 order by seq limit 1`;
  const { entries, head } = size!;
  const broken = bad
    ? { seq: bad.follows + 1 < bad.seq ? bad.follows + 1 : bad.seq, reason: reasonOf(bad) }
    : await missingHead(sql, known);
  return { ok: broken === null, entries, head, broken };
}

const reasonOf = ({ seq, follows }: { seq: number; follows: number }) =>
  seq === follows + 1
    ? `Entry ${seq} is not what was written, or does not follow entry ${follows}.`
    : `${seq - follows - 1} entries before entry ${seq} are missing.`;

async function missingHead(sql: Sql, known: { seq: number; hash: string } | null) {
  if (!known) return null;
  const [row] = await sql`select hash from audit where seq = ${known.seq}`;
  if (row?.hash === known.hash) return null;
  const what = row ? 'was rewritten' : 'is missing';
  return { seq: known.seq, reason: `Entry ${known.seq}, whose hash was kept, ${what}.` };
}
