import { v7 as uuid } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import { intend, nextBatch, openWrite, settleWrite } from '../../../db/imports/writes.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';

/** The write side of an import: one write is open at a time, whoever thinks it is at work. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

async function anImport(names: string[]): Promise<string> {
  const { sql } = db;
  const [source, destination, integration, id] = [uuid(), uuid(), uuid(), uuid()];
  for (const [connection, kind, role] of [
    [source, 'arrowsphere', 'distributor'],
    [destination, 'halopsa', 'destination'],
  ] as const)
    await sql`insert into connections (id, kind, role, name, settings) values (${connection!}, ${kind}, ${role}, ${kind}, '{}')`;
  await sql`insert into integrations (id, name, source_id, destination_id, options)
    values (${integration!}, 'one', ${source!}, ${destination!}, '{}')`;
  await sql`insert into imports (id, integration_id, kind, mode, trigger, state, progress, counts)
    values (${id!}, ${integration!}, 'subscriptions', 'apply', 'manual', 'running', '{}', '{}')`;
  for (const [seq, name] of names.entries())
    await sql`insert into items (import_id, seq, action, external_id, customer_id, name, client_id, rule, after, outcome)
      values (${id!}, ${seq}, 'create', ${`X${seq}`}, 'C1', ${name}, '7', 'new_subscription', ${sql.json({ name })}, 'planned')`;
  return id!;
}

test('two workers that want the same items: one writes, the other learns of it', async () => {
  const id = await anImport(['a', 'b']);
  const batch = await nextBatch(db.sql, id, 10);
  const both = await Promise.allSettled([
    intend(db.sql, id, 'licence', batch),
    intend(db.sql, id, 'licence', batch),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('no second write is begun while one is open', async () => {
  const id = await anImport(['a', 'b']);
  const [first, second] = await nextBatch(db.sql, id, 10);
  const write = await intend(db.sql, id, 'licence', [first!]);
  await expect(intend(db.sql, id, 'licence', [second!])).rejects.toThrow(/Another worker/);
  await settleWrite(db.sql, write, 'confirmed');
  await intend(db.sql, id, 'licence', [second!]);
  expect(await openWrite(db.sql, id)).toMatchObject({ items: [{ name: 'b' }] });
});

test('nothing is begun for an import that has ended', async () => {
  const id = await anImport(['a']);
  const batch = await nextBatch(db.sql, id, 10);
  await db.sql`update imports set state = 'cancelled' where id = ${id}`;
  await expect(intend(db.sql, id, 'licence', batch)).rejects.toMatchObject({
    details: { retryable: false },
  });
});

test('a batch holds no two records its answer could confuse', async () => {
  const id = await anImport(['a', 'b', 'a', 'c']);
  expect((await nextBatch(db.sql, id, 10)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});
