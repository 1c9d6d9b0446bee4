import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { type Base, type ChangeKind, type ChangeState, subjectOf, type Wanted } from '../../domain/change.ts';
import { type ChangeCost, type ChangePolicy, defaultPolicy } from '../../domain/change-policy.ts';
import type { IntegrationMode } from '../../domain/kinds.ts';
import { matchKey } from '../../domain/names.ts';
import { record } from '../audit/audit.ts';
import type { Sql } from '../client.ts';
import { indexed } from '../ledger/rows.ts';
import type { IntegrationOptions } from '../schema.ts';

/** Changes at a distributor. Each state transition is one statement that names the state it leaves. */
export interface ChangeRow {
  id: string;
  integrationId: string;
  connectionId: string;
  kind: ChangeKind;
  customerId: string | null;
  subscriptionId: string | null;
  /** As the distributor lists them now; null for what is not there yet. */
  customerName: string | null;
  subscriptionName: string | null;
  wanted: Wanted;
  base: Base | null;
  seen: Base | null;
  cost: ChangeCost;
  cancelUntil: string | null;
  state: ChangeState;
  message: string | null;
  operation: string | null;
  fourEyes: boolean;
  askedBy: string;
  askedAt: Date;
  expiresAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
  reason: string | null;
  intendedAt: Date | null;
  placedAt: Date | null;
  finishedAt: Date | null;
}

export const columns = (sql: Sql) => sql`
  id, integration_id as "integrationId", connection_id as "connectionId", kind, customer_id as "customerId",
  subscription_id as "subscriptionId",
  (select s.name from subscriptions s where s.connection_id = changes.connection_id and s.id = changes.subscription_id) as "subscriptionName",
  (select c.name from customers c where c.connection_id = changes.connection_id and c.id = coalesce(changes.customer_id,
    (select s.customer_id from subscriptions s where s.connection_id = changes.connection_id and s.id = changes.subscription_id))) as "customerName", wanted, base, seen, cost, cancel_until as "cancelUntil", state, message, operation,
  four_eyes as "fourEyes", asked_by as "askedBy", asked_at as "askedAt", expires_at as "expiresAt", decided_by as "decidedBy",
  decided_at as "decidedAt", reason, intended_at as "intendedAt", placed_at as "placedAt", finished_at as "finishedAt"`;

export const json = (value: unknown) => JSON.stringify(value);

export interface ChangeTarget {
  integrationId: string;
  connectionId: string;
  kind: string;
  policy: ChangePolicy;
  mode: IntegrationMode;
  /** The integration's only currency; null for any. */
  currency: string | null;
}

/** The distributor's connection of an integration, and its policy. */
export async function changeTarget(sql: Sql, integrationId: string): Promise<ChangeTarget | null> {
  const [row] = await sql<{ connectionId: string; kind: string; options: IntegrationOptions }[]>`
    select s.id as "connectionId", s.kind, i.options from integrations i join connections s on s.id = i.source_id
    where i.id = ${integrationId} and i.deleted_at is null`;
  if (!row) return null;
  const { connectionId, kind, options } = row;
  const policy = {
    ...defaultPolicy,
    ...options.changePolicy,
    changes: options.changes ?? defaultPolicy.changes,
  };
  const { mode = 'apply', currency = null } = options;
  return { integrationId, connectionId, kind, policy, mode, currency };
}

export interface NewChange {
  integrationId: string;
  connectionId: string;
  kind: ChangeKind;
  customerId: string | null;
  subscriptionId: string | null;
  wanted: Wanted;
  base: Base | null;
  cost: ChangeCost;
  cancelUntil: string | null;
  /** Why a person must approve; null if nobody needs to. */
  waitsBecause: string | null;
  fourEyes: boolean;
  by: Actor;
  approvalHours: number;
}

