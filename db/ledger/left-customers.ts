import type { Sql, TransactionSql } from 'postgres';

/**
 * Customers that left: missing from every complete list of customers for at least an hour. They are no longer asked
 * for where a source lists by customer, and come back with the first list that shows them.
 */
export const customersLeft = (sql: Sql | TransactionSql, connectionId: string) => sql`
  select a.id, a.since from absences a
  where a.connection_id = ${connectionId} and a.kind = 'customers' and a.since <= (
    select max(c.started_at) - interval '1 hour' from collections c
    where c.connection_id = ${connectionId} and c.kind = 'customers' and c.state = 'complete' and c.customer_ids is null)`;
