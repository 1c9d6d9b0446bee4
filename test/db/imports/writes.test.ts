import { v7 as uuid } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import { intend, markAmbiguous, nextBatch, openWrites, settleWrite } from '../../../db/imports/writes.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';

/** The write side of an import: one request in transit at a time, whichever worker runs it. */
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

test('no second write is begun while one is under way', async () => {
  const id = await anImport(['a', 'b']);
  const [first, second] = await nextBatch(db.sql, id, 10);
  const write = await intend(db.sql, id, 'licence', [first!]);
  await expect(intend(db.sql, id, 'licence', [second!])).rejects.toThrow(/Another worker/);
  await settleWrite(db.sql, write, 'confirmed');
  await intend(db.sql, id, 'licence', [second!]);
  expect(await openWrites(db.sql, id)).toMatchObject([{ items: [{ name: 'b' }] }]);
});

test('while a write waits for its read-back others are begun, but not of its items', async () => {
  const id = await anImport(['a', 'b', 'c']);
  const [first] = await nextBatch(db.sql, id, 1);
  const write = await intend(db.sql, id, 'licence', [first!]);
  await markAmbiguous(db.sql, write, 60_000, 'dropped: gone');
  const open = await openWrites(db.sql, id);
  expect(open).toMatchObject([{ state: 'ambiguous', items: [{ name: 'a' }] }]);
  const batch = await nextBatch(db.sql, id, 10, open);
  expect(batch.map(({ name }) => name)).toEqual(['b', 'c']);
  await expect(intend(db.sql, id, 'licence', [first!])).rejects.toThrow(/Another worker/);
  await settleWrite(db.sql, await intend(db.sql, id, 'licence', batch), 'confirmed');
  await settleWrite(db.sql, write, 'retried');
  expect((await nextBatch(db.sql, id, 10)).map(({ name }) => name)).toContain('a');
});

test('a client is passed over while one of a like name may have been created', async () => {
  const id = await anImport(['Acme Ltd', 'ACME Limited', 'Other']);
  const [first] = await nextBatch(db.sql, id, 1);
  const write = await intend(db.sql, id, 'client', [first!]);
  await markAmbiguous(db.sql, write, 60_000, 'dropped: gone');
  const next = await nextBatch(db.sql, id, 1, await openWrites(db.sql, id));
  expect(next.map(({ name }) => name)).toEqual(['Other']);
});

test('a batch is filled up past records its answer could confuse', async () => {
  const id = await anImport(['a', 'a', 'a', 'b', 'c', 'd']);
  expect((await nextBatch(db.sql, id, 3)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('nothing is started for an import that has ended', async () => {
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
