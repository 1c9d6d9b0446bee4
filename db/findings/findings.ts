import { and, desc, eq, sql } from 'drizzle-orm';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Database } from '../client.ts';
import { findings } from '../schema.ts';
import { effects, type Resolution } from './decisions.ts';

/** What needs a person, and what the person answered. The engine opens findings; this answers them. */
export type FindingRow = typeof findings.$inferSelect;

export interface FindingFilter {
  state?: FindingRow['state'];
  kind?: string;
  integrationId?: string;
  connectionId?: string;
  importId?: string;
}

/** A mute ends by itself. */
const stateNow = sql<
  FindingRow['state']
>`case when ${findings.state} = 'muted' and ${findings.mutedUntil} <= now()
  then 'open' else ${findings.state} end`;

/** Newest first, one more than `limit` where there is a next page. */
export async function listFindings(
  db: Database,
  filter: FindingFilter,
  { limit, after }: { limit: number; after: [openedAt: string, id: string] | null },
): Promise<FindingRow[]> {
  const rows = await db.orm
    .select({ row: findings, state: stateNow })
    .from(findings)
    .where(
      and(
        filter.state ? eq(stateNow, filter.state) : undefined,
        filter.kind ? eq(findings.kind, filter.kind) : undefined,
        filter.integrationId ? eq(findings.integrationId, filter.integrationId) : undefined,
        filter.connectionId ? eq(findings.connectionId, filter.connectionId) : undefined,
        filter.importId ? eq(findings.importId, filter.importId) : undefined,
        after
          ? sql`(date_trunc('milliseconds', ${findings.openedAt}), ${findings.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`
          : undefined,
      ),
    )
    .orderBy(sql`date_trunc('milliseconds', ${findings.openedAt}) desc`, desc(findings.id))
    .limit(limit + 1);
  return rows.map(({ row, state }) => ({ ...row, state }));
}

export async function getFinding(db: Database, id: string): Promise<FindingRow | null> {
  const [found] = await db.orm
    .select({ row: findings, state: stateNow })
    .from(findings)
    .where(eq(findings.id, id));
  return found ? { ...found.row, state: found.state } : null;
}

export type Resolved =
  | { row: FindingRow }
  | { notApplicable: 'resolved' | 'action' | 'subject'; row: FindingRow }
  | { taken: string };

/** Carries out what a person decided and closes the finding, both or neither. */
export async function resolveFinding(
  db: Database,
  id: string,
  resolution: Resolution,
  by: Actor,
): Promise<Resolved | null> {
  return await db.orm.transaction(async (tx): Promise<Resolved | null> => {
    const [row] = await tx.select().from(findings).where(eq(findings.id, id)).for('update');
    if (!row) return null;
    if (row.state === 'resolved') return { notApplicable: 'resolved', row };
    const effect = effects[resolution.action];
    if (!effect || !row.actions.includes(resolution.action)) return { notApplicable: 'action', row };
    const outcome = await effect(tx, row, resolution, by);
    if (outcome === 'no-subject') return { notApplicable: 'subject', row };
    if (outcome !== 'done' && 'taken' in outcome) return outcome;
    const [resolved] = await tx
      .update(findings)
      .set({
        state: 'resolved',
        resolvedAt: new Date(),
        mutedUntil: null,
        resolution: { ...resolution, by },
      })
      .where(eq(findings.id, id))
      .returning();
    await record(tx, by, entryOf('finding.resolve', row, { ...resolution }));
    return { row: resolved! };
  });
}

/** Sets a finding aside until then; one that is resolved stays so. */
export async function muteFinding(
  db: Database,
  id: string,
  { until, reason }: { until: Date; reason: string },
  by: Actor,
): Promise<FindingRow | null> {
  return await db.orm.transaction(async (tx) => {
    const [row] = await tx
      .update(findings)
      .set({ state: 'muted', mutedUntil: until, resolution: { action: 'mute', reason, by } })
      .where(and(eq(findings.id, id), sql`${findings.state} <> 'resolved'`))
      .returning();
    if (row) await record(tx, by, entryOf('finding.mute', row, { until, reason }));
    return row ?? null;
  });
}

/** The finding as it was, by its key: that stays the same however often it opens. */
const entryOf = (action: string, row: FindingRow, after: Record<string, unknown>) => ({
  action,
  target: ['finding', row.id] as const,
  integrationId: row.integrationId,
  importId: row.importId,
  before: { kind: row.kind, key: row.key, message: row.message },
  after,
});
