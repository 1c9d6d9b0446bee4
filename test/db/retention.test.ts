import { beforeAll, beforeEach, expect, test } from 'vitest';
import { collection } from '../../db/ledger/collecting.ts';
import { requestCollection } from '../../db/ledger/collections.ts';
import { sweepOld } from '../../db/retention.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { aConnection, aSubscription, listInto } from '../support/listing.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

let connectionId: string;
beforeEach(async () => {
  connectionId = await aConnection(db);
});

test('a listing after years of rest is not taken for the first', async () => {
  const startedAt = new Date(Date.now() - 2 * 365 * 86_400_000);
  await listInto(db, connectionId, 'subscriptions', [aSubscription('s1', 'c1')], { startedAt });
  await db.sql`update collections set finished_at = started_at where connection_id = ${connectionId}`;
  await sweepOld(db.sql, 400);
  const { id } = await requestCollection(db, { connectionId, kind: 'subscriptions', customerIds: null });
  expect((await collection(db.sql, id)).first).toBe(false);
});

test('of a connection that was deleted a month ago nothing stays that was read there', async () => {
  await listInto(db, connectionId, 'subscriptions', [aSubscription('s1', 'c1')]);
  await db.sql`insert into offers (connection_id, kind, items, as_of)
    values (${connectionId}, 'agents', '[{"id":"1","name":"Ann"}]', now())`;
  await db.sql`update connections set deleted_at = now() - interval '31 days' where id = ${connectionId}`;
  await sweepOld(db.sql, 400);
  for (const table of ['subscriptions', 'collections', 'offers'])
    expect(await db.sql`select 1 from ${db.sql(table)} where connection_id = ${connectionId}`, table).toEqual(
      [],
    );
});
