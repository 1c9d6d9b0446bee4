import type { Sql, TransactionSql } from 'postgres';
import type { Candidate } from '../../domain/findings/customers.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import type { Both } from '../../domain/findings/subscriptions.ts';
import type { ImportKind } from '../../domain/kinds.ts';
import type { Guarded } from './guards.ts';
import type { PlanScope } from './scope.ts';

/** An item with everything its finding says of it. */
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
  held: Both | null;
}

/** What a plan holds, as findings: one a customer or subscription, and one for what is held together. */
export async function planFindings(
  sql: Sql | TransactionSql,
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
  if (kind === 'subscriptions') found.push(...(await currencies(sql, scope)));
  if (guarded.shrink) found.push(finding('shrink', { ...base, served: false, ...guarded.shrink }));
  if (guarded.gone) found.push(finding('licences-gone', { ...base, ...guarded.gone }));
  return found;
}

/** Held as a whole, or in some fields. */
const heldItems = (sql: Sql | TransactionSql, { importId, sourceId, destinationId }: PlanScope) => sql<
  HeldItem[]
>`
  select i.external_id as "externalId", i.customer_id as "customerId", c.name as "customerName", coalesce(i.name, '') as name,
    i.rule, i.outcome, i.client_id as "clientId", k.name as "clientName", i.record_id as "licenceId",
    s.status_text as "statusText", i.held
  from items i
  left join customers c on c.connection_id = ${sourceId} and c.id = i.customer_id
  left join clients k on k.connection_id = ${destinationId} and k.id = i.client_id
  left join subscriptions s on s.connection_id = ${sourceId} and s.id = i.external_id
  where i.import_id = ${importId} and (i.outcome = 'held' or i.held is not null) and i.outcome in ('held', 'planned') order by i.seq`;

interface Base {
  integrationId: string;
  importId: string;
}

function ofCustomer(item: HeldItem, base: Base): Finding[] {
  if (item.rule !== 'like_name') return [];
  const candidates = (item.held?.client?.theirs ?? []) as Candidate[];
  const reason = candidates.length > 0 ? 'similar-client' : 'similar-in-import';
  return [
    finding('customer-held', {
      ...base,
      customerId: item.externalId,
      customerName: item.name,
      reason,
      candidates,
    }),
  ];
}

function ofSubscription({ rule, outcome, statusText, held, ...item }: HeldItem, base: Base): Finding[] {
  const facts = { ...base, ...item };
  if (outcome === 'held' && rule === 'quantity_missing')
    return [finding('quantity-missing', { ...facts, reason: 'missing' })];
  if (outcome === 'held' && rule === 'status_unknown')
    return [finding('status-unknown', { ...facts, statusText })];
  return held ? [finding('edited', { ...facts, fields: Object.keys(held), values: held })] : [];
}

/** Of customers that an item was held for, and of those chosen that have no subscription now. */
async function missingClients(
  sql: Sql | TransactionSql,
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
        and d.external_id = c.id and d.decision = 'dismiss')`;
  return rows.map((row) => finding('client-missing', { integrationId, importId, ...row }));
}

async function currencies(sql: Sql | TransactionSql, scope: PlanScope): Promise<Finding[]> {
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

/** Records the listing could not read, as items of the import. */
export async function quarantineItems(
  sql: Sql | TransactionSql,
  { importId, collectionId }: Pick<PlanScope, 'importId' | 'collectionId'>,
): Promise<void> {
  await sql`delete from items where import_id = ${importId} and outcome = 'quarantined'`;
  await sql`
    insert into items (import_id, seq, action, external_id, rule, outcome, message)
    select ${importId}, 0, 'none', coalesce(q.external_id, ''), 'unreadable', 'quarantined', q.problem
    from quarantine q join collections c on c.id = q.collection_id and c.attempt = q.attempt where c.id = ${collectionId}
      and not exists (select 1 from items i where i.import_id = ${importId} and i.outcome = 'quarantined')`;
}
