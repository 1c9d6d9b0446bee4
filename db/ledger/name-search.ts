import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../client.ts';

/** If more names match, every other row does too, and the first page is found at once without them. */
const few = 500;

export const partOf = (search: string): string => `%${search.replace(/[\\%_]/g, '\\$&')}%`;

/**
 * Subscriptions (as `s`) whose name contains the text, or the one with exactly this id. Names are searched first, so
 * that a text without matches does not scan every row. In an object, because an async function would run the statement.
 */
export async function subscriptionsNamed(
  sql: Sql,
  connectionId: string,
  search: string | undefined,
): Promise<{ named: PendingQuery<Row[]> }> {
  if (!search) return { named: sql`true` };
  const part = partOf(search);
  const rows = await sql<{ name: string }[]>`
    select name from subscription_names where connection_id = ${connectionId} and name ilike ${part} limit ${few + 1}`;
  if (rows.length > few) return { named: sql`(s.name ilike ${part} or s.id = ${search})` };
  if (rows.length === 0) return { named: sql`s.id = ${search}` };
  return { named: sql`(left(s.name, 200) in ${sql(rows.map(({ name }) => name))} or s.id = ${search})` };
}
