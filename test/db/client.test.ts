import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { connections } from '../../db/schema.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

test('both clients read instants as Date and JSON as objects', async () => {
  const id = randomUUID();
  await db.orm
    .insert(connections)
    .values({ id, kind: 'halopsa', role: 'destination', name: 'Halo', settings: { deep: { n: 1 } } });
  const [typed] = await db.orm.select().from(connections).where(eq(connections.id, id));
  const [raw] = await db.sql`select settings, created_at from connections where id = ${id}`;
  expect(typed!.settings).toEqual({ deep: { n: 1 } });
  expect(raw!.settings).toEqual({ deep: { n: 1 } });
  expect(typed!.createdAt).toBeInstanceOf(Date);
  expect(raw!.created_at).toEqual(typed!.createdAt);
  await db.sql`update connections set settings = ${db.sql.json({ b: true })}, updated_at = ${new Date(0)} where id = ${id}`;
  const [again] = await db.orm.select().from(connections).where(eq(connections.id, id));
  expect(again).toMatchObject({ settings: { b: true }, updatedAt: new Date(0) });
});

test('drizzle takes over the parsers of its client: raw statements there read text', async () => {
  // Why there are two clients. When this fails, one would do.
  const [row] = await db.orm.$client`select now() as at`;
  expect(typeof row!.at).toBe('string');
});

test('statements and idle transactions have a limit, and the connection says who we are', async () => {
  const [row] = await db.sql`
    select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`;
  expect(row).toEqual({ statement: '1min', idle: '1min', name: 'tributary' });
});
