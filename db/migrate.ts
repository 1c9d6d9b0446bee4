import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import type { Sql } from './client.ts';

const folder = fileURLToPath(new URL('./migrations', import.meta.url));

/** An arbitrary number of ours, for the lock under which only one process migrates. */
const lock = 7_483_201;

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export async function migrate(url: string): Promise<void> {
  // One connection for lock and migrations, without a statement timeout.
  const client = postgres(url, { max: 1, max_lifetime: null, idle_timeout: 0, onnotice: () => {} });
  try {
    // Drizzle reads the applied migrations outside its transaction without a lock: two processes would apply them twice.
    await client`select pg_advisory_lock(${lock})`;
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
    const { expected, applied } = await migrationState(client);
    // It also silently skips a migration older than the newest applied one.
    if (applied !== expected)
      throw new MigrationError(
        `The database has ${applied} migrations applied, this version has ${expected}.`,
      );
  } finally {
    // Ending the session releases the lock.
    await client.end({ timeout: 5 });
  }
}

/** For `/readyz`: ready when both are equal. */
export async function migrationState(sql: Sql): Promise<{ expected: number; applied: number }> {
  const journal = JSON.parse(await readFile(`${folder}/meta/_journal.json`, 'utf8')) as {
    entries: unknown[];
  };
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`;
  if (!table?.there) return { expected: journal.entries.length, applied: 0 };
  const [row] = await sql`select count(*)::int as applied from drizzle.__drizzle_migrations`;
  return { expected: journal.entries.length, applied: row!.applied };
}
