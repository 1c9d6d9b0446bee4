import type { Base } from '../../domain/change.ts';
import type { Sql } from '../client.ts';
import type { Queryable } from '../sql.ts';
import { type ChangeRow, json } from './changes.ts';
import { rivalCreation } from './customers.ts';

/** Ends an unfinished change; a finished one stays as it is. */
export async function endChange(
  sql: Sql,
  id: string,
  ended: { state: 'refused' | 'failed' | 'done'; message: string | null; seen?: Base },
): Promise<void> {
  await sql`
    update changes set state = ${ended.state}, message = ${ended.message}, finished_at = now(),
      seen = coalesce(${ended.seen ? json(ended.seen) : null}::text::jsonb, seen)
    where id = ${id} and state in ('approved', 'placing', 'placed', 'ambiguous')`;
}

/**
 * Stores the intent before anything is sent. `sent`: it was stored before, so it may have been sent. `rival`: another
 * request creates the same customer.
 */
export async function intendChange(sql: Sql, row: ChangeRow): Promise<'stored' | 'sent' | { rival: string }> {
  return await sql.begin(async (tx) => {
    const rival = row.kind === 'create-customer' ? await rivalCreation(tx, row) : null;
    if (rival) return { rival: rival.state };
    const rows =
      await tx`update changes set state = 'placing', intended_at = now() where id = ${row.id} and state = 'approved' returning 1`;
    return rows.length > 0 ? ('stored' as const) : ('sent' as const);
  });
}

/** The request certainly did not arrive: it may be sent later. */
export async function withdrawIntent(sql: Sql, id: string, message: string): Promise<void> {
  await sql`update changes set state = 'approved', message = ${message} where id = ${id} and state = 'placing'`;
}

/** `made`: the distributor's id of something new, if it returned one. */
export async function markPlaced(
  sql: Sql,
  { id, kind }: Pick<ChangeRow, 'id' | 'kind'>,
  operation: string | null,
  made: string | null = null,
): Promise<void> {
  const column = kind === 'create-customer' ? sql`customer_id` : sql`subscription_id`;
  await sql`update changes set state = 'placed', operation = ${operation}, placed_at = coalesce(placed_at, now()), message = null,
      ${column} = coalesce(${column}, ${made})
    where id = ${id} and state in ('placing', 'placed', 'ambiguous')`;
}

export async function markAmbiguousChange(sql: Sql, id: string, message: string): Promise<void> {
  await sql`update changes set state = 'ambiguous', message = ${message} where id = ${id} and state = 'placing'`;
}

/** Stores which subscription or customer an order created, once the ledger shows it. */
export async function noteMade(
  sql: Sql,
  { id, kind }: Pick<ChangeRow, 'id' | 'kind'>,
  made: string,
): Promise<void> {
  const column = kind === 'create-customer' ? sql`customer_id` : sql`subscription_id`;
  await sql`update changes set ${column} = ${made} where id = ${id}`;
}

/** Ends an ambiguous change that a person has checked, whatever its result. */
export async function closeAmbiguous(tx: Queryable, id: string): Promise<void> {
  await tx`update changes set state = 'failed', finished_at = now(),
      message = 'Its answer was lost. A person looked it up at the distributor and closed it.'
    where id = ${id} and state = 'ambiguous'`;
}
