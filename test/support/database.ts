import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { connect, type Database, openDatabase } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { afterThisFile } from './cleanups.ts';

/** The server of `test/setup`, or the one `TEST_DATABASE_URL` names. */
function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL ?? inject('databaseUrl');
  if (!url) throw new Error('test/setup started no PostgreSQL; set TEST_DATABASE_URL');
  return url;
}

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string;
  }
}

/** An empty database of its own, dropped when the test file ends. */
export async function emptyDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = connect(serverUrl(), { max: 1 });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  afterThisFile(async () => {
    const again = connect(serverUrl(), { max: 1 });
    await again.unsafe(`drop database if exists ${name} with (force)`);
    await again.end();
  });
  return Object.assign(new URL(serverUrl()), { pathname: `/${name}` }).toString();
}

export interface TestDatabase extends Database {
  url: string;
}

/** A migrated database of its own. */
export async function testDatabase(options: { max?: number } = {}): Promise<TestDatabase> {
  const url = await emptyDatabase();
  await migrate(url);
  return openedAgain(url, options);
}

/** Another process's view of the same database: connections of its own. */
export function openedAgain(url: string, options: { max?: number } = {}): TestDatabase {
  const database = openDatabase(url, { max: options.max ?? 5 });
  afterThisFile(database.close);
  return { ...database, url };
}
