import { finding } from '../../domain/findings/finding.ts';
import type { Sql } from '../client.ts';
import { listRenewals } from '../renewals/renewals.ts';
import { report } from './lifecycle.ts';

const kind = 'renewal-window';

/**
 * Opens a finding for every term that ends within its integration's notice period, once per term: a dismissal lasts
 * until the next term. Resolves those renewed, changed or past. For one integration, or for all.
 */
export async function watchRenewals(sql: Sql, integrationId?: string): Promise<void> {
  const filter = { within: null, commitments: true, integrationId };
  const renewals = await listRenewals(sql, filter, { limit: null, after: null });
  const wanted = renewals.map(({ subscriptionId, unreadable: _, ...renewal }) =>
    finding(kind, { ...renewal, externalId: subscriptionId }),
  );
  const known = new Map(
    (
      await sql<{ key: string; message: string; dismissed: boolean; over: boolean }[]>`
        select key, message, state = 'resolved' as over, coalesce(resolution ->> 'action' = 'dismiss', false) and state = 'resolved' as dismissed
        from findings where kind = ${kind} ${integrationId ? sql`and integration_id = ${integrationId}` : sql``}`
    ).map((row) => [row.key, row]),
  );
  await report(
    sql,
    wanted.filter(({ key, message }) => {
      const row = known.get(key);
      return !row || (!row.dismissed && (row.over || row.message !== message));
    }),
  );
  const keys = new Set(wanted.map(({ key }) => key));
  const over = [...known.values()].filter((row) => !row.over && !keys.has(row.key)).map(({ key }) => key);
  if (over.length > 0)
    await sql`update findings set state = 'resolved', resolved_at = now(), muted_until = null, resolution = '{"by":"watch"}'
      where key in (select jsonb_array_elements_text(${JSON.stringify(over)}::text::jsonb)) and state <> 'resolved'`;
}
