import type { Sql, TransactionSql } from 'postgres';
import { type FindingKind, findingKey } from '../../domain/findings/finding.ts';
import { ownerRules } from '../../domain/ownership.ts';
import { rule, type SubscriptionRule } from '../../domain/rules.ts';
import { customersLeft } from '../ledger/left-customers.ts';
import { firstOf } from './rules.ts';
import type { PlanScope } from './scope.ts';

/**
 * The steps of a subscription plan, each a query that refers to earlier ones by name. subscriptions.ts joins them;
 * test/db/planner tests each alone.
 */
type Db = Sql | TransactionSql;

/** Who owns which field, the first that fits deciding. Fields without an owner are written when they change. */
export const owning = (sql: Db, { options }: PlanScope) => sql`
  select r.* from rows from (jsonb_to_recordset(${JSON.stringify(ownerRules(options.ownership))}::text::jsonb)
    as (field text, owner text, vendor text, sku text)) with ordinality as r(field, owner, vendor, sku, place)`;

/** The owner of the field `f` of a row. */
const ownerOf = (sql: Db) => sql`(select o.owner from owning o where o.field = f
  and (o.vendor is null or lower(o.vendor) = lower(c.vendor)) and (o.sku is null or lower(o.sku) in (lower(c.sku), lower(c.vendor_sku)))
  order by o.place limit 1)`;

/** Limits to the chosen customers, if any were chosen. */
export const ofChosen = (sql: Db, customerIds: string[] | null) =>
  customerIds
    ? sql`s.customer_id in (select jsonb_array_elements_text(${JSON.stringify(customerIds)}::text::jsonb))`
    : sql`true`;

/** All ids the listing showed, in any attempt: presence is decided by id alone. */
export const seen = (sql: Db, { collectionId }: PlanScope) => sql`
  select distinct u.id from collection_pages p, unnest(p.ids) u(id) where p.collection_id = ${collectionId}`;

/** Unchanged on both sides since our last write, so there is nothing to compare. Most rows end here. */
export const still = (sql: Db, scope: PlanScope) => sql`
  select s.id from subscriptions s
  join seen on seen.id = s.id
  join mappings m on m.integration_id = ${scope.integrationId} and m.customer_id = s.customer_id
  join clients c on c.connection_id = ${scope.destinationId} and c.id = m.client_id and not c.inactive
  join baselines b on b.integration_id = ${scope.integrationId} and b.entity = 'licence' and b.external_id = s.id
    and b.active and b.source_hash = s.hash || ${scope.optionsKey} and b.sent ->> 'clientId' = m.client_id
  join licences l on l.connection_id = ${scope.destinationId} and l.id = b.record_id and not l.deleted and l.hash = b.returned_hash
  where s.connection_id = ${scope.sourceId} and ${ofChosen(sql, scope.customerIds)}`;

/** The rows left to compare, without the wide raw record. */
export const rest = (sql: Db, scope: PlanScope) => sql`
  select connection_id, id, customer_id, name, status, status_text, hash, quantity, usage, currency, vendor, sku, vendor_sku, unreadable from subscriptions s
  where s.connection_id = ${scope.sourceId} and ${ofChosen(sql, scope.customerIds)}
    and not exists (select 1 from still where still.id = s.id)`;

/**
 * Customers whose subscriptions were listed completely (the empty one means all): only for these do ends count. A
 * listing that only lacks records without a readable id is complete enough for that.
 */
export const judged = (sql: Db, { collectionId }: PlanScope) => sql`
  select s.scope, c.state = 'complete' as complete from collection_scopes s
  join collections c on c.id = s.collection_id and c.attempt = s.attempt
  where c.id = ${collectionId} and s.state = 'listed'
    and (c.state = 'complete' or coalesce((c.completeness ->> 'accounted')::boolean, false))`;

/** Licences found by an external link: of this distributor, and not in the baseline of another subscription. */
export const linked = (sql: Db, scope: PlanScope) => sql`
  select distinct on (id) id, licence_id, chosen from (${byLink(sql, scope)}) k(id, licence_id, chosen) order by id, chosen`;

