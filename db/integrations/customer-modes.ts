import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../../domain/actor.ts';
import type { IntegrationMode } from '../../domain/kinds.ts';
import { record } from '../audit/audit.ts';

/** Customers of an integration that are observed or paused while others are written. */
type Db = Sql | TransactionSql;

export async function customerMode(
  sql: Db,
  integrationId: string,
  customerId: string,
): Promise<IntegrationMode> {
  const [row] = await sql<{ mode: IntegrationMode }[]>`
    select mode from customer_modes where integration_id = ${integrationId} and customer_id = ${customerId}`;
  return row?.mode ?? 'apply';
}

export async function setCustomerMode(
  sql: Sql,
  { integrationId, customerId, mode }: { integrationId: string; customerId: string; mode: IntegrationMode },
  by: Actor,
  check: (now: IntegrationMode) => void,
): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`${integrationId}/mode/${customerId}`}, 0))`;
    const before = await customerMode(tx, integrationId, customerId);
    check(before);
    if (before === mode) return;
    if (mode === 'apply')
      await tx`delete from customer_modes where integration_id = ${integrationId} and customer_id = ${customerId}`;
    else
      await tx`insert into customer_modes (integration_id, customer_id, mode) values (${integrationId}, ${customerId}, ${mode})
        on conflict (integration_id, customer_id) do update set mode = excluded.mode, at = now()`;
    const target = ['customer', customerId] as const;
    await record(tx, by, {
      action: 'customer.mode',
      target,
      integrationId,
      before: { mode: before },
      after: { mode },
    });
  });
}

/** Of a row `i` of items: its customer is not to be written. */
export const isWithheld = (sql: Db, importId: string) => sql`exists (
  select 1 from imports w join customer_modes o on o.integration_id = w.integration_id
  where w.id = ${importId} and o.customer_id = coalesce(i.customer_id, i.external_id))`;

/**
 * Items of customers that are observed or paused are not written: of those observed everything else stays, so that
 * findings say what a person must know; those paused are left alone altogether.
 */
export async function withhold(sql: Db, importId: string): Promise<void> {
  await sql`
    update items i set outcome = 'skipped', held = case m.mode when 'observe' then i.held end,
      message = case m.mode when 'observe' then 'This customer is only observed, so nothing is written.' else 'This customer is paused, so nothing is written.' end
    from imports w join customer_modes m on m.integration_id = w.integration_id
    where w.id = ${importId} and i.import_id = w.id and m.customer_id = coalesce(i.customer_id, i.external_id) 
      and not exists (select 1 from writes u where u.id = i.write_id and u.state in ('intended', 'ambiguous'))
      and (i.outcome = 'planned' or m.mode = 'paused' and i.outcome = 'held')`;
}
