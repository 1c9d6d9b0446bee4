import { v7 as uuid } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import { dueCharges } from '../../../db/charges/charges.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { aConnection } from '../../support/listing.ts';

/** Whose charges of last month are read without being asked for, and when again. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

const now = new Date();
const last = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);

interface Feed {
  scheduled?: boolean;
  mode?: string;
  state?: string;
  /** Hours since it was read. */
  read?: number;
  month?: string;
}

async function isDue({ scheduled = true, mode = 'apply', state, read = 0, month = last }: Feed) {
  const connectionId = await aConnection(db);
  await db.sql`insert into integrations (id, name, source_id, destination_id, options, schedule)
    values (${uuid()}, 'Cloud to PSA', ${connectionId}, ${await aConnection(db)}, ${db.sql.json({ mode })},
      ${scheduled ? db.sql.json({ customers: true, subscriptions: true, every: 'PT6H' }) : null})`;
  if (state)
    await db.sql`insert into charge_months (connection_id, month, state, documents, lines, reading_id, read_at)
      values (${connectionId}, ${month}, ${state}, 0, 0, ${uuid()}, now() - make_interval(hours => ${read}))`;
  const due = (await dueCharges(db.sql, ['arrowsphere'])).filter((one) => one.connectionId === connectionId);
  expect(due).toEqual(due.map(() => ({ connectionId, kind: 'arrowsphere', month: last })));
  return due.length;
}

test.each<[string, Feed, number]>([
  ['never read', {}, 1],
  ['never read, of one that observes', { mode: 'observe' }, 1],
  ['never read, of one that is paused', { mode: 'paused' }, 0],
  ['never read, of one without a schedule', { scheduled: false }, 0],
  ['of another month only', { state: 'read', month: '2020-01' }, 1],
  ['read', { state: 'read', read: 24 * 20 }, 0],
  ['not published, this morning', { state: 'not-published', read: 11 }, 0],
  ['not published, half a day ago', { state: 'not-published', read: 13 }, 1],
  ['incomplete, half a day ago', { state: 'incomplete', read: 13 }, 1],
  ['not offered, this week', { state: 'not-offered', read: 24 * 6 }, 0],
  ['not offered, a week ago', { state: 'not-offered', read: 24 * 8 }, 1],
])('charges %s', async (_, feed, due) => {
  expect(await isDue(feed)).toBe(due);
});

test('charges of a kind that has none, or of a deleted connection, are never due', async () => {
  expect(await dueCharges(db.sql, ['streamone-ion'])).toEqual([]);
  await db.sql`update connections set deleted_at = now()`;
  expect(await dueCharges(db.sql, ['arrowsphere'])).toEqual([]);
});
