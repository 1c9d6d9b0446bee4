import { linkType } from '../../domain/licence.ts';
import type { Sql } from '../client.ts';

/** Suggests which client a customer is, with the evidence. Maps nothing. */
export type EvidenceKind = 'link' | 'licences' | 'tenant' | 'name';

export interface Candidate {
  clientId: string;
  clientName: string;
  inactive: boolean;
  /** The customer already mapped to this client. */
  takenBy: string | null;
  evidence: { kind: EvidenceKind; detail: string }[];
}

export interface MappingSuggestion {
  customerId: string;
  customerName: string;
  /** Active subscriptions that wait for the mapping. */
  subscriptions: number;
  money: { amount: string; currency: string | null; cycle: string | null }[];
  candidates: Candidate[];
}

export interface SuggestionScope {
  integrationId: string;
  sourceId: string;
  destinationId: string;
  sourceKind: string;
  /** The account as links name it. */
  account: string;
}

/**
 * Customers without a client, by value, then by number of subscriptions; one more than `limit`. Amounts in different
 * currencies and cycles are not added: the largest one decides the order.
 */
export async function suggestMappings(
  sql: Sql,
  { integrationId, sourceId, destinationId, sourceKind, account }: SuggestionScope,
  {
    limit,
    offset,
    customerId,
    search,
  }: { limit: number; offset: number; customerId?: string; search?: string },
): Promise<MappingSuggestion[]> {
  const type = linkType(sourceKind, account, 'customer');
  const like = search && `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  return await sql<MappingSuggestion[]>`
    with open as materialized (
      select c.id, c.name, c.match_key, c.tenant_id, coalesce(w.n, 0)::int as n, w.worth
      from customers c
      left join mappings m on m.integration_id = ${integrationId} and m.customer_id = c.id
      left join lateral (select sum(n) as n, max(amount) as worth from (
        select count(*) as n, sum(s.quantity * coalesce(s.unit_price, s.unit_cost)) as amount from subscriptions s
        where s.connection_id = c.connection_id and s.customer_id = c.id and s.status in ('active', 'suspended')
        group by s.currency, s.billing_cycle) g) w on true
      where c.connection_id = ${sourceId} and m.customer_id is null and not c.own and c.status = 'active'
        ${customerId ? sql`and c.id = ${customerId}` : sql``}
        ${like ? sql`and (c.name ilike ${like} or c.id = ${search!})` : sql``}
      order by w.worth desc nulls last, n desc, c.match_key, c.id limit ${limit + 1} offset ${offset}
    ), evidence as (
      select o.id, k.record_id as client_id, 1 as rank, 'link' as kind, 'Its external link names this customer.' as detail
      from open o join links k on k.connection_id = ${destinationId} and k.third_party_id = o.id and k.third_party_type = ${type}
      union all
      select o.id, l.client_id, 2, 'licences', count(*) || ' of its licences name this customer.'
      from open o join licences l on l.connection_id = ${destinationId} and l.fields ->> 'customerId' = o.id and not l.deleted
      group by o.id, l.client_id
      union all
      select o.id, l.client_id, 3, 'tenant', 'The Microsoft tenant ' || o.tenant_id || ' stands on ' || count(*) || ' of its licences.'
      from open o join licences l on l.connection_id = ${destinationId} and lower(l.fields ->> 'tenantId') = lower(o.tenant_id) and not l.deleted
      group by o.id, o.tenant_id, l.client_id
      union all
      select o.id, c.id, 4, 'name', case when c.name = o.name then 'The names are equal.'
        else 'The names are equal once case, spacing and legal form are set aside.' end
      from open o join clients c on c.connection_id = ${destinationId} and c.match_key = o.match_key
    ), candidates as (
      select e.id, c.id as client_id, min(e.rank) as rank, count(*) as n, jsonb_build_object('clientId', c.id, 'clientName', c.name,
        'inactive', c.inactive, 'takenBy', (select m.customer_id from mappings m where m.integration_id = ${integrationId} and m.client_id = c.id),
        'evidence', jsonb_agg(jsonb_build_object('kind', e.kind, 'detail', e.detail) order by e.rank)) as candidate, c.inactive
      from evidence e join clients c on c.connection_id = ${destinationId} and c.id = e.client_id
      group by e.id, c.id, c.name, c.inactive
    ), worth as (
      select id, jsonb_agg(jsonb_build_object('amount', trim_scale(amount)::text, 'currency', currency, 'cycle', cycle) order by currency, cycle) as money
      from (
        select o.id, s.currency, s.billing_cycle as cycle, sum(s.quantity * coalesce(s.unit_price, s.unit_cost)) as amount
        from open o join subscriptions s on s.connection_id = ${sourceId} and s.customer_id = o.id and s.status in ('active', 'suspended')
        group by 1, 2, 3
      ) w where amount is not null group by id
    )
    select o.id as "customerId", o.name as "customerName", o.n as subscriptions, coalesce(w.money, '[]') as money,
      coalesce((select jsonb_agg(c.candidate order by c.inactive, c.rank, c.n desc, c.client_id) from candidates c where c.id = o.id), '[]') as candidates
    from open o left join worth w on w.id = o.id
    order by o.worth desc nulls last, o.n desc, o.match_key, o.id`;
}
