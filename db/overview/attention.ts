import type { Fragment } from 'postgres';
import type { Severity } from '../../domain/findings/definition.ts';
import type { FindingAction } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';

/** What a person must do now: tokens, failed imports, approvals, findings by cause. */
export interface Money {
  amount: string;
  currency: string | null;
  cycle: string | null;
}

export interface EndingToken {
  connectionId: string;
  name: string;
  state: 'ok' | 'refreshing' | 'reauth_required';
  problem: string | null;
  endsAt: Date | null;
}

/** Tokens that only a person can replace, and those that expire within the given days. */
export async function endingTokens(sql: Sql, days: number): Promise<EndingToken[]> {
  return await sql<EndingToken[]>`
    select c.id as "connectionId", c.name, t.state, t.problem, t.refresh_expires_at as "endsAt"
    from tokens t join connections c on c.id = t.connection_id and c.deleted_at is null
    where t.state = 'reauth_required' or t.refresh_expires_at <= clock_timestamp() + make_interval(days => ${days})
    order by t.refresh_expires_at nulls first`;
}

export interface FailedImport {
  importId: string;
  integrationId: string;
  integrationName: string;
  kind: 'customers' | 'subscriptions';
  mode: string;
  at: Date;
  problem: { title: string; detail: string } | null;
  /** Another import is already running. */
  retrying: boolean;
}

/** Kinds whose newest ended import failed, without previews. */
export async function failedImports(sql: Sql): Promise<FailedImport[]> {
  return await sql<FailedImport[]>`
    select m.id as "importId", n.id as "integrationId", n.name as "integrationName", m.kind, m.mode, m.finished_at as at, m.problem,
      exists (select 1 from imports r where r.integration_id = n.id and r.kind = m.kind and r.state = 'running' and r.mode <> 'preview') as retrying
    from integrations n
    cross join unnest(array['customers', 'subscriptions']) k(kind)
    cross join lateral (
      select * from imports i where i.integration_id = n.id and i.kind = k.kind and i.mode <> 'preview' and i.state not in ('running', 'cancelled')
      order by i.id desc limit 1
    ) m
    where n.deleted_at is null and m.state = 'failed' order by m.finished_at`;
}

export interface WaitingChanges {
  integrationId: string;
  integrationName: string;
  count: number;
  /** When the first one can no longer be approved. */
  until: Date;
  money: Money[];
}

export async function waitingChanges(sql: Sql): Promise<WaitingChanges[]> {
  return await sql<WaitingChanges[]>`
    with waiting as (
      select integration_id, expires_at, cost -> 'perCycle' as cost from changes where state = 'waiting' and expires_at > now()
    ), sums as (
      select integration_id, jsonb_agg(jsonb_build_object('amount', amount, 'currency', currency, 'cycle', cycle) order by currency, cycle) as money
      from (
        select integration_id, cost ->> 'currency' as currency, cost ->> 'cycle' as cycle, trim_scale(sum((cost ->> 'amount')::numeric))::text as amount
        from waiting where cost ->> 'amount' is not null group by 1, 2, 3
      ) s group by 1
    )
    select n.id as "integrationId", n.name as "integrationName", count(*)::int as count, min(w.expires_at) as until,
      coalesce((select money from sums where sums.integration_id = n.id), '[]') as money
    from waiting w join integrations n on n.id = w.integration_id group by n.id, n.name`;
}

export interface FindingGroup {
  kind: string;
  cause: string;
  severity: Severity;
  integrationId: string | null;
  integrationName: string | null;
  connectionId: string | null;
  count: number;
  since: Date;
  /** One finding of the group. */
  message: string;
  findingId: string;
  /** All findings of the group. */
  findingIds: string[];
  actions: FindingAction[];
  /** The subscriptions it is about, and their cost per billing cycle. */
  subscriptions: number;
  money: Money[];
}

/**
 * Open findings grouped by cause and integration, with the value of the subscriptions they hold: by sale price, else by
 * cost. Kinds in `aside` are reported elsewhere; `only` is a condition on findings `f`.
 */
export async function findingGroups(
  sql: Sql,
  aside: string[],
  only: Fragment = sql`true`,
): Promise<FindingGroup[]> {
  return await sql<FindingGroup[]>`
    with open as materialized (
      select f.*, n.source_id, n.name as integration_name,
        dense_rank() over (order by f.kind, f.cause, f.integration_id, f.connection_id) as place
      from findings f left join integrations n on n.id = f.integration_id
      where (f.state = 'open' or (f.state = 'muted' and f.muted_until <= now())) and n.deleted_at is null
        and f.kind not in (select jsonb_array_elements_text(${JSON.stringify(aside)}::text::jsonb)) and ${only}
    ), about as (
      select o.place, o.source_id, e.id from open o cross join lateral jsonb_array_elements_text(
        case jsonb_typeof(o.subject -> 'externalIds') when 'array' then o.subject -> 'externalIds' else '[]' end) e(id)
      union
      select o.place, o.source_id, coalesce(o.subject ->> 'subscriptionId', o.subject ->> 'externalId') from open o
      where not o.subject ? 'externalIds'
      union
      select o.place, o.source_id, s.id from open o
      join subscriptions s on s.connection_id = o.source_id and s.customer_id = o.subject ->> 'customerId'
      where not o.subject ? 'externalIds'
        and coalesce(o.subject ->> 'subscriptionId', o.subject ->> 'externalId', s.customer_id) = s.customer_id
    ), sums as (
      select a.place, s.currency, s.billing_cycle as cycle, count(*)::int as n, sum(s.quantity * coalesce(s.unit_price, s.unit_cost)) as amount
      from about a join subscriptions s on s.connection_id = a.source_id and s.id = a.id and s.status in ('active', 'suspended')
      group by 1, 2, 3
    ), money as (
      select place, sum(n)::int as subscriptions, coalesce(jsonb_agg(jsonb_build_object(
        'amount', trim_scale(amount)::text, 'currency', currency, 'cycle', cycle) order by currency, cycle) filter (where amount is not null), '[]') as money
      from sums group by 1
    )
    select min(o.kind) as kind, min(o.cause) as cause,
      (array['critical', 'warning', 'info'])[min(array_position(array['critical', 'warning', 'info'], o.severity))] as severity,
      (array_agg(o.integration_id))[1] as "integrationId", min(o.integration_name) as "integrationName",
      (array_agg(o.connection_id))[1] as "connectionId", count(*)::int as count, min(o.opened_at) as since,
      (array_agg(o.message order by o.opened_at, o.id))[1] as message, (array_agg(o.id order by o.opened_at, o.id))[1] as "findingId",
      array_agg(o.id order by o.opened_at, o.id) as "findingIds",
      (array_agg(o.actions order by o.opened_at, o.id))[1] as actions,
      coalesce(min(m.subscriptions), 0) as subscriptions, coalesce((array_agg(m.money))[1], '[]') as money
    from open o left join money m on m.place = o.place
    group by o.place`;
}
