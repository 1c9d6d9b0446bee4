import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  addScopes, close, collection, judgeCompleteness, type ListedPage, listAgain, storePages,
} from '../../../db/ledger/collecting.ts'; // biome-ignore format: one list
import { requestCollection } from '../../../db/ledger/collections.ts';
import { pageRecords } from '../../../db/ledger/rows.ts';
import type { Subscription } from '../../../domain/subscription.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { aConnection, aSubscription, recordOf } from '../../support/listing.ts';

/** An id that is listed twice: the row that counts, and when the listing is complete all the same. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

let connectionId: string;
beforeEach(async () => {
  connectionId = await aConnection(db);
});

const other = aSubscription('s2', 'c1');
const newTerm = aSubscription('s1', 'c1', { quantity: '9', endDate: '2027-05-01', startDate: '2026-05-01' });
const oldTerm = aSubscription('s1', 'c1', { quantity: '4', endDate: '2026-04-30', startDate: '2025-05-01' });

const pageOf = (rows: Subscription[], i: number, all: Subscription[][], declared: number): ListedPage => ({
  scope: '', cursor: `${i + 1}`, next: null, pages: all.length, declared,
  ...pageRecords(rows.map((row) => recordOf('subscriptions', row))),
}); // biome-ignore format: a row

/** Lists as the engine does, once more where that is asked for. Returns how it was judged, and the attempts it took. */
async function list(pages: Subscription[][], { together = false, declared = pages.flat().length } = {}) {
  const { id } = await requestCollection(db, { connectionId, kind: 'subscriptions', customerIds: null });
  for (;;) {
    const open = await collection(db.sql, id);
    await addScopes(db.sql, open, ['']);
    const listed = pages.map((rows, i) => pageOf(rows, i, pages, declared));
    if (together) await Promise.all(listed.map((page) => storePages(db.sql, open, [page])));
    else for (const page of listed) await storePages(db.sql, open, [page]);
    const judged = await judgeCompleteness(db.sql, open);
    if (!judged.complete && open.attempt === 1) {
      await listAgain(db.sql, open);
      continue;
    }
    const state = judged.complete ? 'complete' : 'incomplete';
    await close(db.sql, open, { state, completeness: judged, problem: null });
    const [row] = await db.sql`select repeated from collections where id = ${id}`;
    return { ...judged, attempts: open.attempt, repeated: row!.repeated };
  }
}

const quantity = async () => {
  const [row] =
    await db.sql`select quantity::int as quantity from subscriptions where connection_id = ${connectionId} and id = 's1'`;
  return row!.quantity;
};

describe.each([
  ['on one page', [[newTerm, oldTerm, other]]],
  ['on one page, the other way round', [[oldTerm, other, newTerm]]],
  ['on two pages', [[oldTerm, other], [newTerm]]],
  ['on two pages, the other way round', [[newTerm], [oldTerm, other]]],
])('the old term beside the new one %s', (_, pages) => {
  test.each([false, true])(
    'loses, and the listing is complete once it came again (at once: %s)',
    async (together) => {
      const judged = { complete: true, declared: 3, distinct: 2, duplicates: 1, repeated: ['s1'] };
      expect(await list(pages, { together })).toMatchObject({ ...judged, attempts: 2 });
      expect(await quantity()).toBe(9);
      const [before] =
        await db.sql`select xmin::text from subscriptions where connection_id = ${connectionId} and id = 's1'`;
      // From then on it is known.
      expect(await list(pages, { together })).toMatchObject({ ...judged, attempts: 1 });
      expect(await quantity()).toBe(9);
      const [after] =
        await db.sql`select xmin::text from subscriptions where connection_id = ${connectionId} and id = 's1'`;
      expect(after).toEqual(before);
      expect(await list([[newTerm, other]])).toMatchObject({
        complete: true,
        duplicates: 0,
        repeated: [],
        attempts: 1,
      });
    },
  );
});

test('of two that are alive alike the later end counts, of an ended one and one alive the one alive', async () => {
  const ended = { ...newTerm, status: 'cancelled' as const };
  await list([[ended], [oldTerm]]);
  expect(await quantity()).toBe(4);
  await list([[oldTerm], [ended]]);
  expect(await quantity()).toBe(4);
  const open = { ...oldTerm, endDate: null, quantity: '5' };
  await list([[newTerm, open]]);
  expect(await quantity()).toBe(5);
});

test('a change of what is listed twice is taken', async () => {
  await list([[newTerm], [oldTerm, other]]);
  await list([[{ ...newTerm, quantity: '3', status: 'cancelled' }], [oldTerm, other]]);
  expect(await quantity()).toBe(4);
  await list([[{ ...newTerm, quantity: '3' }], [oldTerm, other]]);
  expect(await quantity()).toBe(3);
});

test('a list that shifted, so that one came twice and one not at all, is incomplete', async () => {
  const shifted = (twice: string) => [
    [aSubscription('a', 'c1'), aSubscription('b', 'c1')],
    [aSubscription(twice, 'c1')],
  ];
  const { id } = await requestCollection(db, { connectionId, kind: 'subscriptions', customerIds: null });
  let open = await collection(db.sql, id);
  for (const twice of ['b', 'a']) {
    await addScopes(db.sql, open, ['']);
    const pages = shifted(twice);
    await storePages(
      db.sql,
      open,
      pages.map((rows, i) => pageOf(rows, i, pages, 3)),
    );
    expect(await judgeCompleteness(db.sql, open)).toMatchObject({ complete: false, duplicates: 1 });
    if (twice === 'b') await listAgain(db.sql, open);
    open = await collection(db.sql, id);
  }
});

test('one record twice is a list that shifted, however often: another may be missing', async () => {
  const pages = [
    [other, newTerm],
    [aSubscription('s3', 'c1'), newTerm],
  ];
  for (let i = 0; i < 2; i++)
    expect(await list(pages)).toMatchObject({ complete: false, declared: 4, distinct: 3, repeated: ['s1'] });
});
