import type { Sql, TransactionSql } from 'postgres';
import { findingKey } from '../../domain/findings/finding.ts';
import { rule, subscriptionRules } from '../../domain/rules.ts';
import { catalogue } from './rules.ts';
import type { PlanScope } from './scope.ts';
import * as step from './subscription-steps.ts';

/**
 * Whether the plan would create licences, checked without planning: active, of a mapped and active client, with no
 * baseline and no link. May miss some creates of the plan, but never reports one that it does not have.
 */
export async function hasCreates(sql: Sql | TransactionSql, scope: PlanScope): Promise<boolean> {
  const { integrationId, sourceId, destinationId, collectionId, customerIds } = scope;
  const [row] = await sql<{ found: boolean }[]>`
    select exists (
      select 1 from subscriptions s
      join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id
      join clients c on c.connection_id = ${destinationId} and c.id = m.client_id and not c.inactive
      where s.connection_id = ${sourceId} and s.status in ('active', 'suspended') and (s.quantity is not null or s.usage)
        and ${step.ofChosen(sql, customerIds)}
        and s.id in (select unnest(ids) from collection_pages where collection_id = ${collectionId})
        and not exists (select 1 from baselines b
          where b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id)
        and not exists (select 1 from links k where k.connection_id = ${destinationId} and k.third_party_id = s.id)
        and not exists (select 1 from decisions d
          where d.integration_id = ${integrationId} and d.entity = 'subscription' and d.external_id = s.id)
        and not exists (select 1 from findings f
          where f.key = ${findingKey('ambiguous-write', integrationId, '')} || s.id and f.state <> 'resolved')
    ) as found`;
  return row!.found;
}

/**
 * Plans a subscription import in one statement: joins every subscription of the chosen customers with its mapping,
 * client, licence and our last write; the first rule that fits decides. The steps are materialised, because PostgreSQL
 * would otherwise evaluate a rule again wherever it is referenced.
 * Unchanged rows are counted, not stored; with `remember`, their current values become their baseline, so that the next
 * plan need not compare them again, and licences that have already ended in the PSA are settled.
 */
export async function planSubscriptions(
  sql: Sql | TransactionSql,
  scope: PlanScope,
  remember: boolean,
): Promise<{ unchanged: number }> {
  const { importId, integrationId, destinationId } = scope;
  const [row] = await sql<{ unchanged: number }[]>`
    with catalogue as materialized (${catalogue(sql, subscriptionRules)}),
    owning as materialized (${step.owning(sql, scope)}),
    seen as materialized (${step.seen(sql, scope)}),
    still as materialized (${step.still(sql, scope)}),
    rest as materialized (${step.rest(sql, scope)}),
    judged as materialized (${step.judged(sql, scope)}),
    unlisted as materialized (${step.unlisted(sql, scope)}),
    obscure as materialized (${step.obscure(sql, scope)}),
    linked as materialized (${step.linked(sql, scope)}),
    offered as materialized (${step.offered(sql, scope)}),
    met as materialized (${step.met(sql, scope)}),
    ruled as materialized (${step.ruled(sql, scope)}),
    wanted as materialized (${step.wanted(sql, scope)}),
    compared as materialized (${step.compared(sql)}),
    decided as (${step.decided(sql)}),
    planned as (${step.planned(sql)}),
    stored as (
      insert into items (import_id, seq, action, external_id, customer_id, name, record_id, client_id, rule, before, after, held, outcome, message)
      select ${importId}, row_number() over (order by case action when 'update' then 1 when 'deactivate' then 2 else 3 end, client_id, id), action,
        id, customer_id, name, coalesce(licence_id, case when named = ${rule('licence_offered')} then offered_id end), case when licence_id is null or after ? 'clientId' then client_id else licence_client end, named,
        case when licence_id is not null and after is not null then pick_keys(fields, array(select jsonb_object_keys(after))) end,
        after,
        (select jsonb_object_agg(f, jsonb_build_object('ours', wanted -> f, 'theirs', fields -> f)) from unnest(held_fields) f),
        case when writes = 'changes' and after = '{}' then 'held' else outcome end,
        replace(message, '{detail}', coalesce(detail, 'none'))
      from planned
      returning 1
    ), remembered as (
      update baselines b set active = d.writes <> 'ending' and b.active, source_hash = d.hash || ${scope.optionsKey},
        sent = b.sent || d.wanted, returned = l.fields, returned_hash = l.hash
      from decided d join licences l on l.connection_id = ${destinationId} and l.id = d.licence_id
      where ${remember} and d.after = '{}' and (d.writes = 'ending' or d.writes = 'changes' and not d.edited && d.differing)
        and b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = d.id
    )
    select ((select count(*) from still) - (select count(*) from stored)
      + count(*) filter (where rule <> 'unseen'))::int as unchanged from decided`;
  return row!;
}
