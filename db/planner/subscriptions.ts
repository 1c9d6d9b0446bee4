import type { Sql, TransactionSql } from 'postgres';
import type { PlanScope } from './scope.ts';

/** Ours: an edit at the destination is overwritten and noted. */
const ours = [
  'quantity',
  'unitCost',
  'startDate',
  'endDate',
  'status',
  'term',
  'billingCycle',
  'autoRenew',
  'distributor',
  'active',
];
/** Theirs once they differ from what the destination returned after our last write: held. */
const theirs = ['name', 'unitPrice'];

/** Of the customers chosen, of all where none are. */
const ofChosen = (sql: Sql | TransactionSql, customerIds: string[] | null) =>
  customerIds
    ? sql`s.customer_id in (select jsonb_array_elements_text(${JSON.stringify(customerIds)}::text::jsonb))`
    : sql`true`;

/**
 * Whether the plan would create licences, seen without planning: alive, of a mapped and active client, nothing of it
 * remembered and no link known. May miss some that the plan creates, never the other way round.
 */
export async function hasCreates(sql: Sql | TransactionSql, scope: PlanScope): Promise<boolean> {
  const { integrationId, sourceId, destinationId, collectionId, customerIds } = scope;
  const [row] = await sql<{ found: boolean }[]>`
    select exists (
      select 1 from subscriptions s
      join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
      join clients c on c.connection_id = ${destinationId} and c.id = m.client_id and not c.inactive
      where s.connection_id = ${sourceId} and s.status in ('active', 'suspended') and (s.quantity is not null or s.usage)
        and ${ofChosen(sql, customerIds)}
        and s.id in (select unnest(ids) from collection_pages where collection_id = ${collectionId})
        and not exists (select 1 from baselines b
          where b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id)
        and not exists (select 1 from links k where k.connection_id = ${destinationId} and k.third_party_id = s.id)
        and not exists (select 1 from decisions d
          where d.integration_id = ${integrationId} and d.entity = 'subscription' and d.external_id = s.id)
        and not exists (select 1 from findings f
          where f.key = ${`ambiguous-write:${integrationId}:`} || s.id and f.state <> 'resolved')
    ) as found`;
  return row!.found;
}

/**
 * Plans a subscription import as one statement: every subscription of the chosen customers meets its mapping, its
 * client, its licence (by stored id, else by external link) and what we last wrote; the first rule that fits decides.
 * Steps are materialised: the planner would work a rule out again wherever it is named.
 * Rows that change nothing are counted, not stored; with `remember` what was seen of them becomes their baseline, so
 * that the next plan need not compare them again.
 */
