import type { Sql, TransactionSql } from 'postgres';

/**
 * A transaction of statements that each go over whole tables. Tables that were just filled have no statistics yet, and
 * the nested loops PostgreSQL then picks take minutes where hash joins take a second.
 */
export async function setWise<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  return (await sql.begin(async (tx) => {
    await tx`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true),
      set_config('statement_timeout', '600s', true)`;
    return await work(tx);
  })) as T;
}
