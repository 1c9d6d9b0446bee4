import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from './schema.ts';

export type Sql = postgres.Sql;
export type Orm = PostgresJsDatabase<typeof schema> & { $client: postgres.Sql };

export interface Database {
  /** Typed queries. */
  orm: Orm;
  /** Set-wise statements; columns come back in the database's snake_case, instants as Date, bigint as text. */
  sql: Sql;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections of each of the two clients. */
  max?: number;
  name?: string;
  statementTimeoutMs?: number;
  idleInTransactionTimeoutMs?: number;
}

/**
 * Two clients on one database: `drizzle(client)` replaces its client's parsers of dates and JSON, so raw statements
 * need one of their own.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const typed = connect(url, options);
  const sql = connect(url, options);
  return {
    orm: drizzle(typed, { schema, casing: 'snake_case' }),
    sql,
    close: async () => {
      await Promise.all([typed.end({ timeout: 5 }), sql.end({ timeout: 5 })]);
    },
  };
}

export function connect(url: string, options: DatabaseOptions = {}): Sql {
  return postgres(url, {
    max: options.max ?? 10,
    connect_timeout: 10,
    idle_timeout: 60,
    onnotice: () => {},
    connection: {
      application_name: options.name ?? 'tributary',
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 60_000,
    },
  });
}
