import type { TransactionSql } from 'postgres';
import type { ChargeState } from '../../domain/charges.ts';
import { type DifferenceClassName, differenceClassNames, type Sum } from '../../domain/reconciliation.ts';
import type { Sql } from '../client.ts';
import { bulkTransaction } from '../sql.ts';
import type { Sides } from './sides.ts';
import { versionsOf } from './versions.ts';

/** One side of a difference, summed over its lines. Decimals; null if the lines disagree or a value is unknown. */
export interface DifferenceSide {
  quantity: string | null;
  unitCost: string | null;
  unitPrice: string | null;
  currency: string | null;
  cycle: string | null;
  term: string | null;
  status: string | null;
}

export interface Difference {
  class: DifferenceClassName;
  customerId: string | null;
  customerName: string | null;
  clientId: string | null;
  clientName: string | null;
  /** The vendor's number of what is sold, else its name. */
  product: string;
  productName: string | null;
  subscriptionIds: string[];
  licenceIds: string[];
  distributor: DifferenceSide | null;
  destination: DifferenceSide | null;
  /** Positive: should be billed but is not. Negative: is billed but should not be. */
  money: Sum[];
  since: Date;
  /** What the distributor billed for these subscriptions; null where its charges of the month were not read. */
  charged: Charged | null;
}

/** Of a month, in the distributor's own documents. Credits count in the money, not in the quantity. */
export interface Charged {
  state: ChargeState;
  month: string;
  quantity: string | null;
  lines: number;
  money: Sum[];
}

export interface DifferenceQuery {
  distributorName: string;
  subscriptionLinkType: string;
  marginFloorPercent: number | null;
  asOf: Date | null;
  /** The month of charges shown beside both sides; null: none was read. */
  charges: { readingId: string; state: ChargeState; month: string; end: Date } | null;
  class?: DifferenceClassName;
  limit: number;
  offset: number;
}

export interface Differences {
  items: Difference[];
  /** For all classes, whatever page was requested. */
  summary: { class: DifferenceClassName; count: number; money: Sum[] }[];
}

/**
 * Compares both sides in one statement. Subscriptions of one product, currency and billing cycle at one client are
 * summed first, so that moving seats between two of them is no difference; money is never added across currencies or
 * billing cycles.
 */
export async function differences(sql: Sql, sides: Sides, query: DifferenceQuery): Promise<Differences> {
  return await bulkTransaction(sql, async (tx) => {
    const wanted = query.class ?? null;
    const money = tx`case when amount is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object(
      'amount', trim_scale(amount)::text, 'currency', currency, 'cycle', cycle)) end`;
    const order = tx`rank, abs(amount) desc nulls last, customer_id, client_id, product, subscription_ids, licence_ids`;
    const [row] = await tx<[Differences]>`
      with ${lines(tx, sides, query)}, ${groups(tx)}, differing as materialized (
        ${quantityDifferences(tx)} union all ${lineDifferences(tx, sides, query)}
      ), ranked as (
        select d.*, array_position(${tx.array([...differenceClassNames])}::text[], d.class) as rank from differing d
      ), page as (
        select p.*, row_number() over (order by ${order}) as place from ranked p where ${wanted}::text is null or class = ${wanted}
        order by ${order} limit ${query.limit} offset ${query.offset}
      ), sums as (
        select class, rank, currency, cycle, count(*) as n, sum(amount) as amount from ranked group by 1, 2, 3, 4
      )
      select
        coalesce((select jsonb_agg(jsonb_build_object(
          'class', class, 'customerId', customer_id, 'clientId', client_id, 'product', product,
          'productName', ${productName(tx, sides)},
          'customerName', (select name from customers c where c.connection_id = ${sides.sourceId} and c.id = customer_id),
          'clientName', (select name from clients c where c.connection_id = ${sides.destinationId} and c.id = client_id),
          'subscriptionIds', subscription_ids, 'licenceIds', licence_ids, 'distributor', distributor, 'destination', destination,
          'money', ${money}, 'since', since, 'charged', ${chargedFor(tx, query)}) order by place) from page), '[]') as items,
        coalesce((select jsonb_agg(jsonb_build_object('class', class, 'count', n, 'money', money) order by rank)
          from (select class, rank, sum(n)::int as n, coalesce(jsonb_agg(jsonb_build_object(
            'amount', trim_scale(amount)::text, 'currency', currency, 'cycle', cycle) order by currency, cycle)
            filter (where amount is not null), '[]') as money from sums group by 1, 2) s), '[]') as summary`;
    const { items, summary } = row;
    return { summary, items: items.map((item) => ({ ...item, since: new Date(item.since) })) };
  });
}

