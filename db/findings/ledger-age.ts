import { type Finding, finding } from '../../domain/findings/finding.ts';
import { type ImportKind, importKinds } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';
import { doubtedSubscriptions, ledgerTimes, type Provider } from '../ledger/work365.ts';
import { report } from './lifecycle.ts';

/** Readers of the ledger cannot see that it is out of date, so a person is told. */
export interface LedgerAge {
  kind: ImportKind;
  /** null if it was never listed completely. */
  asOf: Date | null;
  old: boolean;
}

/** The kinds that should be fresh: those the schedule lists, or both without a schedule. */
export async function ledgerAges(sql: Sql, of: Provider, limitMs: number): Promise<LedgerAge[]> {
  const times = await ledgerTimes(sql, of);
  const due = Date.now() - limitMs;
  return importKinds
    .filter((kind) => of.schedule?.[kind] ?? true)
    .map((kind) => {
      // If it was never listed, its age counts from the integration's creation.
      const since = times[kind] ?? of.createdAt;
      return { kind, asOf: times[kind], old: since.getTime() < due };
    });
}

/** Opens, keeps or resolves the findings about a ledger that Work 365 reads. */
export async function watchLedger(sql: Sql, of: Provider, limitMs: number): Promise<void> {
  const old = (await ledgerAges(sql, of, limitMs)).filter((age) => age.old);
  await keep(
    sql,
    old.length > 0,
    finding('ledger-old', {
      integrationId: of.integrationId,
      connectionId: of.sourceId,
      integration: of.name,
      kinds: old.map(({ kind, asOf }) => ({ kind, asOf: asOf?.toISOString() ?? null })),
      limitHours: Math.round(limitMs / 3_600_000),
    }),
  );
  const externalIds = await doubtedSubscriptions(sql, of);
  await keep(
    sql,
    externalIds.length > 0,
    finding('shrink', {
      served: true,
      integrationId: of.integrationId,
      externalIds,
      limitPercent: of.shrinkLimitPercent,
    }),
  );
}

/** Written only if something changes, because this runs often. */
async function keep(sql: Sql, open: boolean, wanted: Finding): Promise<void> {
  const [row] = await sql<{ open: boolean }[]>`
    select state = 'open' or (state = 'muted' and muted_until > now()) as open from findings where key = ${wanted.key}`;
  if (open && !row?.open) await report(sql, [wanted]);
  if (!open) await resolveKeys(sql, [wanted.key]);
}

/** Resolves the findings. */
export async function resolveKeys(sql: Sql, keys: string[]): Promise<void> {
  await sql`update findings set state = 'resolved', resolved_at = now(), resolution = '{"by": "watch"}'
    where key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::text::jsonb)) and state <> 'resolved'`;
}
