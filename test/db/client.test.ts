import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { addConnection, getConnection } from '../../db/connections/connections.ts';
import { bySystem } from '../../domain/actor.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

test('instants are read as Date and JSON as what it says', async () => {
  const settings = { deep: { n: 1 }, list: ['a', null], text: '"quoted"' };
  const [id, name] = [randomUUID(), 'Halo'];
  await addConnection(
    db,
    { id, kind: 'halopsa', role: 'destination', name, settings, credentials: null },
    bySystem,
  );
  const row = await getConnection(db, id);
  expect(row).toMatchObject({ settings, name, deletedAt: null, lastTest: null });
  expect(row!.createdAt).toBeInstanceOf(Date);
  await db.sql`update connections set settings = ${db.sql.json({ b: true })}, updated_at = ${new Date(0)} where id = ${id}`;
  expect(await getConnection(db, id)).toMatchObject({ settings: { b: true }, updatedAt: new Date(0) });
});

test('statements and idle transactions have a limit, and the connection says who we are', async () => {
  const [row] = await db.sql`
    select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`;
  expect(row).toEqual({ statement: '1min', idle: '1min', name: 'tributary' });
});
