import { achieved, type Base } from '../../domain/change.ts';
import type { ChangeFacts } from '../../domain/change-policy.ts';
import type { Sql } from '../client.ts';
import type { ChangeRow } from './changes.ts';
import { customerFieldsOf } from './customers.ts';

/** A subscription's row, as the rules of a change need it. */
export async function factsOf(
  sql: Sql,
  connectionId: string,
  subscriptionId: string,
): Promise<(ChangeFacts & { customerId: string }) | null> {
  const [row] = await sql<(ChangeFacts & { customerId: string })[]>`
    select customer_id as "customerId", name, status, trim_scale(quantity)::text as quantity, auto_renew as "autoRenew",
      trim_scale(unit_cost)::text as "unitCost", currency, billing_cycle as "billingCycle", term, end_date as "endDate",
      cancel_until as "cancelUntil", trim_scale(min_quantity)::text as "minQuantity", trim_scale(max_quantity)::text as "maxQuantity",
      unreadable
    from subscriptions where connection_id = ${connectionId} and id = ${subscriptionId}`;
  return row ?? null;
}

type Subject = Pick<ChangeRow, 'kind' | 'connectionId' | 'customerId' | 'subscriptionId'>;

/** The current state of the change's subject in the ledger; null: no such subscription or customer. */
export async function seenOf(sql: Sql, row: Subject): Promise<Base | null> {
  const { kind, connectionId, customerId, subscriptionId } = row;
  if (kind === 'update-customer' || kind === 'create-customer') {
    const customer = customerId === null ? null : await customerFieldsOf(sql, connectionId, customerId);
    return customer && { quantity: null, status: 'active', autoRenew: null, customer };
  }
  const facts = subscriptionId === null ? null : await factsOf(sql, connectionId, subscriptionId);
  if (!facts) return null;
  const { quantity, status, autoRenew } = facts;
  return { quantity, status, autoRenew };
}

/** … and whether that is what was wanted. A missing one counts as cancelled, or as not created. */
export async function outcomeOf(sql: Sql, row: ChangeRow): Promise<{ seen: Base | null; achieved: boolean }> {
  const seen = await seenOf(sql, row);
  return { seen, achieved: seen ? achieved(row.kind, row.wanted, seen) : row.kind === 'cancel' };
}
