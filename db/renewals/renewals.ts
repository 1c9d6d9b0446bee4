import type { PendingQuery, Row } from 'postgres';
import type { Sum } from '../../domain/reconciliation.ts';
import { shortTerms } from '../../domain/subscription.ts';
import type { Sql } from '../client.ts';

/** A subscription whose current term ends: it renews, it ends, or the distributor does not say. */
export interface Renewal {
  integrationId: string;
  integrationName: string;
  connectionId: string;
  subscriptionId: string;
  customerId: string;
  customerName: string | null;
  clientId: string | null;
  clientName: string | null;
  licenceId: string | null;
  name: string;
  vendor: string | null;
  sku: string | null;
  status: string;
  trial: boolean;
  term: string | null;
  billingCycle: string | null;
  autoRenew: boolean | null;
  /** When the term ends, and the day in the integration's zone. */
  renewsAt: Date;
  day: string;
  /** As the distributor gives them: an instant or a date. */
  renewalDate: string | null;
  commitmentEnd: string | null;
  cancelUntil: string | null;
  cancellation: 'open' | 'closed' | 'unknown';
  quantity: string | null;
  minQuantity: string | null;
  maxQuantity: string | null;
  unitCost: string | null;
  unitPrice: string | null;
  renewalCost: string | null;
  renewalPrice: string | null;
  currency: string | null;
  /** Cost per billing cycle now and after the renewal; empty if unknown. */
  money: Sum[];
  moneyAfter: Sum[];
  unreadable: string[];
}

export interface RenewalFilter {
  /** An ISO 8601 duration from now; null for each integration's own notice period. */
  within: string | null;
  integrationId?: string;
  customerId?: string;
  autoRenew?: boolean;
  /** Only terms longer than a month. */
  commitments?: boolean;
  /** `YYYY-MM-DD`, in the integration's zone. */
  day?: string;
}

type Fragment = PendingQuery<Row[]>;

/** The instant of a distributor's date; one without a zone is in the integration's zone. */
const instantOf = (sql: Sql, text: Fragment, zone: Fragment): Fragment =>
  sql`case when length(${text}) = 10 then (${text})::timestamp at time zone ${zone} else (${text})::timestamptz end`;

/** How many days before a renewal its finding opens, unless the integration says otherwise. */
export const noticeDays = 30;

/**
 * Active at the distributor and still listed. Dates are first compared as text, so that only the few in the requested
 * period are converted.
 */
const due = (sql: Sql, filter: RenewalFilter): Fragment => sql`
  select i.id as integration_id, i.name as integration_name, i.source_id, i.destination_id, z.zone, s.*, a.at,
    to_char(a.at at time zone z.zone, 'YYYY-MM-DD') as day, c.cancel_at
  from integrations i
  cross join lateral (select coalesce(i.options ->> 'timeZone', 'UTC') as zone,
    now() + ${filter.within === null ? sql`make_interval(days => coalesce((i.options ->> 'renewalNoticeDays')::int, ${noticeDays}))` : sql`${filter.within}::interval`} as until) z
  join subscriptions s on s.connection_id = i.source_id and s.status in ('active', 'suspended')
    and coalesce(s.renewal_date, s.end_date) >= to_char(now() - interval '2 days', 'YYYY-MM-DD')
    and coalesce(s.renewal_date, s.end_date) <= to_char(z.until + interval '2 days', 'YYYY-MM-DD')
  cross join lateral (select ${instantOf(sql, sql`coalesce(s.renewal_date, s.end_date)`, sql`z.zone`)} as at) a
  cross join lateral (select ${instantOf(sql, sql`s.cancel_until`, sql`z.zone`)} as cancel_at) c
  where i.deleted_at is null and a.at >= date_trunc('day', now() at time zone z.zone) at time zone z.zone and a.at <= z.until
    and not exists (select 1 from absences x where x.connection_id = s.connection_id and x.kind = 'subscriptions' and x.id = s.id)
    ${filter.integrationId ? sql`and i.id = ${filter.integrationId}` : sql``}
    ${filter.customerId ? sql`and s.customer_id = ${filter.customerId}` : sql``}
    ${filter.autoRenew === undefined ? sql`` : sql`and s.auto_renew = ${filter.autoRenew}`}
    ${filter.commitments ? sql`and not coalesce(s.term, '') in ${sql([...shortTerms])} and (s.term is not null or s.end_date is not null)` : sql``}`;