const byLink = (sql: Db, scope: PlanScope) => sql`
  (select distinct on (k.third_party_id) k.third_party_id as id, l.id as licence_id, false as chosen
  from links k join licences l on l.connection_id = k.connection_id and l.id = k.record_id
  where k.connection_id = ${scope.destinationId} and not l.deleted and l.distributor = ${scope.distributorName}
    and (k.third_party_type = ${scope.subscriptionLinkType} or k.third_party_type is null
      or (k.third_party_type not like ${`${scope.sourceKind}:%`}))
    and not exists (select 1 from baselines b where b.entity = 'licence' and b.record_id = l.id
      and b.integration_id in (select id from integrations where destination_id = ${scope.destinationId} and deleted_at is null)
      and not (b.integration_id = ${scope.integrationId} and b.external_id = k.third_party_id))
  order by k.third_party_id, (k.third_party_type = ${scope.subscriptionLinkType}) desc nulls last, l.active desc, length(l.id), l.id)
  union all
  -- Confirmed by a person, and nobody's still.
  select d.external_id, l.id, true from decisions d
  join licences l on l.connection_id = ${scope.destinationId} and l.id = d.fields ->> 0 and not l.deleted
  where d.integration_id = ${scope.integrationId} and d.entity = 'subscription' and d.decision = 'adopt' and ${isNobodys(sql, scope)}`;

/** Of a licence `l`: no integration of this destination remembers it. */
const isNobodys = (sql: Db, { destinationId }: PlanScope) => sql`
  not exists (select 1 from baselines b where b.entity = 'licence' and b.record_id = l.id
    and b.integration_id in (select id from integrations where destination_id = ${destinationId} and deleted_at is null))`;

/**
 * Licences that nobody remembers and no id names, each with the subscription that it may be: of the same client, SKU and
 * term, in the order of their quantities where there are several. Never by name.
 */
export const offered = (sql: Db, scope: PlanScope) => {
  const { integrationId, destinationId, sourceId, sourceKind, distributorName } = scope;
  const place = (id: string) =>
    sql`row_number() over (partition by client_id, sku, term order by quantity desc nulls last, ${sql(id)}) as place`;
  return sql`
  select o.id, f.licence_id from (
    select id, client_id, sku, term, ${place('id')} from (
      select s.id, m.client_id, lower(coalesce(s.vendor_sku, s.sku)) as sku, s.term, s.quantity from rest r
      join subscriptions s on s.connection_id = ${sourceId} and s.id = r.id
      join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
      where s.status in ('active', 'suspended') and s.term is not null
        and not exists (select 1 from baselines b where b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id)
        and not exists (select 1 from linked k where k.id = s.id)
    ) s where sku is not null
  ) o join (
    select id as licence_id, client_id, sku, term, ${place('id')} from (
      select l.id, l.client_id, lower(coalesce(nullif(l.fields ->> 'vendorSku', ''), nullif(l.fields ->> 'sku', ''))) as sku,
        l.fields ->> 'term' as term, (l.fields ->> 'quantity')::numeric as quantity
      from licences l
      where l.connection_id = ${destinationId} and l.active and not l.deleted and coalesce(l.distributor, '') in ('', ${distributorName})
        and ${isNobodys(sql, scope)}
        and not exists (select 1 from links k where k.connection_id = l.connection_id and k.record_id = l.id
          and k.third_party_type like ${`${sourceKind}:%`})
        and not exists (select 1 from linked k where k.licence_id = l.id)
    ) l where sku is not null and term is not null
  ) f using (client_id, sku, term, place)`;
};

/**
 * Licences whose client, name or distributor is unreadable and that are in no baseline: any of them may be a
 * subscription that would be created.
 */
export const obscure = (sql: Db, { destinationId }: PlanScope) => sql`
  select l.id, nullif(l.client_id, '') as client_id, nullif(l.fields ->> 'name', '') as name, l.fields ->> 'sku' as sku
  from licences l
  where l.connection_id = ${destinationId} and not l.deleted
    and (l.unreadable && '{clientId,name,deleted,distributor}'::text[] or exists (select 1 from links k
      where k.connection_id = l.connection_id and k.record_id = l.id and k.unreadable && '{thirdPartyId}'::text[]))
    and not exists (select 1 from baselines b where b.entity = 'licence' and b.record_id = l.id
      and b.integration_id in (select id from integrations where destination_id = ${destinationId} and deleted_at is null))`;

