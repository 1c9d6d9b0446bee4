import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../client.ts';

/** Beyond so many names that fit, every other row does, and the first page is found at once. */
const few = 500;

export const partOf = (search: string): string => `%${search.replace(/[\\%_]/g, '\\$&')}%`;

/**
 * Subscriptions (as `s`) whose name contains the text, or the one of exactly this id. The names are found first, so
 * that a text nobody has does not read every row. In an object: a statement that an async function returns would be run.
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
