import type { Sql, TransactionSql } from 'postgres';
import type { Candidate } from '../../domain/findings/customers.ts';
import type { SubscriptionFacts } from '../../domain/findings/definition.ts';
import { type FactsOf, type Finding, finding } from '../../domain/findings/finding.ts';
import type { Both } from '../../domain/findings/subscriptions.ts';
import type { ImportKind } from '../../domain/kinds.ts';
import { rule, type SubscriptionRule } from '../../domain/rules.ts';
import { customersLeft } from '../ledger/left-customers.ts';
import type { Guarded } from './guards.ts';
import type { PlanScope } from './scope.ts';
import { obscure, unlisted } from './subscription-steps.ts';

/** An item with everything its finding mentions. */
interface HeldItem {
  externalId: string;
  customerId: string;
  customerName: string | null;
  name: string;
  rule: string;
  outcome: string;
  clientId: string | null;
  clientName: string | null;
  licenceId: string | null;
  statusText: string | null;
  quantity: string | null;
  unreadable: string[];
  held: Both | null;
  /** Of a licence that is offered. */
  evidence: FactsOf<'licence-offered'>['evidence'] | null;
}

type Db = Sql | TransactionSql;

/** The findings of a plan: one per customer or subscription, and one for items held together. */
export async function planFindings(
  sql: Db,
  scope: PlanScope,
  kind: ImportKind,
  guarded: Guarded,
): Promise<Finding[]> {
  const { importId, integrationId } = scope;
  const base = { integrationId, importId };
  const items = await heldItems(sql, scope);
  const found =
    kind === 'customers'
      ? items.flatMap((item) => ofCustomer(item, base))
      : items.flatMap((item) => ofSubscription(item, base));
  found.push(...(await missingClients(sql, scope, items)));
  if (kind === 'subscriptions') {
    found.push(
      ...(await currencies(sql, scope)),
      ...(await unreadable(sql, scope)),
      ...(await customersThatLeft(sql, scope)),
    );
    found.push(...(await obscured(sql, scope, items, base)), ...(await unclear(sql, scope, items, base)));
  }
  if (guarded.shrink) found.push(finding('shrink', { ...base, served: false, ...guarded.shrink }));
  if (guarded.gone) found.push(finding('licences-gone', { ...base, ...guarded.gone }));
  return found;
}

/** Items held as a whole, or in some fields. */
const heldItems = (sql: Db, { importId, sourceId, destinationId }: PlanScope) => sql<HeldItem[]>`
  select i.external_id as "externalId", i.customer_id as "customerId", c.name as "customerName", coalesce(i.name, '') as name,
    i.rule, i.outcome, i.client_id as "clientId", k.name as "clientName", i.record_id as "licenceId",
    s.status_text as "statusText", s.quantity, coalesce(s.unreadable, '{}') as unreadable, i.held,
    case when i.rule = ${rule('licence_offered')} then jsonb_build_object('sku', coalesce(s.vendor_sku, s.sku), 'term', s.term,
      'licenceName', l.fields ->> 'name',
      'quantity', jsonb_build_object('ours', trim_scale(s.quantity)::text, 'theirs', l.fields ->> 'quantity'),
      'unitPrice', jsonb_build_object('ours', trim_scale(s.unit_price)::text, 'theirs', l.fields ->> 'unitPrice')) end as evidence
  from items i
  left join customers c on c.connection_id = ${sourceId} and c.id = i.customer_id
  left join clients k on k.connection_id = ${destinationId} and k.id = i.client_id
  left join subscriptions s on s.connection_id = ${sourceId} and s.id = i.external_id
  left join licences l on l.connection_id = ${destinationId} and l.id = i.record_id
  where i.import_id = ${importId} and (i.outcome = 'held' or i.held is not null) and i.outcome in ('held', 'planned', 'skipped') order by i.seq`;

interface Base {
  integrationId: string;
  importId: string;
}

function ofCustomer(item: HeldItem, base: Base): Finding[] {
  const candidates = (item.held?.client?.theirs ?? []) as Candidate[];
  const facts = { ...base, customerId: item.externalId, customerName: item.name, candidates };
  if (item.rule === rule('client_unreadable'))
    return [finding('customer-held', { ...facts, reason: 'unreadable-client' })];
  if (item.rule !== rule('like_name')) return [];
  return [
    finding('customer-held', {
      ...facts,
      reason: candidates.length > 0 ? 'similar-client' : 'similar-in-import',
    }),
  ];
}