/** By the distributor's own word, else by the destination's. */
const productName = (sql: TransactionSql, { sourceId, destinationId }: Sides) => sql`coalesce(
  (select s.name from subscriptions s where s.connection_id = ${sourceId} and s.id = subscription_ids[1]),
  (select l.fields ->> 'name' from licences l where l.connection_id = ${destinationId} and l.id = licence_ids[1]))`;

/**
 * Both sides line by line. A licence belongs to a subscription by our baseline, else by its external link; a licence
 * kept by another integration is left out.
 */
function lines(sql: TransactionSql, sides: Sides, query: DifferenceQuery) {
  const { integrationId, sourceId, destinationId, lists } = sides;
  const { asOf, distributorName, subscriptionLinkType } = query;
  const listing = lists.find(({ kind }) => kind === 'subscriptions');
  return sql`
    seen as materialized (
      select distinct u.id from collection_pages p, unnest(p.ids) u(id) where p.collection_id = ${listing?.collectionId ?? null}
    ), owned as materialized (
      select b.record_id as licence_id, b.external_id as subscription_id, b.integration_id = ${integrationId} as ours
      from baselines b join integrations n on n.id = b.integration_id
      where b.entity = 'licence' and n.destination_id = ${destinationId} and n.deleted_at is null
    ), linked as materialized (
      select k.record_id as licence_id, k.third_party_id as subscription_id
      from (${versionsOf(sql, destinationId, 'links', asOf)}) k where k.third_party_type = ${subscriptionLinkType}
    ), belonging as materialized (
      select licence_id, subscription_id from owned where ours
      union
      select licence_id, subscription_id from linked l where not exists (select 1 from owned o where o.licence_id = l.licence_id)
    ), answered as materialized (
      select external_id as id, bool_or(decision = 'keep') as keep,
        bool_or(decision = 'keepTheirs' and coalesce(fields ? 'unitPrice', true)) as keep_price
      from decisions where integration_id = ${integrationId} and entity = 'subscription' and decision in ('keep', 'keepTheirs')
      group by 1
    ), active_licences as materialized (
      select l.id, l.client_id, l.distributor, l.fields, l.valid_from
      from (${versionsOf(sql, destinationId, 'licences', asOf)}) l where l.active and not l.deleted
    ), elsewhere as materialized (
      select distinct l.subscription_id as id, l.licence_id from linked l
      join owned o on o.licence_id = l.licence_id and not o.ours join active_licences a on a.id = l.licence_id
    ), charged as materialized (${charged(sql, query)}
    ), bought as materialized (
      -- Alive by the distributor's own word, and shown by its last complete listing.
      select s.id, s.customer_id, coalesce(s.vendor_sku, s.sku, s.name) as product, s.status,
        coalesce(s.quantity, case when s.usage then 1 end) as quantity, s.unit_cost, s.unit_price,
        coalesce(s.currency, '') as currency, coalesce(s.billing_cycle, '') as cycle, s.term, s.valid_from, m.client_id,
        coalesce(m.client_id, '?' || s.customer_id) as place,
        s.status in ('active', 'suspended') and (seen.id is not null or s.valid_from > ${listing?.startedAt ?? new Date(0)}) as alive,
        w.keep, w.keep_price
      from (${versionsOf(sql, sourceId, 'subscriptions', asOf)}) s
      left join seen on seen.id = s.id
      left join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
      left join answered w on w.id = s.id
    ), billed as materialized (
      -- A line takes its subscription's product, currency and cycle; one that stands alone has its own.
      select l.id, l.client_id as place, b.id as subscription_id, b.customer_id, coalesce(b.alive, false) as alive,
        not coalesce(b.alive, false) and coalesce(b.keep, false) as kept,
        coalesce(b.product, l.fields ->> 'vendorSku', l.fields ->> 'sku', l.fields ->> 'name') as product,
        (l.fields ->> 'quantity')::numeric as quantity, (l.fields ->> 'unitPrice')::numeric as unit_price,
        (l.fields ->> 'unitCost')::numeric as unit_cost, l.fields ->> 'billingCycle' as own_cycle, l.fields ->> 'term' as term,
        l.fields ->> 'status' as status, coalesce(b.cycle, l.fields ->> 'billingCycle', '') as cycle, b.currency as told_currency, l.valid_from
      from active_licences l
      left join belonging g on g.licence_id = l.id
      left join bought b on b.id = g.subscription_id
      where b.id is not null or (l.distributor = ${distributorName} and not exists (select 1 from owned o where o.licence_id = l.id and not o.ours))
    )`;
}

