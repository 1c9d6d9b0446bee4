import type { Sql, TransactionSql } from 'postgres';
import { findingKey } from '../../domain/findings/finding.ts';
import { type CustomerRule, customerRules, rule } from '../../domain/rules.ts';
import { catalogue, firstOf } from './rules.ts';
import type { PlanScope } from './scope.ts';

/**
 * Plans a customer import: a mapped customer is kept; one whose id the destination knows is mapped; any other is
 * created, unless a client with a similar name exists or is about to be created. Never maps by name.
 */
export async function planCustomers(
  sql: Sql | TransactionSql,
  scope: PlanScope,
): Promise<{ unchanged: number }> {
  const { importId, integrationId, sourceId, destinationId, collectionId, customerIds, options } = scope;
  const chosen = customerIds && JSON.stringify(customerIds);
  const [row] = await sql<{ unchanged: number }[]>`
    with catalogue as materialized (${catalogue(sql, customerRules)}),
    seen as materialized (
      select distinct u.id from collection_pages p, unnest(p.ids) u(id) where p.collection_id = ${collectionId}
    ), linked as (
      select distinct on (k.third_party_id) k.third_party_id as id, c.id as client_id, c.inactive
      from links k join clients c on c.connection_id = k.connection_id and c.id = k.record_id
      where k.connection_id = ${destinationId} and k.third_party_type = ${scope.customerLinkType}
      order by k.third_party_id, c.inactive, length(c.id), c.id
    ), obscure as materialized (
      -- Clients whose name could not be read and that nobody is mapped to: any of them may be a customer to be created.
      select c.id from clients c where c.connection_id = ${destinationId} and c.unreadable && '{name}'::text[]
        and not exists (select 1 from mappings m where m.integration_id = ${integrationId} and m.client_id = c.id)
    ), met as materialized (
      select s.*, m.customer_id is not null as decided, m.client_id, c.id is not null as client_there,
        coalesce(c.inactive, false) as client_inactive, c.main_site_id,
        k.client_id as linked_client, coalesce(k.inactive, false) as linked_inactive,
        exists (select 1 from mappings o where o.integration_id = ${integrationId} and o.client_id = k.client_id) as linked_taken,
        like_name.ids as like_names,
        b.sent as site_sent, coalesce(b.created_by_us, false) as made_by_us,
        w.id is not null as doubtful, x.decision is not null as dismissed
      from customers s
      join seen on seen.id = s.id
      left join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.id
      left join clients c on c.connection_id = ${destinationId} and c.id = m.client_id
      left join linked k on k.id = s.id
      left join lateral (
        select jsonb_agg(jsonb_build_object('id', n.id, 'name', n.name, 'inactive', n.inactive) order by n.id) as ids
        from clients n where n.connection_id = ${destinationId} and n.match_key = s.match_key
      ) like_name on m.client_id is null
      left join baselines b on b.integration_id = ${integrationId} and b.entity = 'client' and b.external_id = s.id
      left join findings w on w.key = ${findingKey('ambiguous-write', integrationId, '')} || s.id and w.state <> 'resolved'
      left join decisions x on x.integration_id = ${integrationId} and x.entity = 'customer' and x.external_id = s.id and x.decision = 'dismiss' and coalesce(x.fields ?| array['customer-held', 'ambiguous-write'], true)
      where s.connection_id = ${sourceId}
        and (${chosen}::text is null or s.id in (select jsonb_array_elements_text(${chosen}::text::jsonb)))
    ), ruled as (
      select met.*, ${firstOf<CustomerRule>(
        sql,
        [
          [sql`client_id is not null and not client_there`, 'client_missing'],
          [sql`client_id is not null and client_inactive`, 'client_inactive'],
          [
            sql`client_id is not null and ${options.updateMainSiteAddress} and made_by_us and address is not null
              and not 'address' = any(unreadable) and main_site_id is not null and site_sent -> 'address' is distinct from address`,
            'address_changed',
          ],
          [sql`client_id is not null`, 'mapped'],
          [sql`own`, 'own_company'],
          [sql`status = 'closed'`, 'closed'],
          [sql`linked_client is not null and linked_inactive`, 'client_inactive'],
          [sql`linked_client is not null and not linked_taken`, 'known_by_id'],
          [sql`decided`, 'create_decided'],
          [sql`dismissed`, 'dismissed'],
          [sql`not ${options.createClients}`, 'create_clients_off'],
          [sql`doubtful`, 'ambiguous_write'],
          [sql`like_names is not null`, 'like_name'],
          [sql`exists (select 1 from obscure)`, 'client_unreadable'],
        ],
        'new_customer',
      )} as rule
      from met
    ), ordered as (
      select r.*, rule in ('new_customer') and row_number() over (partition by match_key, rule in ('new_customer', 'create_decided')
        order by rule = 'new_customer', length(id), id) > 1 as later
      from ruled r
    ), named as (
      select o.*, case when later then ${rule('like_name_in_import')} else rule end as named from ordered o
    ), stored as (
      insert into items (import_id, seq, action, external_id, customer_id, name, record_id, client_id, rule, before, after, held, outcome, message)
      select ${importId}, row_number() over (order by n.rule in ('new_customer', 'create_decided'), length(id), id),
        coalesce(c.action, case when coalesce(client_id, linked_client) is null then 'create' else 'update' end),
        id, id, name, coalesce(client_id, linked_client), coalesce(client_id, linked_client),
        case when later then ${rule('like_name')} else n.rule end,
        case when c.writes = 'changes' then jsonb_build_object('address', site_sent -> 'address') end,
        case
          when c.writes = 'changes' then jsonb_build_object('address', address)
          when c.action = 'update' then jsonb_build_object('clientId', linked_client)
          when c.writes = 'all' then jsonb_build_object(
            'name', name, 'topLevelId', ${options.topLevelId}::text, 'address', address, 'phone', phone, 'domain', domain)
        end,
        case
          when n.rule = ${rule('like_name')} then jsonb_build_object('client', jsonb_build_object('ours', name, 'theirs', like_names))
          when n.rule = ${rule('client_unreadable')} then jsonb_build_object('client', jsonb_build_object('ours', name, 'theirs',
            (select jsonb_agg(jsonb_build_object('id', o.id, 'name', '', 'inactive', false) order by o.id) from obscure o)))
        end,
        c.outcome, c.message
      from named n join catalogue c on c.rule = n.named
      where c.outcome is not null
      returning 1
    )
    select (select count(*) from ordered where rule = 'mapped')::int as unchanged`;
  return row!;
}

/** Customers without a client for which the links have not been read since they or the integration were added. */
export async function needsLinkRefresh(sql: Sql, scope: PlanScope): Promise<boolean> {
  const rows = await sql`
    select 1 from items i
    join customers c on c.connection_id = ${scope.sourceId} and c.id = i.external_id
    join integrations n on n.id = ${scope.integrationId}
    where i.import_id = ${scope.importId} and i.rule in ('create_clients_off', 'like_name', 'client_unreadable', 'dismissed')
      and not exists (select 1 from collections l where l.connection_id = ${scope.destinationId} and l.kind = 'links'
        and l.state = 'complete' and l.started_at > greatest(n.created_at, c.valid_from))
    limit 1`;
  return rows.length > 0;
}