type Told = (facts: SubscriptionFacts, item: HeldItem) => Finding | null;

/** The finding of an item held as a whole; items of other rules are covered by their customer's or a common finding. */
const told: Partial<Record<SubscriptionRule, Told>> = {
  quantity_missing: (facts, { quantity, unreadable }) =>
    finding('quantity-missing', {
      ...facts,
      reason: quantity !== null ? 'negative' : unreadable.includes('quantity') ? 'unreadable' : 'missing',
    }),
  licence_offered: (facts, { evidence }) => finding('licence-offered', { ...facts, evidence: evidence! }),
  status_unknown: (facts, { statusText }) => finding('status-unknown', { ...facts, statusText }),
};

function ofSubscription(item: HeldItem, base: Base): Finding[] {
  const { externalId, name, customerId, customerName, clientId, clientName, licenceId, held } = item;
  const facts = { ...base, externalId, name, customerId, customerName, clientId, clientName, licenceId };
  const whole = item.outcome === 'held' ? told[item.rule as SubscriptionRule]?.(facts, item) : null;
  if (whole) return [whole];
  return held ? [finding('edited', { ...facts, fields: Object.keys(held), values: held })] : [];
}

/** Subscriptions of mapped customers with an unreadable field, whose value at the destination was kept. */
async function unreadable(
  sql: Db,
  { integrationId, importId, sourceId, destinationId, customerIds }: PlanScope,
): Promise<Finding[]> {
  const chosen = customerIds && JSON.stringify(customerIds);
  const rows = await sql<(Omit<SubscriptionFacts, 'integrationId'> & { fields: string[] })[]>`
    select s.id as "externalId", s.name, s.customer_id as "customerId", c.name as "customerName", m.client_id as "clientId",
      k.name as "clientName", b.record_id as "licenceId", s.unreadable as fields
    from subscriptions s
    join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id and m.client_id is not null
    left join customers c on c.connection_id = s.connection_id and c.id = s.customer_id
    left join clients k on k.connection_id = ${destinationId} and k.id = m.client_id
    left join baselines b on b.integration_id = ${integrationId} and b.entity = 'licence' and b.external_id = s.id
    where s.connection_id = ${sourceId} and s.unreadable <> '{}' and s.status not in ('cancelled', 'expired', 'deleted')
      and not exists (select 1 from absences a where a.connection_id = s.connection_id and a.kind = 'subscriptions' and a.id = s.id)
      and (${chosen}::text is null or s.customer_id in (select jsonb_array_elements_text(${chosen}::text::jsonb)))
    order by s.id`;
  return rows.map((row) => finding('unreadable', { integrationId, importId, ...row }));
}

/** Unreadable licences in the PSA, as findings of the subscriptions held because of them. */
async function obscured(sql: Db, scope: PlanScope, items: HeldItem[], base: Base): Promise<Finding[]> {
  const waiting = items.filter((item) => item.rule === rule('licence_unreadable'));
  if (waiting.length === 0) return [];
  const rows = await sql<{ id: string; clientId: string | null }[]>`
    with obscure as (${obscure(sql, scope)}) select id, client_id as "clientId" from obscure order by id`;
  return waiting.map((item) => {
    const licenceIds = rows
      .filter(({ clientId }) => clientId === null || clientId === item.clientId)
      .map(({ id }) => id);
    const { externalId, name, customerId, customerName, clientId, clientName, licenceId } = item;
    return finding('licence-unreadable', {
      ...base,
      externalId,
      name,
      customerId,
      customerName,
      clientId,
      clientName,
      licenceId,
      licenceIds,
    });
  });
}

/** A customer that left, with its licences that are still active at the destination. */
async function customersThatLeft(sql: Db, scope: PlanScope): Promise<Finding[]> {
  const { integrationId, importId, sourceId, destinationId } = scope;
  const rows = await sql<FactsOf<'customer-left'>[]>`
    with held as (
      select i.external_id, i.customer_id, i.client_id, s.currency, s.billing_cycle as cycle, s.quantity * s.unit_cost as amount
      from items i join subscriptions s on s.connection_id = ${sourceId} and s.id = i.external_id
      where i.import_id = ${importId} and i.rule = ${rule('customer_left')} and i.outcome = 'held'
    ), money as (
      select customer_id, jsonb_agg(jsonb_build_object('amount', trim_scale(amount)::text, 'currency', currency, 'cycle', cycle)
        order by currency, cycle) as money
      from (select customer_id, currency, cycle, sum(amount) as amount from held where amount > 0 group by 1, 2, 3) m group by customer_id
    )
    select h.customer_id as "customerId", max(c.name) as "customerName", max(h.client_id) as "clientId", max(k.name) as "clientName",
      jsonb_agg(h.external_id order by h.external_id) as "externalIds", min(l.since)::text as since,
      coalesce((select money from money where money.customer_id = h.customer_id), '[]') as money
    from held h
    left join (${customersLeft(sql, sourceId)}) l on l.id = h.customer_id
    left join customers c on c.connection_id = ${sourceId} and c.id = h.customer_id
    left join clients k on k.connection_id = ${destinationId} and k.id = h.client_id
    group by h.customer_id order by h.customer_id`;
  return rows.map((row) => finding('customer-left', { ...row, integrationId, importId }));
}