const sumOf = (sql: Sql, unit: Fragment): Fragment => sql`
  case when d.quantity is null or ${unit} is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object(
    'amount', trim_scale(d.quantity * ${unit})::text, 'currency', d.currency, 'cycle', d.billing_cycle)) end`;

export type RenewalKey = [at: string, integrationId: string, subscriptionId: string];

/** Soonest first, one more than `limit` if there is a next page. */
export async function listRenewals(
  sql: Sql,
  filter: RenewalFilter,
  { limit, after }: { limit: number | null; after: RenewalKey | null },
): Promise<Renewal[]> {
  return await sql<Renewal[]>`
    with due as (${due(sql, filter)}), page as (
      select * from due where ${filter.day ? sql`day = ${filter.day}` : sql`true`} ${after ? sql`and (at, integration_id, id) > (${after[0]}::timestamptz, ${after[1]}::uuid, ${after[2]})` : sql``}
      order by at, integration_id, id ${limit === null ? sql`` : sql`limit ${limit + 1}`}
    )
    select d.integration_id as "integrationId", d.integration_name as "integrationName", d.source_id as "connectionId", d.id as "subscriptionId",
      d.customer_id as "customerId", k.name as "customerName", m.client_id as "clientId", n.name as "clientName",
      b.record_id as "licenceId", d.name, d.vendor, d.sku, d.status, d.trial, d.term, d.billing_cycle as "billingCycle",
      d.auto_renew as "autoRenew", d.at as "renewsAt", d.day, d.renewal_date as "renewalDate", d.end_date as "commitmentEnd",
      d.cancel_until as "cancelUntil",
      case when d.cancel_at is null then 'unknown' when d.cancel_at >= now() then 'open' else 'closed' end as cancellation,
      trim_scale(d.quantity)::text as quantity, trim_scale(d.min_quantity)::text as "minQuantity",
      trim_scale(d.max_quantity)::text as "maxQuantity", trim_scale(d.unit_cost)::text as "unitCost",
      trim_scale(d.unit_price)::text as "unitPrice", trim_scale(d.renewal_cost)::text as "renewalCost",
      trim_scale(d.renewal_price)::text as "renewalPrice", d.currency, ${sumOf(sql, sql`d.unit_cost`)} as money,
      ${sumOf(sql, sql`d.renewal_cost`)} as "moneyAfter", d.unreadable
    from page d
    left join customers k on k.connection_id = d.source_id and k.id = d.customer_id
    left join mappings m on m.integration_id = d.integration_id and m.customer_id = d.customer_id
    left join clients n on n.connection_id = d.destination_id and n.id = m.client_id
    left join baselines b on b.integration_id = d.integration_id and b.entity = 'licence' and b.external_id = d.id
    order by d.at, d.integration_id, d.id`;
}

export interface RenewalDay {
  day: string;
  count: number;
  /** How many of those do not renew automatically. */
  ending: number;
  money: Sum[];
}

/** How many renew on each day, and their cost per billing cycle. */
export async function renewalDays(sql: Sql, filter: RenewalFilter): Promise<RenewalDay[]> {
  return await sql<RenewalDay[]>`
    with sums as (
      select day, currency, billing_cycle, count(*)::int as n, (count(*) filter (where auto_renew is false))::int as ending,
        sum(quantity * unit_cost) as amount
      from (${due(sql, filter)}) d group by 1, 2, 3
    )
    select day, sum(n)::int as count, sum(ending)::int as ending, coalesce(jsonb_agg(jsonb_build_object(
      'amount', trim_scale(amount)::text, 'currency', currency, 'cycle', billing_cycle) order by currency, billing_cycle)
      filter (where amount is not null), '[]') as money
    from sums group by day order by day`;
}