/** Customers that could not be listed: a subscription missing elsewhere may have moved to one of them. */
export const unlisted = (sql: Db, { collectionId }: PlanScope) => sql`
  select s.scope from collection_scopes s join collections c on c.id = s.collection_id and c.attempt = s.attempt
  where c.id = ${collectionId} and s.state = 'failed'`;

/** Whether the source lists customer by customer, and so no longer asks for those that left. */
const isByCustomer = (sql: Db, { collectionId }: PlanScope) =>
  sql`not exists (select 1 from collection_scopes where collection_id = ${collectionId} and scope = '')`;

/** Every subscription with its mapping, client, licence (by stored id, else by link), our last write and decisions. */
export const met = (sql: Db, scope: PlanScope) => {
  const { integrationId, destinationId } = scope;
  const decision = (alias: string, name: string) => sql`
    left join decisions ${sql(alias)} on ${sql(alias)}.integration_id = ${integrationId} and ${sql(alias)}.entity = 'subscription'
      and ${sql(alias)}.external_id = s.id and ${sql(alias)}.decision = ${name}`;
  return sql`
    select s.id, s.customer_id, s.name, s.status, s.status_text, s.hash, s.quantity, s.usage, s.vendor, s.sku, s.vendor_sku, s.unreadable,
      seen.id is not null as seen,
      j.scope is not null as judged,
      a.since as absent_since,
      coalesce(a.since <= ${scope.collectedAt}::timestamptz - interval '1 hour' and ${scope.wholeAccount} and j.complete, false) as absent,
      left_.id is not null and j.scope is null and ${isByCustomer(sql, scope)} as customer_left,
      m.customer_id is not null and m.client_id is not null as mapped, m.client_id,
      c.id is not null as client_there, coalesce(c.inactive, false) as client_inactive,
      b.record_id as stored_id, b.sent, b.returned, coalesce(b.active, false) as was_active,
      coalesce(l.id, ll.id) as licence_id, coalesce(l.client_id, ll.client_id) as licence_client,
      coalesce(l.fields, ll.fields) || jsonb_build_object('clientId', coalesce(l.client_id, ll.client_id)) as fields,
      coalesce(l.unreadable, ll.unreadable, '{}') as obscured,
      l.id is not null as by_id, coalesce(linked.chosen, false) as chosen, offered.licence_id as offered_id,
      k.decision as kept, x.decision is not null as dismissed, x.fields as dismissed_kinds, e.decision as ended, p.decision as approved,
      w.id is not null as doubtful,
      f.decision as take_ours, f.fields as take_ours_fields, t.decision as keep_theirs, t.fields as keep_theirs_fields
    from rest s
    left join seen on seen.id = s.id
    left join absences a on a.connection_id = s.connection_id and a.kind = 'subscriptions' and a.id = s.id
    left join judged j on j.scope = case when exists (select 1 from judged where scope = '') then '' else s.customer_id end
    left join (${customersLeft(sql, scope.sourceId)}) left_ on left_.id = s.customer_id
    left join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
    left join clients c on c.connection_id = ${destinationId} and c.id = m.client_id
    left join baselines b on b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id
    left join licences l on l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted
    left join linked on linked.id = s.id and l.id is null
    left join offered on offered.id = s.id
    left join licences ll on ll.connection_id = ${destinationId} and ll.id = linked.licence_id
    left join findings w on w.key = ${findingKey('ambiguous-write', integrationId, '')} || s.id and w.state <> 'resolved'
    ${decision('k', 'keep')} ${decision('x', 'dismiss')} ${decision('e', 'deactivate')} ${decision('p', 'approve')}
    ${decision('f', 'takeOurs')} ${decision('t', 'keepTheirs')}`;
};

