import type { Sql } from 'postgres';
import { v7 as uuid } from 'uuid';
import type { Finding, FindingKind } from '../../domain/findings/finding.ts';
import { emit } from '../imports/progress.ts';
import { storable } from '../ledger/rows.ts';

/**
 * Opens or updates findings. A muted one stays muted until its time; a resolved one reopens, unless a person dismissed
 * it and it says nothing new.
 */
export async function report(sql: Sql, findings: Finding[]): Promise<void> {
  if (findings.length === 0) return;
  const rows = findings.map((f) => ({
    id: uuid(), key: f.key, kind: f.kind, cause: f.cause, severity: f.severity, integration_id: f.integrationId,
    connection_id: f.connectionId, import_id: f.importId, subject: f.subject, message: f.message, actions: f.actions,
  })); // biome-ignore format: a row
  const changed = await sql<
    { id: string; import_id: string | null; kind: string; message: string; state: string; fresh: boolean }[]
  >`
    insert into findings as f (id, key, kind, cause, severity, integration_id, connection_id, import_id, subject, message, actions, state)
    select r.*, 'open' from jsonb_to_recordset(${storable(JSON.stringify(rows))}::text::jsonb)
      as r(id uuid, key text, kind text, cause text, severity text, integration_id uuid, connection_id uuid, import_id uuid, subject jsonb, message text, actions jsonb)
    on conflict (key) do update set
      subject = excluded.subject, cause = excluded.cause, severity = excluded.severity, message = excluded.message, actions = excluded.actions, import_id = excluded.import_id,
      opened_at = case when f.state = 'resolved' then now() else f.opened_at end,
      resolved_at = null, resolution = null,
      muted_until = case when f.state = 'muted' and f.muted_until > now() then f.muted_until end,
      state = case when f.state = 'muted' and f.muted_until > now() then 'muted' else 'open' end
    where not (f.state = 'resolved' and f.resolution ->> 'action' = 'dismiss' and f.message = excluded.message)
    returning id, import_id, kind, message, state, xmax = 0 as fresh`;
  for (const importId of new Set(changed.map((row) => row.import_id))) {
    if (!importId) continue;
    const told = changed.filter((row) => row.import_id === importId);
    await emit(
      sql,
      importId,
      'finding',
      told.map(({ id, kind, message, state }) => ({ id, kind, message, state })),
    );
  }
}

/** Resolves findings of these kinds that this import checked and did not find again, including dismissed ones. */
export async function resolveFindings(
  sql: Sql,
  found: {
    integrationId: string;
    kinds: FindingKind[];
    keys: string[];
    importId: string;
    customerIds: string[] | null;
  },
): Promise<void> {
  const chosen = found.customerIds && JSON.stringify(found.customerIds);
  await sql`
    update findings set state = 'resolved', resolved_at = coalesce(resolved_at, now()), resolution = ${JSON.stringify({ by: 'import', importId: found.importId })}::text::jsonb
    where integration_id = ${found.integrationId} and (state <> 'resolved' or resolution ->> 'action' = 'dismiss')
      and kind in (select jsonb_array_elements_text(${JSON.stringify(found.kinds)}::text::jsonb))
      and key not in (select jsonb_array_elements_text(${JSON.stringify(found.keys)}::text::jsonb))
      and (${chosen}::text is null or subject ->> 'customerId' in (select jsonb_array_elements_text(${chosen}::text::jsonb)))`;
}