/** Missing while other customers could not be listed. */
async function unclear(sql: Db, scope: PlanScope, items: HeldItem[], base: Base): Promise<Finding[]> {
  const waiting = items.filter((item) => item.rule === rule('absence_unclear'));
  if (waiting.length === 0) return [];
  const others = await sql<{ id: string; name: string | null }[]>`
    with unlisted as (${unlisted(sql, scope)}) select u.scope as id, c.name from unlisted u
    left join customers c on c.connection_id = ${scope.sourceId} and c.id = u.scope order by u.scope`;
  return waiting.map(
    ({ externalId, name, customerId, customerName, clientId, clientName, licenceId }) =>
    finding('absence-unclear', {
      ...base, externalId, name, customerId, customerName, clientId, clientName, licenceId,
      unlisted: others.slice(0, 10), unlistedCount: others.length,
    }), // biome-ignore format: a row
  );
}

/** The customers with held items, and those chosen that have no subscription now. */
async function missingClients(
  sql: Db,
  { integrationId, importId, sourceId, destinationId, customerIds }: PlanScope,
  held: HeldItem[],
): Promise<Finding[]> {
  const chosen = customerIds && JSON.stringify(customerIds);
  const of = held.filter(({ rule }) => rule === 'client_missing' || rule === 'client_inactive');
  const rows = await sql<
    {
      customerId: string;
      customerName: string;
      clientId: string | null;
      clientName: string | null;
      inactive: boolean;
    }[]
  >`
    select c.id as "customerId", c.name as "customerName", m.client_id as "clientId", k.name as "clientName", k.id is not null as inactive
    from customers c
    left join mappings m on m.integration_id = ${integrationId} and m.customer_id = c.id
    left join clients k on k.connection_id = ${destinationId} and k.id = m.client_id
    where c.connection_id = ${sourceId}
      and (c.id in (select jsonb_array_elements_text(${JSON.stringify([...new Set(of.map(({ customerId }) => customerId))])}::text::jsonb))
        or (m.client_id is not null and coalesce(k.inactive, true) and (${chosen}::text is null
          or c.id in (select jsonb_array_elements_text(${chosen}::text::jsonb)))))
      and not exists (select 1 from decisions d where d.integration_id = ${integrationId} and d.entity = 'customer'
        and d.external_id = c.id and d.decision = 'dismiss' and coalesce(d.fields ? 'client-missing', true))`;
  return rows.map((row) => finding('client-missing', { integrationId, importId, ...row }));
}

async function currencies(sql: Db, scope: PlanScope): Promise<Finding[]> {
  const { integrationId, importId, sourceId } = scope;
  const { currency } = scope.options;
  if (!currency) return [];
  const rows = await sql<
    { currency: string | null; count: number; customers: { id: string; name: string }[] }[]
  >`
    select s.currency, count(*)::int as count, jsonb_agg(distinct jsonb_build_object('id', c.id, 'name', c.name)) as customers
    from subscriptions s
    join mappings m on m.integration_id = ${integrationId} and m.customer_id = s.customer_id and m.client_id is not null
    join customers c on c.connection_id = s.connection_id and c.id = s.customer_id
    where s.connection_id = ${sourceId} and s.currency is distinct from ${currency} and s.status in ('active', 'suspended')
      and (s.unit_cost is not null or s.unit_price is not null)
    group by s.currency order by s.currency`;
  if (rows.length === 0) return [];
  const customers = new Map(rows.flatMap((row) => row.customers.map((customer) => [customer.id, customer])));
  return [
    finding('currency', {
      integrationId,
      importId,
      currency,
      found: rows.map(({ currency, count }) => ({ currency, count })),
      customers: [...customers.values()],
    }),
  ];
}