/** The first rule that fits each subscription: is it listed, active, mapped, readable, and how was it found. */
export const ruled = (sql: Db, scope: PlanScope) => {
  const standing = sql`licence_id is not null and (stored_id is null or was_active)`;
  const over = sql`(not seen or status in ('cancelled', 'expired', 'deleted'))`;
  const left = sql`not seen and customer_left and mapped and ${standing}`;
  // If customers are listed one by one, a missing subscription may be at a customer not listed or not known yet.
  const mayHaveMoved = sql`(exists (select 1 from unlisted) or not exists (select 1 from judged where scope = '')
    and coalesce((select max(started_at) from collections where connection_id = ${scope.sourceId} and kind = 'customers'
      and state = 'complete' and customer_ids is null), '-infinity') < absent_since)`;
  const mayBeObscure = sql`(exists (select 1 from obscure o where
      exists (select 1 from links k where k.connection_id = ${scope.destinationId} and k.third_party_id = met.id and k.record_id = o.id)
      or coalesce(o.client_id = met.client_id, true)
        and (o.name is null or o.name in (met.name, met.name || ' (trial)') or o.sku = met.sku))
    or exists (select 1 from links k where k.connection_id = ${scope.destinationId} and k.third_party_id = met.id
      and k.unreadable && '{recordId}'::text[]))`;
  return sql`select met.*, ${firstOf<SubscriptionRule>(
    sql,
    [
      [sql`${left} and ended is not null`, 'ended_by_decision'],
      [sql`${left} and kept is not null`, 'kept_by_decision'],
      [sql`${left}`, 'customer_left'],
      // Of what is not ours, its absence tells nothing.
      [sql`not seen and (not absent or stored_id is null)`, 'unseen'],
      [
        sql`stored_id is null and licence_id is null and status in ('cancelled', 'expired', 'deleted', 'pending')`,
        'not_alive',
      ],
      // Nothing is left to be done, whatever became of its customer and client.
      [sql`${over} and stored_id is not null and (licence_id is null or not was_active)`, 'ended_already'],
      [sql`not mapped`, 'customer_unmapped'],
      [sql`not client_there`, 'client_missing'],
      [sql`client_inactive`, 'client_inactive'],
      [sql`${over} and seen and not judged`, 'not_judged'],
      [sql`${over} and kept is not null`, 'kept_by_decision'],
      [sql`${over} and seen`, 'ended_at_distributor'],
      [sql`${over} and ended is not null`, 'ended_by_decision'],
      [sql`${over} and ${mayHaveMoved}`, 'absence_unclear'],
      [sql`${over}`, 'absent_twice'],
      [
        sql`quantity < 0 or quantity is null and (not usage or 'quantity' = any(unreadable))`,
        'quantity_missing',
      ],
      [
        sql`licence_id is null and stored_id is not null and was_active and kept is not null`,
        'kept_by_decision',
      ],
      [sql`licence_id is null and stored_id is not null and was_active`, 'licence_gone'],
      [sql`licence_id is null and doubtful`, 'ambiguous_write'],
      [sql`licence_id is not null and status = 'unknown' and ended is not null`, 'ended_by_decision'],
      [sql`status = 'unknown'`, 'status_unknown'],
      [sql`licence_id is null and approved is null and ${mayBeObscure}`, 'licence_unreadable'],
      [sql`licence_id is null and approved is null and offered_id is not null`, 'licence_offered'],
      [sql`licence_id is null`, 'new_subscription'],
      [sql`chosen`, 'adopted_by_decision'],
      [sql`stored_id is null or not by_id`, 'adopted_by_link'],
    ],
    'compare',
  )} as rule from met`;
};

/** The licence each should become: all fields its rule writes, or only that it has ended. */
export const wanted = (sql: Db, scope: PlanScope) => sql`
  select r.*, c.writes, case
    when c.writes = 'ending' then jsonb_build_object('status', case when r.rule = ${rule('ended_at_distributor')} then r.status else 'cancelled' end, 'active', false)
    when c.writes is not null then case when c.writes = 'all' then jsonb_build_object('name', r.name) else '{}' end
      || subscription_to_licence(s, ${scope.distributorName}, ${scope.options.timeZone}, ${scope.options.currency})
      || jsonb_build_object('clientId', r.client_id)
  end as wanted
  from ruled r join catalogue c using (rule) join subscriptions s on s.connection_id = ${scope.sourceId} and s.id = r.id`;

