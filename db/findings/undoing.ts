import type { TransactionSql } from 'postgres';
import type { Decision } from '../../domain/kinds.ts';
import { inIds } from '../sql.ts';
import { entityOf, externalIds } from './decisions.ts';
import type { FindingRow, NotUndone } from './findings.ts';

/** What an answer may change: the current decisions and mapping of the finding's subject. */
export interface Standing extends Record<string, unknown> {
  decisions?: { externalId: string; decision: Decision; fields: string[] | null; reason: string | null }[];
  mapping?: Record<string, unknown> | null;
}

const about = (tx: TransactionSql, finding: FindingRow) => tx`
  integration_id = ${finding.integrationId} and entity = ${entityOf(finding)}
  and external_id in ${inIds(tx, externalIds(finding))}`;

/** Read before an answer is carried out, and stored with it in the audit. */
export async function standing(tx: TransactionSql, finding: FindingRow): Promise<Standing> {
  const [customerId] = externalIds(finding);
  if (!finding.integrationId || !customerId) return {};
  const decisions = await tx`select to_jsonb(d) as row from decisions d where ${about(tx, finding)}`;
  const [mapping] = await tx`
    select to_jsonb(m) as row from mappings m where integration_id = ${finding.integrationId} and customer_id = ${customerId}`;
  return {
    ...(decisions.length > 0 ? { decisions: decisions.map(({ row }) => row) } : {}),
    ...(mapping ? { mapping: mapping.row } : {}),
  };
}

const maps = ['map', 'create'];

/** Restores what was there before the answer, from the audit. */
export async function restore(
  tx: TransactionSql,
  finding: FindingRow,
): Promise<'done' | { notUndone: NotUndone } | { taken: string }> {
  const { id, integrationId, resolvedAt, resolution } = finding;
  const { action } = (resolution ?? {}) as { action?: string };
  const [answer] = await tx<{ before: Standing; at: Date }[]>`
    select before, at from audit where target_kind = 'finding' and target_id = ${id} and action = 'finding.resolve'
    order by seq desc limit 1`;
  if (!action || !answer || !resolvedAt) return { notUndone: 'by-itself' };
  if (!integrationId) return 'done';
  const [used] = await tx`
    select 1 from imports where integration_id = ${integrationId} and mode = 'apply'
      and coalesce(finished_at, now()) >= ${resolvedAt} limit 1`;
  if (used) return { notUndone: 'used' };
  const [customerId] = externalIds(finding);
  if (customerId === undefined) return 'done';
  const [anew] = await tx`
    select 1 from decisions where ${about(tx, finding)} and finding_id is distinct from ${id} and date_trunc('milliseconds', at) > ${resolvedAt} limit 1`;
  if (anew) return { notUndone: 'changed' };
  await tx`delete from decisions where ${about(tx, finding)}`;
  await tx`insert into decisions select * from jsonb_populate_recordset(null::decisions, ${JSON.stringify(answer.before.decisions ?? [])}::text::jsonb)`;
  return maps.includes(action) ? await unmap(tx, finding, customerId, answer.before.mapping ?? null) : 'done';
}

async function unmap(
  tx: TransactionSql,
  { integrationId, resolvedAt, resolution }: FindingRow,
  customerId: string,
  before: Record<string, unknown> | null,
): Promise<'done' | { notUndone: NotUndone } | { taken: string }> {
  const { clientId = null } = (resolution ?? {}) as { clientId?: string | null };
  const mine = tx`integration_id = ${integrationId} and customer_id = ${customerId}`;
  const [now] = await tx<{ same: boolean }[]>`
    select client_id is not distinct from ${clientId} and date_trunc('milliseconds', created_at) <= ${resolvedAt} as same from mappings where ${mine}`;
  // If the answer allowed a licence to be created, the mapping was not changed.
  if (!now && !before) return 'done';
  if (!now?.same) return { notUndone: 'changed' };
  if (before?.client_id) {
    const [holder] = await tx<{ customerId: string }[]>`
      select customer_id as "customerId" from mappings
      where integration_id = ${integrationId} and client_id = ${before.client_id as string} and customer_id <> ${customerId}`;
    if (holder) return { taken: holder.customerId };
  }
  await tx`delete from mappings where ${mine}`;
  if (before)
    await tx`insert into mappings select * from jsonb_populate_record(null::mappings, ${JSON.stringify(before)}::text::jsonb)`;
  return 'done';
}