/** What was billed for each subscription, a currency apart. */
const charged = (sql: TransactionSql, { charges }: DifferenceQuery) => sql`
      select subscription_id, currency, count(*)::int as lines, sum(quantity) filter (where cost >= 0) as quantity, sum(cost) as cost
      from charges where reading_id = ${charges?.readingId ?? null} and subscription_id is not null group by 1, 2`;

/** … for those of one difference. */
const chargedFor = (sql: TransactionSql, { charges }: DifferenceQuery) =>
  charges === null
    ? sql`null::jsonb`
    : sql`(select jsonb_build_object('state', ${charges.state}::text, 'month', ${charges.month}::text, 'quantity', trim_scale(sum(quantity))::text,
        'lines', coalesce(sum(lines), 0)::int, 'money', coalesce(jsonb_agg(jsonb_build_object('amount', trim_scale(cost)::text,
        'currency', currency, 'cycle', null) order by currency), '[]'))
        from (select currency, sum(quantity) as quantity, sum(lines) as lines, sum(cost) as cost from charged
          where subscription_id = any(page.subscription_ids) group by 1) c)`;

/** Lines summed by client, product, currency and cycle. A value is kept if all lines agree on it. */
const groups = (sql: TransactionSql) => sql`
    theirs as materialized (
      select place, product, currency, cycle, min(customer_id) as customer_id, min(client_id) as client_id, array_agg(id order by id) as ids,
        sum(quantity) as quantity, bool_and(quantity is not null) as known, max(valid_from) as since,
        sum(quantity * coalesce(unit_price, unit_cost)) as worth, max(coalesce(unit_price, unit_cost)) as dearest,
        ${agreed(sql, 'unit_price')}, ${agreed(sql, 'unit_cost')}, ${agreed(sql, 'term')}, ${agreed(sql, 'status')}
      from bought where alive and id not in (select id from elsewhere) group by 1, 2, 3, 4
    ), placed as materialized (
      -- Of a line that stands alone the destination tells no currency: it is compared with what is there.
      select b.*, coalesce(b.told_currency, (select min(t.currency) from theirs t
        where t.place = b.place and t.product = b.product and t.cycle = b.cycle), '') as currency
      from billed b where not b.kept
    ), ours as materialized (
      select place, product, currency, cycle, min(customer_id) as customer_id, array_agg(id order by id) as ids,
        array_remove(array_agg(distinct subscription_id), null) as subscription_ids,
        sum(quantity) as quantity, bool_and(quantity is not null) as known, max(valid_from) as since, max(unit_price) as dearest,
        count(subscription_id) > count(distinct subscription_id) as twice, bool_or(subscription_id is not null and not alive) as ended,
        ${agreed(sql, 'unit_price')}, ${agreed(sql, 'unit_cost')}, ${agreed(sql, 'term')}, ${agreed(sql, 'status')},
        bool_and(coalesce(own_cycle, cycle) = cycle) as same_cycle
      from placed group by 1, 2, 3, 4
    )`;

const agreed = (sql: TransactionSql, column: string) =>
  sql`case when min(${sql(column)}) = max(${sql(column)}) and count(${sql(column)}) = count(*) then min(${sql(column)}) end as ${sql(column)}`;

const side = (sql: TransactionSql, of: string) => sql`jsonb_build_object(
  'quantity', trim_scale(${sql(of)}.quantity)::text, 'unitCost', trim_scale(${sql(of)}.unit_cost)::text,
  'unitPrice', trim_scale(${sql(of)}.unit_price)::text, 'currency', nullif(${sql(of)}.currency, ''), 'cycle', nullif(${sql(of)}.cycle, ''),
  'term', ${sql(of)}.term, 'status', ${sql(of)}.status)`;

