import postgres from 'postgres';

export interface Answer {
  version: string;
  data: string;
}

async function withClient<T>(url: string, use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Its version and data folder, which prove that it is our server. */
export function ask(url: string): Promise<Answer> {
  return withClient(url, async (sql) => {
    const [row] = await sql<Answer[]>`
      select current_setting('server_version') as version, current_setting('data_directory') as data`;
    return row!;
  });
}

export function createDatabase(url: string, database: string): Promise<void> {
  return withClient(url, async (sql) => {
    const found = await sql`select 1 from pg_database where datname = ${database}`;
    if (found.length === 0) await sql`create database ${sql(database)}`;
  });
}
