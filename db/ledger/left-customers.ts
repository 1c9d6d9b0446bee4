import type { Sql, TransactionSql } from 'postgres';

/**
 * Customers missing from every complete customer list for at least an hour. Sources that list customer by customer are
 * no longer asked for them; the first list that shows them brings them back.
 */
export const customersLeft = (sql: Sql | TransactionSql, connectionId: string) => sql`
  select a.id, a.since from absences a
  where a.connection_id = ${connectionId} and a.kind = 'customers' and a.since <= (
    select max(c.started_at) - interval '1 hour' from collections c
    where c.connection_id = ${connectionId} and c.kind = 'customers' and c.state = 'complete' and c.customer_ids is null)`;