/** Compares quantities by client and product. An unknown sum is not compared. */
const quantityDifferences = (sql: TransactionSql) => sql`
  select case
      when o.ids is null then 'active-but-unbilled'
      when coalesce(t.quantity, 0) > o.quantity then 'under-billed'
      when o.twice then 'duplicate-line'
      when o.ended then 'billed-after-cancellation'
      else 'over-billed'
    end as class,
    coalesce(t.customer_id, o.customer_id) as customer_id, coalesce(t.client_id, o.place) as client_id, coalesce(t.product, o.product) as product,
    array(select unnest(t.ids) union select unnest(o.subscription_ids) order by 1) as subscription_ids, coalesce(o.ids, '{}') as licence_ids,
    case when t.ids is not null then ${side(sql, 't')} end as distributor, case when o.ids is not null then ${side(sql, 'o')} end as destination,
    case when o.ids is not null
      then (coalesce(t.quantity, 0) - o.quantity) * coalesce(case when o.same_cycle then o.unit_price end, t.unit_price, o.dearest, t.dearest)
      when t.known then t.worth end as amount,
    nullif(coalesce(t.currency, o.currency), '') as currency, nullif(coalesce(t.cycle, o.cycle), '') as cycle, greatest(t.since, o.since) as since
  from theirs t full join ours o on o.place = t.place and o.product = t.product and o.currency = t.currency and o.cycle = t.cycle
  where o.ids is null or (coalesce(t.known, true) and o.known and coalesce(t.quantity, 0) <> o.quantity)`;

/** Values in which a licence differs from its own subscription, and what people and other integrations keep. */
function lineDifferences(
  sql: TransactionSql,
  { options }: Sides,
  { marginFloorPercent, charges }: DifferenceQuery,
) {
  return sql`
  select d.class, b.customer_id, l.place as client_id, b.product, array[b.id] as subscription_ids, array[l.id] as licence_ids,
    ${side(sql, 'b')} as distributor,
    jsonb_build_object('quantity', trim_scale(l.quantity)::text, 'unitCost', trim_scale(l.unit_cost)::text, 'unitPrice', trim_scale(l.unit_price)::text,
      'currency', null, 'cycle', l.own_cycle, 'term', l.term, 'status', l.status) as destination,
    d.amount, nullif(b.currency, '') as currency, nullif(b.cycle, '') as cycle, greatest(b.valid_from, l.valid_from) as since
  from billed l join bought b on b.id = l.subscription_id, lateral (
    select l.own_cycle is null or l.own_cycle = b.cycle as comparable
  ) c, lateral (values
    (case when coalesce(b.keep_price, false) then 'held-by-person' else 'price-drift' end,
      comparable and b.alive and half_even(l.unit_price, 4) <> half_even(b.unit_price, 4), (b.unit_price - l.unit_price) * l.quantity),
    ('cost-drift', comparable and b.alive and half_even(l.unit_cost, 4) <> half_even(b.unit_cost, 4), null),
    ('margin-below-floor', comparable and b.alive and l.unit_price > 0
      and (l.unit_price - b.unit_cost) * 100 < ${marginFloorPercent}::numeric * l.unit_price,
      (b.unit_cost - l.unit_price * (1 - ${marginFloorPercent}::numeric / 100)) * l.quantity),
    ('term-mismatch', b.alive and (not comparable or l.term <> b.term), null),
    ('currency-mismatch', b.alive and b.currency <> '' and b.currency <> ${options.currency}::text, null),
    ('held-by-person', l.kept, -l.quantity * l.unit_price)
  ) d(class, differs, amount)
  where d.differs
  ${chargeDifferences(sql, charges)}
  union all
  select 'owned-by-another-integration', b.customer_id, b.client_id, b.product, array[b.id], array_agg(e.licence_id order by e.licence_id),
    ${side(sql, 'b')}, null, null, nullif(b.currency, ''), nullif(b.cycle, ''), b.valid_from
  from elsewhere e join bought b on b.id = e.id and b.alive
  group by b.id, b.customer_id, b.client_id, b.product, b.quantity, b.unit_cost, b.unit_price, b.currency, b.cycle, b.term, b.status, b.valid_from`;
}

/**
 * What a month's charges say of a subscription against what the distributor's list says, where that has not changed since
 * the month ended.
 */
const chargeDifferences = (sql: TransactionSql, charges: DifferenceQuery['charges']) =>
  charges?.state === 'read'
    ? sql`
  union all
  select 'charged-differently', b.customer_id, b.client_id, b.product, array[b.id], '{}', ${side(sql, 'b')}, null,
    (c.quantity - b.quantity) * b.unit_cost, nullif(b.currency, ''), nullif(b.cycle, ''), b.valid_from
  from bought b join (select subscription_id, sum(quantity) as quantity from charged group by 1) c on c.subscription_id = b.id
  where b.alive and b.cycle = 'monthly' and b.valid_from < ${charges.end} and c.quantity <> b.quantity`
    : sql``;
