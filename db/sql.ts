import { getTableColumns } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';

/** What a statement runs on: the pool or a transaction. */
export type Queryable = Sql | TransactionSql;

/** `id in ${inIds(sql, ids)}`: one parameter for any number of ids, so one plan. Cast its rows if ids are not text. */
export const inIds = (sql: Queryable, ids: readonly string[], type = 'text'): PendingQuery<Row[]> =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::${sql.unsafe(type)})`;

/**
 * A transaction for statements over whole tables. Tables just filled have no statistics yet, and the nested loops that
 * PostgreSQL then chooses take minutes where hash joins take a second.
 */
export async function bulkTransaction<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  return (await sql.begin(async (tx) => {
    await tx`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true),
      set_config('statement_timeout', '600s', true)`;
    return await work(tx);
  })) as T;
}

/** A transaction whose commit does not wait for the disk: a crash of PostgreSQL may lose it. */
export async function asyncCommit<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  return (await sql.begin(async (tx) => {
    await tx`set local synchronous_commit = off`;
    return await work(tx);
  })) as T;
}

/**
 * A PostgreSQL error, whose text may quote a row, or a failed connection to it. No other code throws these
 * untranslated.
 */
export const isDatabaseError = (error: unknown): error is { code: string } =>
  error instanceof Error &&
  (error.name === 'PostgresError' ||
    /^(CONNECT|ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT)/.test(String((error as { code?: unknown }).code)));

/** Refused data (class 22), or a value too large for an index or the parser (class 54): never retried. */
export const isDataError = (error: unknown): error is { code: string } =>
  /^(22|54)/.test((error as { code?: string } | null)?.code ?? '');

/** Selects a table's columns under the names of its typed rows. */
export function columnsOf(table: PgTable): string {
  return Object.entries(getTableColumns(table))
    .map(([key, { name, columnType }]) => {
      // postgres.js returns a bigint as text.
      const cast = columnType === 'PgBigInt53' ? '::float8' : '';
      return `"${toSnakeCase(name)}"${cast} as "${key}"`;
    })
    .join(', ');
}