/** Opens a change, or returns the unfinished one of the same subscription. */
export async function openChange(
  sql: Sql,
  change: NewChange,
): Promise<{ opened: ChangeRow } | { busy: ChangeRow }> {
  const waits = change.waitsBecause !== null;
  const subject = indexed(subjectOf(change.kind, change, change.wanted, matchKey));
  const opened = await sql.begin(async (tx) => {
    const [row] = await tx<ChangeRow[]>`
    insert into changes (id, integration_id, connection_id, kind, subject, customer_id, subscription_id, wanted, base, cost, cancel_until, state,
      message, four_eyes, asked_by, expires_at, decided_by, decided_at)
    values (${uuid()}, ${change.integrationId}, ${change.connectionId}, ${change.kind}, ${subject}, ${change.customerId}, ${change.subscriptionId},
      ${json(change.wanted)}::text::jsonb, ${json(change.base)}::text::jsonb, ${json(change.cost)}::text::jsonb, ${change.cancelUntil},
      ${waits ? 'waiting' : 'approved'}, ${change.waitsBecause}, ${change.fourEyes}, ${change.by.name},
      now() + make_interval(hours => ${change.approvalHours}), ${waits ? null : 'policy'}, ${waits ? null : sql`now()`})
    on conflict (connection_id, subject) where state in ('waiting', 'approved', 'placing', 'placed', 'ambiguous') do nothing
    returning ${columns(sql)}`;
    if (row) await record(tx, change.by, entryOf('change.ask', row, { ...row.wanted, state: row.state }));
    return row;
  });
  if (opened) return { opened };
  const [busy] = await sql<ChangeRow[]>`
    select ${columns(sql)} from changes where connection_id = ${change.connectionId} and subject = ${subject}
      and state in ('waiting', 'approved', 'placing', 'placed', 'ambiguous')`;
  // It finished between the two statements: the next attempt opens one.
  return busy ? { busy } : await openChange(sql, change);
}

export async function getChange(sql: Sql, id: string): Promise<ChangeRow | null> {
  const [row] = await sql<ChangeRow[]>`select ${columns(sql)} from changes where id = ${id}`;
  return row ?? null;
}

export interface ChangeFilter {
  integrationId?: string;
  subscriptionId?: string;
  state?: ChangeState;
}

/** Newest first, one more than `limit` if there is a next page. */
export async function listChanges(
  sql: Sql,
  filter: ChangeFilter,
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<ChangeRow[]> {
  const { integrationId = null, subscriptionId = null, state = null } = filter;
  return await sql<ChangeRow[]>`
    select ${columns(sql)} from changes
    where (${integrationId}::uuid is null or integration_id = ${integrationId}) and (${state}::text is null or state = ${state})
      and (${subscriptionId}::text is null or subscription_id = ${subscriptionId}) and (${after?.[0] ?? null}::uuid is null or id < ${after?.[0] ?? null})
    order by id desc limit ${limit + 1}`;
}

export const entryOf = (action: string, row: ChangeRow, after: Record<string, unknown>) => ({
  action,
  target: ['change', row.id] as const,
  integrationId: row.integrationId,
  before: { ...row.base },
  after: { kind: row.kind, subscriptionId: row.subscriptionId, ...after },
});

/** Ambiguous changes: their answer was lost and nothing has explained it yet. */
export async function unresolvedChanges(sql: Sql): Promise<ChangeRow[]> {
  return await sql<ChangeRow[]>`select ${columns(sql)} from changes where state = 'ambiguous' order by id`;
}

/** Expires requests nobody decided in time; returns approved ones whose workflow was never started. */
export async function sweepChanges(sql: Sql): Promise<string[]> {
  await sql`update changes set state = 'expired', message = 'Nobody approved it in time.', finished_at = now()
    where state = 'waiting' and expires_at <= now()`;
  const rows = await sql<{ id: string }[]>`
    select id from changes where state in ('approved', 'placing', 'placed') and coalesce(decided_at, asked_at) < now() - interval '15 seconds'`;
  return rows.map(({ id }) => id);
}

/** The integrations to update after a change at a distributor, except those that Work 365 reads from the ledger. */
export async function followers(sql: Sql, connectionId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select i.id from integrations i join connections d on d.id = i.destination_id
    where i.source_id = ${connectionId} and i.deleted_at is null and d.kind <> 'work365' order by i.id`;
  return rows.map(({ id }) => id);
}
