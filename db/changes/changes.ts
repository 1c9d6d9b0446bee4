import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import {
  achieved,
  type Base,
  type ChangeKind,
  type ChangeState,
  moved,
  subjectOf,
  type Wanted,
} from '../../domain/change.ts';
import {
  type ChangeCost,
  type ChangeFacts,
  type ChangePolicy,
  defaultPolicy,
} from '../../domain/change-policy.ts';
import type { IntegrationMode } from '../../domain/kinds.ts';
import { matchKey } from '../../domain/names.ts';
import { record } from '../audit/audit.ts';
import type { Sql } from '../client.ts';
import { indexed } from '../ledger/rows.ts';
import type { IntegrationOptions } from '../schema.ts';
import type { Queryable } from '../sql.ts';
import { customerFieldsOf, rivalCreation } from './customers.ts';

/** Changes at a distributor. Each state transition is one statement that names the state it leaves. */
export interface ChangeRow {
  id: string;
  integrationId: string;
  connectionId: string;
  kind: ChangeKind;
  customerId: string | null;
  subscriptionId: string | null;
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

const columns = (sql: Sql) => sql`
  id, integration_id as "integrationId", connection_id as "connectionId", kind, customer_id as "customerId",
  subscription_id as "subscriptionId", wanted, base, seen, cost, cancel_until as "cancelUntil", state, message, operation,
  four_eyes as "fourEyes", asked_by as "askedBy", asked_at as "askedAt", expires_at as "expiresAt", decided_by as "decidedBy",
  decided_at as "decidedAt", reason, intended_at as "intendedAt", placed_at as "placedAt", finished_at as "finishedAt"`;

const json = (value: unknown) => JSON.stringify(value);

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

/** A subscription's row, as the rules of a change need it. */
export async function factsOf(
  sql: Sql,
  connectionId: string,
  subscriptionId: string,
): Promise<(ChangeFacts & { customerId: string }) | null> {
  const [row] = await sql<(ChangeFacts & { customerId: string })[]>`
    select customer_id as "customerId", name, status, trim_scale(quantity)::text as quantity, auto_renew as "autoRenew",
      trim_scale(unit_cost)::text as "unitCost", currency, billing_cycle as "billingCycle", term, end_date as "endDate",
      cancel_until as "cancelUntil", trim_scale(min_quantity)::text as "minQuantity", trim_scale(max_quantity)::text as "maxQuantity",
      unreadable
    from subscriptions where connection_id = ${connectionId} and id = ${subscriptionId}`;
  return row ?? null;
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

const entryOf = (action: string, row: ChangeRow, after: Record<string, unknown>) => ({
  action,
  target: ['change', row.id] as const,
  integrationId: row.integrationId,
  before: { ...row.base },
  after: { kind: row.kind, subscriptionId: row.subscriptionId, ...after },
});

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

/** Ends an unfinished change; a finished one stays as it is. */
export async function endChange(
  sql: Sql,
  id: string,
  ended: { state: 'refused' | 'failed' | 'done'; message: string | null; seen?: Base },
): Promise<void> {
  await sql`
    update changes set state = ${ended.state}, message = ${ended.message}, finished_at = now(),
      seen = coalesce(${ended.seen ? json(ended.seen) : null}::text::jsonb, seen)
    where id = ${id} and state in ('approved', 'placing', 'placed', 'ambiguous')`;
}

/**
 * Stores the intent before anything is sent. `sent`: it was stored before, so it may have been sent. `rival`: another
 * request creates the same customer.
 */
export async function intendChange(sql: Sql, row: ChangeRow): Promise<'stored' | 'sent' | { rival: string }> {
  return await sql.begin(async (tx) => {
    const rival = row.kind === 'create-customer' ? await rivalCreation(tx, row) : null;
    if (rival) return { rival: rival.state };
    const rows =
      await tx`update changes set state = 'placing', intended_at = now() where id = ${row.id} and state = 'approved' returning 1`;
    return rows.length > 0 ? ('stored' as const) : ('sent' as const);
  });
}

/** The request certainly did not arrive: it may be sent later. */
export async function withdrawIntent(sql: Sql, id: string, message: string): Promise<void> {
  await sql`update changes set state = 'approved', message = ${message} where id = ${id} and state = 'placing'`;
}

/** `made`: the distributor's id of something new, if it returned one. */
export async function markPlaced(
  sql: Sql,
  { id, kind }: Pick<ChangeRow, 'id' | 'kind'>,
  operation: string | null,
  made: string | null = null,
): Promise<void> {
  const column = kind === 'create-customer' ? sql`customer_id` : sql`subscription_id`;
  await sql`update changes set state = 'placed', operation = ${operation}, placed_at = coalesce(placed_at, now()), message = null,
      ${column} = coalesce(${column}, ${made})
    where id = ${id} and state in ('placing', 'placed', 'ambiguous')`;
}

export async function markAmbiguousChange(sql: Sql, id: string, message: string): Promise<void> {
  await sql`update changes set state = 'ambiguous', message = ${message} where id = ${id} and state = 'placing'`;
}

type Subject = Pick<ChangeRow, 'kind' | 'connectionId' | 'customerId' | 'subscriptionId'>;

/** The current state of the change's subject in the ledger; null: no such subscription or customer. */
export async function seenOf(sql: Sql, row: Subject): Promise<Base | null> {
  const { kind, connectionId, customerId, subscriptionId } = row;
  if (kind === 'update-customer' || kind === 'create-customer') {
    const customer = customerId === null ? null : await customerFieldsOf(sql, connectionId, customerId);
    return customer && { quantity: null, status: 'active', autoRenew: null, customer };
  }
  const facts = subscriptionId === null ? null : await factsOf(sql, connectionId, subscriptionId);
  if (!facts) return null;
  const { quantity, status, autoRenew } = facts;
  return { quantity, status, autoRenew };
}

/** … and whether that is what was wanted. A missing one counts as cancelled, or as not created. */
export async function outcomeOf(sql: Sql, row: ChangeRow): Promise<{ seen: Base | null; achieved: boolean }> {
  const seen = await seenOf(sql, row);
  return { seen, achieved: seen ? achieved(row.kind, row.wanted, seen) : row.kind === 'cancel' };
}

/** Stores which subscription or customer an order created, once the ledger shows it. */
export async function noteMade(
  sql: Sql,
  { id, kind }: Pick<ChangeRow, 'id' | 'kind'>,
  made: string,
): Promise<void> {
  const column = kind === 'create-customer' ? sql`customer_id` : sql`subscription_id`;
  await sql`update changes set ${column} = ${made} where id = ${id}`;
}

/** Ends an ambiguous change that a person has checked, whatever its result. */
export async function closeAmbiguous(tx: Queryable, id: string): Promise<void> {
  await tx`update changes set state = 'failed', finished_at = now(),
      message = 'Its answer was lost. A person looked it up at the distributor and closed it.'
    where id = ${id} and state = 'ambiguous'`;
}

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