export async function planSubscriptions(
  sql: Sql | TransactionSql,
  scope: PlanScope,
  remember: boolean,
): Promise<{ unchanged: number }> {
  const { importId, integrationId, sourceId, destinationId, collectionId, customerIds, options } = scope;
  const [row] = await sql<{ unchanged: number }[]>`
    with seen as materialized (
      select distinct u.id from collection_pages p, unnest(p.ids) u(id) where p.collection_id = ${collectionId}
    ), still as materialized (
      -- Nothing moved on either side since our last write: no need to look closer.
      select s.id from subscriptions s
      join seen on seen.id = s.id
      join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
      join clients c on c.connection_id = ${destinationId} and c.id = m.client_id and not c.inactive
      join baselines b on b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id
        and b.active and b.source_hash = s.hash || ${scope.optionsKey} and b.sent ->> 'clientId' = m.client_id
      join licences l on l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted and l.hash = b.returned_hash
      where s.connection_id = ${sourceId} and ${ofChosen(sql, customerIds)}
    ), rest as materialized (
      select connection_id, id, customer_id, name, status, status_text, hash, quantity, usage, currency from subscriptions s
      where s.connection_id = ${sourceId} and ${ofChosen(sql, customerIds)} and not exists (select 1 from still where still.id = s.id)
    ), judged as materialized (
      -- Customers whose subscriptions were listed whole: there the distributor's word on an ending counts.
      select s.scope from collection_scopes s join collections c on c.id = s.collection_id and c.attempt = s.attempt
      where c.id = ${collectionId} and s.state = 'listed' and c.state = 'complete'
    ), linked as (
      select distinct on (k.third_party_id) k.third_party_id as id, l.id as licence_id
      from links k join licences l on l.connection_id = k.connection_id and l.id = k.record_id
      where k.connection_id = ${destinationId} and not l.deleted and l.distributor = ${scope.distributorName}
        and (k.third_party_type = ${scope.subscriptionLinkType} or k.third_party_type is null
          or (k.third_party_type not like ${`${scope.sourceKind}:%`}))
        and not exists (select 1 from baselines b where b.entity = 'licence' and b.record_id = l.id
          and b.integration_id in (select id from integrations where destination_id = ${destinationId} and deleted_at is null)
          and not (b.integration_id = ${integrationId} and b.external_id = k.third_party_id))
      order by k.third_party_id, (k.third_party_type = ${scope.subscriptionLinkType}) desc nulls last, l.active desc, length(l.id), l.id
    ), met as materialized (
      select s.id, s.customer_id, s.name, s.status, s.status_text, s.hash, s.quantity, s.usage, s.currency,
        seen.id is not null as seen,
        exists (select 1 from judged j where j.scope in ('', s.customer_id)) as judged,
        a.since <= ${scope.collectedAt}::timestamptz - interval '1 hour' and ${scope.wholeAccount}
          and exists (select 1 from judged j where j.scope in ('', s.customer_id)) as absent,
        m.customer_id is not null and m.client_id is not null as mapped, m.client_id,
        c.id is not null as client_there, coalesce(c.inactive, false) as client_inactive,
        b.record_id as stored_id, b.sent, b.returned, coalesce(b.active, false) as was_active,
        coalesce(l.id, ll.id) as licence_id, coalesce(l.client_id, ll.client_id) as licence_client,
        coalesce(l.fields, ll.fields) || jsonb_build_object('clientId', coalesce(l.client_id, ll.client_id)) as fields,
        l.id is not null as by_id,
        k.decision as kept, x.decision as dismissed,
        w.id is not null as doubtful,
        f.decision as take_ours, f.fields as take_ours_fields, t.decision as keep_theirs, t.fields as keep_theirs_fields
      from rest s
      left join seen on seen.id = s.id
      left join absences a on a.connection_id = s.connection_id and a.kind = 'subscriptions' and a.id = s.id
      left join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
      left join clients c on c.connection_id = ${destinationId} and c.id = m.client_id
      left join baselines b on b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id
      left join licences l on l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted
      left join linked on linked.id = s.id and l.id is null
      left join licences ll on ll.connection_id = ${destinationId} and ll.id = linked.licence_id
      left join decisions k on k.integration_id = ${integrationId} and k.entity = 'subscription' and k.external_id = s.id and k.decision = 'keep'
      left join findings w on w.key = ${`ambiguous-write:${integrationId}:`} || s.id and w.state <> 'resolved'
      left join decisions x on x.integration_id = ${integrationId} and x.entity = 'subscription' and x.external_id = s.id and x.decision = 'dismiss'
      left join decisions f on f.integration_id = ${integrationId} and f.entity = 'subscription' and f.external_id = s.id and f.decision = 'takeOurs'
      left join decisions t on t.integration_id = ${integrationId} and t.entity = 'subscription' and t.external_id = s.id and t.decision = 'keepTheirs'
    ), ruled as materialized (
      select met.*, case
        when not seen and not coalesce(absent, false) then 'unseen'
        when stored_id is null and licence_id is null and status in ('cancelled', 'expired', 'deleted', 'pending') then 'not_alive'
        when stored_id is null and licence_id is null and not seen then 'unseen'
        when not mapped then 'customer_unmapped'
        when not client_there then 'client_missing'
        when client_inactive then 'client_inactive'
        when not seen or status in ('cancelled', 'expired', 'deleted') then
          case
            when licence_id is null or (stored_id is not null and not was_active) then 'ended_already'
            when stored_id is null and not seen then 'unseen'
            when seen and not judged then 'not_judged'
            when kept is not null then 'kept_by_decision'
            when seen then 'ended_at_distributor'
            else 'absent_twice'
          end
        when quantity is null and not usage then 'quantity_missing'
        when licence_id is null and stored_id is not null and was_active and kept is not null then 'kept_by_decision'
        when licence_id is null and stored_id is not null and was_active then 'licence_gone'
        when licence_id is null and doubtful then 'ambiguous_write'
        when licence_id is null and status = 'unknown' then 'status_unknown'
        when licence_id is null then 'new_subscription'
        when stored_id is null or not by_id then 'adopted_by_link'
        else 'compare'
      end as rule
      from met
    ), wanted as materialized (
      select r.*, case
        when rule in ('new_subscription', 'licence_gone', 'adopted_by_link', 'compare')
          then subscription_to_licence(s, ${scope.distributorName}, ${options.timeZone}, ${options.currency}) || jsonb_build_object('clientId', r.client_id)
        when rule = 'ended_at_distributor' then jsonb_build_object('status', r.status, 'active', false)
        when rule = 'absent_twice' then jsonb_build_object('status', 'cancelled', 'active', false)
      end as wanted
      from ruled r join subscriptions s on s.connection_id = ${sourceId} and s.id = r.id
    ), compared as materialized (
      select w.*,
        case when rule = 'compare' then changed_fields(wanted, sent) end as moved,
        case when rule = 'compare' then changed_fields(pick_keys(returned, ${sql.array([...ours, ...theirs])}), fields) end as edited,
        case when rule in ('compare', 'adopted_by_link', 'ended_at_distributor', 'absent_twice') then changed_fields(wanted, fields) end as differing
      from wanted w
    ), decided as (
      select c.*,
        case
          when rule in ('new_subscription', 'licence_gone') then wanted
          when rule in ('ended_at_distributor', 'absent_twice') then pick_keys(wanted, differing)
          when rule = 'adopted_by_link' then pick_keys(wanted, array(select unnest(differing) intersect select unnest(${sql.array([...ours, 'clientId'])}::text[])))
          when rule = 'compare' then pick_keys(wanted, array(
            select f from unnest(differing) f where
              (f = any(${sql.array(ours)}::text[]) and (f = any(moved) or f = any(edited)))
              or (f = any(moved) and f <> all(edited))
              or (f = any(edited) and take_ours is not null and coalesce(take_ours_fields ? f, true))))
        end as after,
        case when rule = 'compare' then array(
          select f from unnest(differing) f
          where f = any(${sql.array(theirs)}::text[]) and f = any(edited)
            and not (take_ours is not null and coalesce(take_ours_fields ? f, true))
            and not (keep_theirs is not null and coalesce(keep_theirs_fields ? f, true)))
        end as held_fields,
        case when rule = 'compare' then array(
          select f from unnest(differing) f where f = any(${sql.array(ours)}::text[]) and f = any(edited))
        end as overwritten
      from compared c
    ), stored as (
      insert into items (import_id, seq, action, external_id, customer_id, name, record_id, client_id, rule, before, after, held, outcome, message)
      select ${importId}, row_number() over (order by
          case when rule in ('ended_at_distributor', 'absent_twice') then 2 when licence_id is not null then 1 else 3 end, client_id, id),
        case
          when rule in ('ended_at_distributor', 'absent_twice') then 'deactivate'
          when rule in ('compare', 'adopted_by_link') then 'update'
          when licence_id is not null then 'update'
          else 'create'
        end,
        id, customer_id, name, licence_id, case when licence_id is null or after ? 'clientId' then client_id else licence_client end,
        case when rule = 'compare' then case when overwritten <> '{}' then 'edit_overwritten' else 'changed_at_distributor' end else rule end,
        case when licence_id is not null and after is not null then
          pick_keys(fields, array(select jsonb_object_keys(after))) end,
        after,
        (select jsonb_object_agg(f, jsonb_build_object('ours', wanted -> f, 'theirs', fields -> f)) from unnest(held_fields) f),
        case
          when rule in ('customer_unmapped', 'not_alive', 'kept_by_decision') then 'skipped'
          when rule in ('client_missing', 'client_inactive', 'quantity_missing', 'status_unknown', 'ambiguous_write') then 'held'
          when after = '{}' and rule = 'compare' then 'held'
          else 'planned'
        end,
        case rule
          when 'customer_unmapped' then 'Its customer is not mapped to a client.'
          when 'not_alive' then 'It had ended, or had not begun, when first seen.'
          when 'kept_by_decision' then 'A person decided to keep it.'
          when 'client_missing' then 'The mapped client is gone at the destination.'
          when 'client_inactive' then 'The mapped client is inactive at the destination.'
          when 'quantity_missing' then 'The distributor states no quantity.'
          when 'ambiguous_write' then 'An earlier create may have happened; a person decides.'
          when 'status_unknown' then 'The distributor states a status that is not known: ' || coalesce(status_text, 'none') || '.'
          else case when overwritten <> '{}' then 'Edited at the destination, overwritten: ' || array_to_string(overwritten, ', ') || '.' end
        end
      from decided
      where rule not in ('unseen', 'ended_already', 'not_judged')
        and not (rule = 'compare' and after = '{}' and held_fields = '{}')
        and not (rule in ('quantity_missing', 'status_unknown', 'new_subscription') and dismissed is not null)
      returning 1
    ), remembered as (
      update baselines b set source_hash = d.hash || ${scope.optionsKey}, sent = b.sent || d.wanted, returned = l.fields, returned_hash = l.hash
      from decided d join licences l on l.connection_id = ${destinationId} and l.id = d.licence_id
      where ${remember} and d.rule = 'compare' and d.after = '{}' and not d.edited && d.differing
        and b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = d.id
    )
    select ((select count(*) from still) - (select count(*) from stored)
      + count(*) filter (where rule <> 'unseen'))::int as unchanged from decided`;
  return row!;
}
