import postgres from 'postgres';

export type Sql = postgres.Sql;

/** One pool per process. Columns come in the database's snake_case, instants as Date, bigint as text. */
export interface Database {
  sql: Sql;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** The size of the pool. */
  max?: number;
  name?: string;
  statementTimeoutMs?: number;
  idleInTransactionTimeoutMs?: number;
}

export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const sql = connect(url, options);
  return { sql, close: () => sql.end({ timeout: 5 }) };
}

export function connect(url: string, options: DatabaseOptions = {}): Sql {
  return postgres(url, {
    max: options.max ?? 15,
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