/**
 * Three comparisons: `moved` at the distributor since our last write, `edited` at the destination since then, and
 * `differing` between the two now. An unreadable field of the licence does not count as edited.
 */
export const compared = (sql: Db) => sql`
  select w.*,
    case when writes = 'changes' then changed_fields(wanted, sent) end as moved,
    case when writes = 'changes' then changed_fields(pick_keys(returned, array(select distinct field from owning)) - obscured, fields) end as edited,
    case when writes in ('changes', 'ours', 'ending') then changed_fields(wanted, fields) end as differing
  from wanted w`;

/** What is written, which fields are held for a person, and which edits are overwritten. */
export const decided = (sql: Db) => {
  const takesOurs = sql`take_ours is not null and coalesce(take_ours_fields ? f, true)`;
  const owner = ownerOf(sql);
  const keepsTheirs = sql`keep_theirs is not null and coalesce(keep_theirs_fields ? f, true)`;
  return sql`
    select c.*,
      case writes
        when 'all' then wanted
        when 'ending' then pick_keys(wanted, differing)
        when 'ours' then pick_keys(wanted, array(select f from unnest(differing) f where f = 'clientId' or ${owner} = 'ours'))
        when 'changes' then pick_keys(wanted, array(
          select f from unnest(differing) f, lateral (select ${owner} as owner) o where
            (owner = 'ours' and (f = any(moved) or f = any(edited)))
            or (owner is distinct from 'theirs' and f = any(moved) and f <> all(edited))
            or (f = any(edited) and ${takesOurs})))
      end as after,
      case when writes = 'changes' then array(
        select f from unnest(differing) f
        where f = any(edited) and ${owner} = 'ask' and not (${takesOurs}) and not (${keepsTheirs}))
      end as held_fields,
      case when writes = 'changes' then array(
        select f from unnest(differing) f where f = any(edited) and ${owner} = 'ours')
      end as overwritten
    from compared c`;
};

/** Which findings, once dismissed, leave a row alone: each answers its own question. Of a create: that there be no licence. */
const questions = (sql: Db) => {
  const dismissed: [SubscriptionRule, FindingKind[]][] = [
    ['quantity_missing', ['quantity-missing']],
    ['status_unknown', ['status-unknown']],
    ['licence_unreadable', ['licence-unreadable']],
    ['licence_offered', ['licence-offered']],
    ['new_subscription', ['licence-unreadable', 'licence-offered', 'ambiguous-write']],
  ];
  return sql`case d.rule ${dismissed.map(([name, kinds]) => sql` when ${rule(name)} then ${sql.array(kinds)}::text[]`)} end`;
};

/** The items: unchanged rows are left out, and a comparison is named by its result. */
export const planned = (sql: Db) => sql`
  select d.*, coalesce(c.action, case when d.licence_id is null then 'create' else 'update' end) as action, c.outcome, c.message, case
      when d.rule = ${rule('status_unknown')} then d.status_text
      when d.rule = ${rule('quantity_missing')} then case when d.quantity < 0 then 'negative' when 'quantity' = any(d.unreadable) then 'not readable' else 'missing' end
      when d.overwritten <> '{}' then array_to_string(d.overwritten, ', ')
    end as detail
  from (select decided.*, case
      when rule <> ${rule('compare')} then rule
      when overwritten <> '{}' then ${rule('edit_overwritten')}
      else ${rule('changed_at_distributor')}
    end as named from decided) d
  join catalogue c on c.rule = d.named, lateral (select ${questions(sql)} as kinds) asked
  where c.outcome is not null
    and (d.writes is distinct from 'changes' or d.after <> '{}' or d.held_fields <> '{}')
    and (d.writes is distinct from 'ending' or d.after <> '{}')
    and not coalesce(d.dismissed and coalesce(d.dismissed_kinds ?| asked.kinds, asked.kinds is not null), false)`;
