import type { Actor } from '../../domain/actor.ts';
import { type Base, type ChangeState, moved } from '../../domain/change.ts';
import { record } from '../audit/audit.ts';
import type { Sql } from '../client.ts';
import { type ChangeRow, columns, entryOf, json } from './changes.ts';
import { seenOf } from './seen.ts';

/** Why a decision is refused. */
export type Undecidable = 'decided' | 'expired' | 'own' | 'moved';

/** Approves or rejects a waiting change; its state decides whether that is possible. */
export async function decideChange(
  sql: Sql,
  id: string,
  { approve, by, reason }: { approve: boolean; by: Actor; reason: string | null },
): Promise<{ decided: ChangeRow } | { not: Undecidable; row: ChangeRow } | null> {
  return await sql.begin(async (tx) => {
    const [row] = await tx<
      ChangeRow[]
    >`select ${columns(tx as never)} from changes where id = ${id} for update`;
    if (!row) return null;
    if (row.state === 'waiting' && row.expiresAt.getTime() <= Date.now())
      return {
        not: 'expired' as const,
        row: await end(tx as never, row.id, 'expired', 'Nobody approved it in time.'),
      };
    if (row.state !== 'waiting')
      return { not: row.state === 'expired' ? ('expired' as const) : ('decided' as const), row };
    if (approve && row.fourEyes && row.askedBy === by.name) return { not: 'own' as const, row };
    if (approve && row.base) {
      const now = await seenOf(tx as never, row);
      if (now && moved(row.kind, row.base, now).length > 0) {
        const refused = await end(tx as never, row.id, 'refused', movedMessage(row, now), now);
        return { not: 'moved' as const, row: refused };
      }
    }
    const [decided] = await tx<ChangeRow[]>`
      update changes set state = ${approve ? 'approved' : 'rejected'}, decided_by = ${by.name}, decided_at = now(), reason = ${reason},
        finished_at = ${approve ? null : sql`now()`} where id = ${id} returning ${columns(tx as never)}`;
    await record(
      tx,
      by,
      entryOf(approve ? 'change.approve' : 'change.reject', row, { ...row.wanted, reason }),
    );
    return { decided: decided! };
  });
}

async function end(
  sql: Sql,
  id: string,
  state: ChangeState,
  message: string,
  seen: Base | null = null,
): Promise<ChangeRow> {
  const [row] = await sql<ChangeRow[]>`
    update changes set state = ${state}, message = ${message}, seen = coalesce(${seen && json(seen)}::text::jsonb, seen), finished_at = now()
    where id = ${id} returning ${columns(sql)}`;
  return row!;
}

/** What was seen when it was requested, what is wanted, and what the distributor has now. */
export function movedMessage(
  { kind, base, wanted }: Pick<ChangeRow, 'kind' | 'base' | 'wanted'>,
  now: Base,
): string {
  const fields = moved(kind, base!, now);
  const asked =
    wanted.quantity ??
    (wanted.autoRenew === undefined ? kind : `auto-renew ${wanted.autoRenew ? 'on' : 'off'}`);
  if (kind === 'update-customer')
    return "The customer changed at the distributor after this was asked for. The distributor's values stand; ask again if you still want the change.";
  const each = fields.map((field) => `${field} was ${base![field]} and is now ${now[field]}`);
  return `The subscription changed at the distributor after this was asked for (${asked}): ${each.join(', ')}. The distributor's value stands; ask again if you still want the change.`;
}
