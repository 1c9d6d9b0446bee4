import { finding, findingKey } from '../../domain/findings/finding.ts';
import type { Sql } from '../client.ts';
import { report } from './lifecycle.ts';

const kind = 'token-expiring';
/** Refresh tokens live 32 days and are renewed weekly: one that expires soon was not renewed for weeks. */
const days = 7;

/** Opens a finding for every refresh token that expires soon, and resolves those of tokens renewed since. */
export async function warnOfTokens(sql: Sql): Promise<void> {
  const rows = await sql<{ id: string; kind: string; name: string; until: Date; daysLeft: number }[]>`
    select c.id, c.kind, c.name, t.refresh_expires_at as until,
      greatest(0, floor(extract(epoch from t.refresh_expires_at - clock_timestamp()) / 86400))::int as "daysLeft"
    from tokens t join connections c on c.id = t.connection_id
    where c.deleted_at is null and t.state <> 'reauth_required'
      and t.refresh_expires_at <= clock_timestamp() + make_interval(days => ${days})`;
  const keys = rows.map((row) => findingKey(kind, row.id));
  const known = await sql<{ key: string; message: string }[]>`
    select key, message from findings
    where kind = ${kind} and (state <> 'resolved' or resolution ? 'action')`;
  const said = new Map(known.map((row) => [row.key, row.message]));
  const reports = rows.map((row) =>
    finding('token-expiring', {
      connectionId: row.id,
      connectionName: row.name,
      connectionKind: row.kind,
      until: row.until.toISOString(),
      daysLeft: row.daysLeft,
    }),
  );
  // Unchanged findings are not rewritten every minute, and a dismissed one stays quiet until the next day.
  await report(sql, reports.filter(({ key, message }) => said.get(key) !== message)); // biome-ignore format: one call
  await sql`
    update findings set state = 'resolved', resolved_at = now(), muted_until = null,
      resolution = ${'{"by":"housekeeping"}'}::text::jsonb
    where kind = ${kind} and state <> 'resolved'
      and key not in (select jsonb_array_elements_text(${JSON.stringify(keys)}::text::jsonb))`;
}
