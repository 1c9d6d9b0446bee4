import type { Sql, TransactionSql } from 'postgres';
import type { ImportKind } from '../../domain/kinds.ts';
import type { Report } from '../findings/lifecycle.ts';
import type { Guarded } from './guards.ts';
import type { PlanScope } from './scope.ts';

interface Held {
  externalId: string;
  customerId: string;
  name: string;
  rule: string;
  message: string | null;
  held: { client?: { theirs: { id: string; name: string; inactive: boolean }[] | null } } | null;
}

/** What a plan holds, as findings. Held customers one by one; subscriptions by their customer. */
export async function planReports(
  sql: Sql | TransactionSql,
  scope: PlanScope,
  kind: ImportKind,
  guarded: Guarded,
): Promise<Report[]> {
  const { importId, integrationId } = scope;
  const held = await sql<Held[]>`
    select i.external_id as "externalId", i.customer_id as "customerId", coalesce(i.name, '') as name, i.rule, i.message, i.held
    from items i where import_id = ${importId} and outcome = 'held' order by seq`;
  const base = { integrationId, importId };
  const one = (
    finding: string,
    item: Held,
    message: string,
    actions: string[],
    more: Record<string, unknown> = {},
  ): Report => ({
    ...base,
    key: `${finding}:${integrationId}:${item.externalId}`,
    kind: finding,
    subject: { externalId: item.externalId, customerId: item.customerId, name: item.name, ...more },
    message,
    actions,
  });
  const reports: Report[] = [];
  for (const item of held) {
    if (item.rule === 'like_name') {
      const candidates = item.held?.client?.theirs ?? [];
      const names = candidates.map((c) => `“${c.name}”${c.inactive ? ' (inactive)' : ''}`).join(', ');
      reports.push(
        one(
          'customer-held',
          item,
          candidates.length > 0
            ? `“${item.name}” was not created: ${names} has a like name. Map it to that client, create it all the same, or dismiss it.`
            : `“${item.name}” was not created: another customer of like name is created in the same import. Map it, create it all the same, or dismiss it.`,
          ['map', 'create', 'dismiss'],
          { customerName: item.name, candidates },
        ),
      );
    }
    if (item.rule === 'quantity_missing') {
      reports.push(
        one(
          'quantity-missing',
          item,
          `“${item.name}” has no quantity at the distributor, so it was not written. Correct it there, or dismiss this.`,
          ['dismiss'],
        ),
      );
    }
    if (item.rule === 'status_unknown') {
      reports.push(
        one(
          'status-unknown',
          item,
          `“${item.name}” was not created. ${item.message} Dismiss this, or tell us what it means.`,
          ['dismiss'],
        ),
      );
    }
  }
  reports.push(...(await missingClients(sql, scope, held)));
  if (kind === 'subscriptions')
    reports.push(...(await currencies(sql, scope)), ...(await edited(sql, scope)));
  const { shrink, gone } = guarded;
  if (shrink) {
    reports.push({
      ...base, key: `shrink:${integrationId}`, kind: 'shrink', subject: { ...shrink, limitPercent: scope.options.shrinkLimitPercent },
      message: `${shrink.deactivations} of ${shrink.active} active licences would be deactivated and the quantity would fall by ${shrink.quantityFall}: more than ${scope.options.shrinkLimitPercent} % in one import. Nothing of it was written. Approve it, or reject it to keep them.`,
      actions: ['approve', 'reject'],
    }); // biome-ignore format: a row
  }
  if (gone) {
    reports.push({
      ...base, key: `licences-gone:${integrationId}`, kind: 'licences-gone', subject: { ...gone },
      message: `${gone.externalIds.length} of ${gone.active} licences of this integration are gone at the destination. None was created again. Check what the API agent may see there, then approve to create them again.`,
      actions: ['approve', 'reject'],
    }); // biome-ignore format: a row
  }
  return reports;
}

async function missingClients(
  sql: Sql | TransactionSql,
  { integrationId, importId, sourceId, destinationId, customerIds }: PlanScope,
  held: Held[],
): Promise<Report[]> {
  const chosen = customerIds && JSON.stringify(customerIds);
  const customers = [
    ...new Set(
      held
        .filter((i) => i.rule === 'client_missing' || i.rule === 'client_inactive')
        .map((i) => i.customerId),
    ),
  ];
  const rows = await sql<{ id: string; name: string; clientId: string | null }[]>`
    select c.id, c.name, m.client_id as "clientId" from customers c
    left join mappings m on m.integration_id = ${integrationId} and m.customer_id = c.id
    left join clients k on k.connection_id = ${destinationId} and k.id = m.client_id
    where c.connection_id = ${sourceId}
      and (c.id in (select jsonb_array_elements_text(${JSON.stringify(customers)}::text::jsonb))
        or (m.client_id is not null and coalesce(k.inactive, true) and (${chosen}::text is null
          or c.id in (select jsonb_array_elements_text(${chosen}::text::jsonb)))))
      and not exists (select 1 from decisions d where d.integration_id = ${integrationId} and d.entity = 'customer'
        and d.external_id = c.id and d.decision = 'dismiss')`;
  return rows.map((row) => ({
    key: `client-missing:${integrationId}:${row.id}`,
    kind: 'client-missing',
    integrationId,
    importId,
    subject: { customerId: row.id, customerName: row.name, clientId: row.clientId },
    message: `The client of “${row.name}” is gone or inactive at the destination; its subscriptions are held. Make it active there, or map the customer to another client.`,
    actions: ['map', 'dismiss'],
  }));
}

const fieldNames: Record<string, string> = { name: 'name', unitPrice: 'sale price' };

/** Fields that people changed at the destination and we left alone: one finding a field. */
async function edited(sql: Sql | TransactionSql, { importId, integrationId }: PlanScope): Promise<Report[]> {
  const rows = await sql<{ field: string; externalIds: string[] }[]>`
    select f.field, jsonb_agg(i.external_id order by i.seq) as "externalIds"
    from items i, jsonb_object_keys(i.held) f(field)
    where i.import_id = ${importId} and i.outcome in ('planned', 'held') group by f.field`;
  return rows.map(({ field, externalIds }) => ({
    key: `edited:${integrationId}:${field}`,
    kind: 'edited',
    integrationId,
    importId,
    subject: { externalIds, fields: [field] },
    message: `The ${fieldNames[field]} of ${externalIds.length} licences was changed at the destination and is left alone. Keep theirs for good, or take ours.`,
    actions: ['keepTheirs', 'takeOurs'],
  }));
}

async function currencies(sql: Sql | TransactionSql, scope: PlanScope): Promise<Report[]> {
  const { currency } = scope.options;
  if (!currency) return [];
  const rows = await sql<{ currency: string | null; count: number }[]>`
    select s.currency, count(*)::int as count from subscriptions s
    join mappings m on m.integration_id = ${scope.integrationId} and m.customer_id = s.customer_id and m.client_id is not null
    where s.connection_id = ${scope.sourceId} and s.currency is distinct from ${currency} and s.status in ('active', 'suspended')
      and (s.unit_cost is not null or s.unit_price is not null)
    group by s.currency order by s.currency`;
  if (rows.length === 0) return [];
  const said = rows.map((row) => `${row.count} in ${row.currency ?? 'no currency'}`).join(', ');
  return [
    {
      key: `currency:${scope.integrationId}`,
      kind: 'currency',
      integrationId: scope.integrationId,
      importId: scope.importId,
      subject: { currency, found: rows },
      message: `This integration writes prices in ${currency} only; ${said} were written without prices.`,
      actions: ['dismiss'],
    },
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
