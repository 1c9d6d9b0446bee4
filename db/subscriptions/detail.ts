import type { Actor } from '../../domain/actor.ts';
import type { Decision } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';

/** Everything known about one subscription of an integration: its fields on all sides, its versions, its events. */
export type Fields = Record<string, unknown>;

export interface SubscriptionFacts {
  id: string;
  customerId: string;
  customerName: string | null;
  clientId: string | null;
  clientName: string | null;
  licenceId: string | null;
  licenceActive: boolean | null;
  currency: string | null;
  listed: boolean;
  /** The distributor's values, as fields of a licence. */
  distributor: Fields;
  /** What the destination returned after our last write; null if never written. */
  baseline: Fields | null;
  sent: Fields | null;
  destination: Fields | null;
  writtenAt: Date | null;
  importId: string | null;
  decisions: {
    decision: Decision;
    fields: string[] | null;
    reason: string | null;
    by: Actor | null;
    at: string;
  }[];
  /** Its item in the newest ended import. */
  item: {
    id: string;
    importId: string;
    rule: string;
    outcome: string;
    message: string | null;
    held: Record<string, { ours: unknown; theirs: unknown }> | null;
  } | null;
}

export interface DetailScope {
  integrationId: string;
  sourceId: string;
  destinationId: string;
  distributorName: string;
  subscriptionId: string;
}

export async function subscriptionFacts(sql: Sql, of: DetailScope): Promise<SubscriptionFacts | null> {
  const { integrationId, sourceId, destinationId, distributorName, subscriptionId } = of;
  const [row] = await sql<SubscriptionFacts[]>`
    select s.id, s.customer_id as "customerId", k.name as "customerName", m.client_id as "clientId", c.name as "clientName",
      l.id as "licenceId", l.active as "licenceActive", s.currency,
      not exists (select 1 from absences a where a.connection_id = s.connection_id and a.kind = 'subscriptions' and a.id = s.id) as listed,
      subscription_to_licence(s, ${distributorName}, n.options ->> 'timeZone', n.options ->> 'currency') as distributor,
      b.returned as baseline, b.sent, l.fields as destination, b.updated_at as "writtenAt", b.import_id as "importId",
      coalesce((select jsonb_agg(jsonb_build_object('decision', d.decision, 'fields', d.fields, 'reason', d.reason, 'by', d.by, 'at', d.at) order by d.at)
        from decisions d where d.integration_id = n.id and d.entity = 'subscription' and d.external_id = s.id), '[]') as decisions,
      (select jsonb_build_object('id', i.id, 'importId', i.import_id, 'rule', i.rule, 'outcome', i.outcome, 'message', i.message, 'held', i.held)
        from items i where i.external_id = s.id and i.import_id = (
          select r.id from imports r where r.integration_id = n.id and r.kind = 'subscriptions' and r.mode <> 'preview' and r.state not in ('running', 'cancelled')
          order by r.id desc limit 1) limit 1) as item
    from integrations n
    join subscriptions s on s.connection_id = ${sourceId} and s.id = ${subscriptionId}
    left join customers k on k.connection_id = s.connection_id and k.id = s.customer_id
    left join mappings m on m.integration_id = n.id and m.customer_id = s.customer_id
    left join clients c on c.connection_id = ${destinationId} and c.id = m.client_id
    left join baselines b on b.integration_id = n.id and b.entity = 'licence' and b.external_id = s.id
    left join licences l on l.connection_id = ${destinationId} and l.id = b.record_id and not l.deleted
    where n.id = ${integrationId}`;
  return row ?? null;
}

export interface Version {
  from: Date;
  fields: Fields;
}

/** Newest first, including the current one, up to a limit. */
const versions = 200;

export async function distributorVersions(sql: Sql, of: DetailScope): Promise<Version[]> {
  const { integrationId, sourceId, distributorName, subscriptionId } = of;
  return await sql<Version[]>`
    select v.valid_from as "from", subscription_to_licence(v.s, ${distributorName}, n.options ->> 'timeZone', n.options ->> 'currency') as fields
    from integrations n cross join (
      select s.valid_from, s from subscriptions s where s.connection_id = ${sourceId} and s.id = ${subscriptionId}
      union all
      select h.valid_from, jsonb_populate_record(null::subscriptions, '{"unreadable": []}'::jsonb || h.row || jsonb_build_object('id', h.id, 'connection_id', h.connection_id)) from ledger_history h
      where h.connection_id = ${sourceId} and h.kind = 'subscriptions' and h.id = ${subscriptionId}
    ) v(valid_from, s)
    where n.id = ${integrationId} order by v.valid_from desc limit ${versions}`;
}

export async function destinationVersions(
  sql: Sql,
  destinationId: string,
  licenceId: string,
): Promise<Version[]> {
  return await sql<Version[]>`
    select valid_from as "from", fields from licences where connection_id = ${destinationId} and id = ${licenceId}
    union all
    select valid_from, row -> 'fields' from ledger_history
    where connection_id = ${destinationId} and kind = 'licences' and id = ${licenceId}
    order by 1 desc limit ${versions}`;
}

export interface AuditEvent {
  at: Date;
  action: string;
  by: Actor;
  importId: string | null;
  itemId: string | null;
  rule: string | null;
  message: string | null;
  before: Fields | null;
  after: Fields | null;
}

/** What people and imports did about it: writes, decisions, requested changes, the mapping of its customer. */
export async function subscriptionEvents(
  sql: Sql,
  { integrationId }: DetailScope,
  { id, customerId, licenceId }: SubscriptionFacts,
): Promise<AuditEvent[]> {
  return await sql<AuditEvent[]>`
    select a.at, a.action, jsonb_build_object('kind', a.actor_kind, 'name', a.actor_name, 'id', a.actor_id) as by,
      a.import_id as "importId", a.item_id as "itemId", i.rule, i.message, a.before, a.after
    from audit a left join items i on i.id = a.item_id
    where a.integration_id = ${integrationId} and (
      (a.target_kind = 'licence' and a.target_id = ${licenceId ?? id})
      or (a.target_kind = 'subscription' and a.target_id = ${id})
      or (a.target_kind = 'customer' and a.target_id = ${customerId})
      or (a.target_kind = 'change' and a.after ->> 'subscriptionId' = ${id})
      or (a.target_kind = 'finding' and a.target_id in (
        select f.id::text from findings f where f.integration_id = ${integrationId}
          and (f.subject ->> 'externalId' = ${id} or f.subject -> 'externalIds' ? ${id}))))
    order by a.seq desc limit ${versions}`;
}
