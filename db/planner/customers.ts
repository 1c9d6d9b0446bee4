import type { Sql, TransactionSql } from 'postgres';
import type { PlanScope } from './scope.ts';

/**
 * Plans a customer import: a mapped customer is kept; one whose id the destination knows is mapped; else it is
 * created, unless a client of like name exists or is about to be made. Never maps by name.
 */
export async function planCustomers(
  sql: Sql | TransactionSql,
  scope: PlanScope,
): Promise<{ unchanged: number }> {
  const { importId, integrationId, sourceId, destinationId, collectionId, customerIds, options } = scope;
  const chosen = customerIds && JSON.stringify(customerIds);
  const [row] = await sql<{ unchanged: number }[]>`
    with seen as materialized (
      select distinct u.id from collection_pages p, unnest(p.ids) u(id) where p.collection_id = ${collectionId}
    ), linked as (
      select distinct on (k.third_party_id) k.third_party_id as id, c.id as client_id, c.inactive
      from links k join clients c on c.connection_id = k.connection_id and c.id = k.record_id
      where k.connection_id = ${destinationId} and k.third_party_type = ${scope.customerLinkType}
      order by k.third_party_id, c.inactive, length(c.id), c.id
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
      left join findings w on w.key = ${`ambiguous-write:${integrationId}:`} || s.id and w.state <> 'resolved'
      left join decisions x on x.integration_id = ${integrationId} and x.entity = 'customer' and x.external_id = s.id and x.decision = 'dismiss'
      where s.connection_id = ${sourceId}
        and (${chosen}::text is null or s.id in (select jsonb_array_elements_text(${chosen}::text::jsonb)))
    ), ruled as (
      select met.*, case
        when client_id is not null and not client_there then 'client_missing'
        when client_id is not null and client_inactive then 'client_inactive'
        when client_id is not null and ${options.updateMainSiteAddress} and made_by_us and address is not null
          and main_site_id is not null and site_sent -> 'address' is distinct from address then 'address_changed'
        when client_id is not null then 'mapped'
        when own then 'own_company'
        when status = 'closed' then 'closed'
        when linked_client is not null and linked_inactive then 'client_inactive'
        when linked_client is not null and not linked_taken then 'known_by_id'
        when decided then 'create_decided'
        when dismissed then 'dismissed'
        when not ${options.createClients} then 'create_clients_off'
        when doubtful then 'ambiguous_write'
        when like_names is not null then 'like_name'
        else 'new_customer'
      end as rule
      from met
    ), ordered as (
      select r.*, rule in ('new_customer') and row_number() over (partition by match_key, rule in ('new_customer', 'create_decided')
        order by rule = 'new_customer', length(id), id) > 1 as later
      from ruled r
    ), stored as (
      insert into items (import_id, seq, action, external_id, customer_id, name, record_id, client_id, rule, before, after, held, outcome, message)
      select ${importId}, row_number() over (order by rule in ('new_customer', 'create_decided'), length(id), id),
        case when rule in ('known_by_id', 'address_changed') then 'update' else 'create' end,
        id, id, name, coalesce(client_id, linked_client), coalesce(client_id, linked_client),
        case when later then 'like_name' else rule end,
        case when rule = 'address_changed' then jsonb_build_object('address', site_sent -> 'address') end,
        case
          when rule = 'address_changed' then jsonb_build_object('address', address)
          when rule = 'known_by_id' then jsonb_build_object('clientId', linked_client)
          when rule in ('new_customer', 'create_decided') and not later then jsonb_build_object(
            'name', name, 'topLevelId', ${options.topLevelId}::text, 'address', address, 'phone', phone, 'domain', domain)
        end,
        case when rule = 'like_name' then jsonb_build_object('client', jsonb_build_object('ours', name, 'theirs', like_names)) end,
        case
          when rule in ('own_company', 'closed', 'create_clients_off', 'dismissed') then 'skipped'
          when later or rule in ('client_missing', 'client_inactive', 'like_name', 'ambiguous_write') then 'held'
          else 'planned'
        end,
        case case when later then 'later' else rule end
          when 'own_company' then 'It is the reseller''s own company.'
          when 'closed' then 'It is closed at the distributor.'
          when 'dismissed' then 'A person dismissed it.'
          when 'create_clients_off' then 'It is not mapped, and this integration creates no clients.'
          when 'client_missing' then 'The mapped client is gone at the destination.'
          when 'client_inactive' then 'The mapped client is inactive at the destination.'
          when 'like_name' then 'A client of like name exists.'
          when 'later' then 'Another customer of like name is created in this import.'
          when 'ambiguous_write' then 'An earlier create may have happened; a person decides.'
        end
      from ordered
      where rule <> 'mapped'
      returning 1
    )
    select (select count(*) from ordered where rule = 'mapped')::int as unchanged`;
  return row!;
}

/** Customers without a client of whom the destination's links were not asked since they or the integration are here. */
export async function needsLinkRefresh(sql: Sql, scope: PlanScope): Promise<boolean> {
  const rows = await sql`
    select 1 from items i
    join customers c on c.connection_id = ${scope.sourceId} and c.id = i.external_id
    join integrations n on n.id = ${scope.integrationId}
    where i.import_id = ${scope.importId} and i.rule in ('create_clients_off', 'like_name', 'dismissed')
      and not exists (select 1 from collections l where l.connection_id = ${scope.destinationId} and l.kind = 'links'
        and l.state = 'complete' and l.started_at > greatest(n.created_at, c.valid_from))
    limit 1`;
  return rows.length > 0;
}
