import { getTableColumns } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';

/** What a statement runs on: the pool, or a transaction. */
export type Queryable = Sql | TransactionSql;

/** `id in ${inIds(sql, ids)}`: one parameter however many ids, so one plan. Cast its rows where ids are no text. */
export const inIds = (sql: Queryable, ids: readonly string[], type = 'text'): PendingQuery<Row[]> =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::${sql.unsafe(type)})`;

/**
 * A transaction of statements that each go over whole tables. Tables that were just filled have no statistics yet, and
 * the nested loops PostgreSQL then picks take minutes where hash joins take a second.
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
 * An answer of PostgreSQL, whose text may quote a row, or a connection to it that failed: nothing else throws these
 * untranslated.
 */
export const isDatabaseError = (error: unknown): error is { code: string } =>
  error instanceof Error &&
  (error.name === 'PostgresError' ||
    /^(CONNECT|ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT)/.test(String((error as { code?: unknown }).code)));

/** Its data was refused (class 22), or a value is larger than an index or the parser takes (class 54): never retried. */
export const isDataError = (error: unknown): error is { code: string } =>
  /^(22|54)/.test((error as { code?: string } | null)?.code ?? '');

/** A table's columns under the names of its typed rows, for a select list. */
export function columnsOf(table: PgTable): string {
  return Object.entries(getTableColumns(table))
    .map(([key, { name, columnType }]) => {
      // postgres.js gives a bigint as text.
      const cast = columnType === 'PgBigInt53' ? '::float8' : '';
      return `"${toSnakeCase(name)}"${cast} as "${key}"`;
    })
    .join(', ');
}
