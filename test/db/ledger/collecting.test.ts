import { beforeAll, beforeEach, expect, test } from 'vitest';
import { readCustomer } from '../../../connectors/streamone-ion/wire.ts';
import { type Database, openDatabase } from '../../../db/client.ts';
import {
  addScopes,
  collection,
  judgeCompleteness,
  type ListedPage,
  listedSoFar,
  storePages,
} from '../../../db/ledger/collecting.ts';
import { requestCollection } from '../../../db/ledger/collections.ts';
import { type LedgerRecord, ledgerRecord, pageRecords } from '../../../db/ledger/rows.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { aConnection, aSubscription, listInto, listRecords, recordOf } from '../../support/listing.ts';

/** Pages go to the ledger several at a time, and what it knows already is left alone. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

let connectionId: string;
beforeEach(async () => {
  connectionId = await aConnection(db);
});

const named = (id: string, name: string) => aSubscription(id, 'c1', { name });
const came = (row: ReturnType<typeof named>, onRead?: () => void) => recordOf('subscriptions', row, onRead);
const pageOf = (cursor: string, pages: number, records: LedgerRecord[]): ListedPage => ({
  scope: '', cursor, next: null, pages, declared: null, ...pageRecords(records),
}); // biome-ignore format: a row

async function opened() {
  const { id } = await requestCollection(db, { connectionId, kind: 'subscriptions', customerIds: null });
  const open = await collection(db.sql, id);
  await addScopes(db.sql, open, ['']);
  return open;
}

test('a record that is known by its text is not read again', async () => {
  await listInto(db, connectionId, 'subscriptions', [named('s1', 'one'), named('s2', 'two')]);
  const open = await opened();
  const read: string[] = [];
  const told = (row: ReturnType<typeof named>) => came(row, () => void read.push(row.id));
  await storePages(db.sql, open, [
    pageOf('1', 1, [told(named('s1', 'one')), told(named('s2', 'changed')), told(named('s3', 'new'))]),
  ]);
  expect(read).toEqual(['s2', 's3']);
  const rows =
    await db.sql`select id, name from subscriptions where connection_id = ${connectionId} order by id`;
  expect(rows.map(({ name }) => name)).toEqual(['one', 'changed', 'new']);
  expect(await listedSoFar(db.sql, open)).toMatchObject({ received: 3, open: 0 });
});

test('of a record that a write holds twice the last counts, known or not', async () => {
  await listInto(db, connectionId, 'subscriptions', [named('s1', 'one')]);
  await storePages(db.sql, await opened(), [
    pageOf('1', 1, [came(named('s1', 'changed')), came(named('s1', 'one'))]),
  ]);
  const [row] = await db.sql`select name from subscriptions where connection_id = ${connectionId}`;
  expect(row!.name).toBe('one');
});

/** Clients with a connection open each, so that what they do at once is done at once. */
async function side(): Promise<{ clients: Database[]; close(): Promise<void> }> {
  const clients = [1, 2, 3, 4].map(() => openDatabase(db.url));
  for (const { sql } of clients) await sql`select 1`;
  return { clients, close: async () => void (await Promise.all(clients.map((client) => client.close()))) };
}

test('pages written at once end the listing', async () => {
  const rows = Array.from({ length: 4 }, (_, i) => named(`s${i}`, 'one'));
  await listInto(db, connectionId, 'subscriptions', rows);
  const { clients, close } = await side();
  for (let round = 0; round < 20; round++) {
    const open = await opened();
    await Promise.all(
      clients.map(({ sql }, i) => storePages(sql, open, [pageOf(`${i + 1}`, 4, [came(rows[i]!)])])),
    );
    expect(await listedSoFar(db.sql, open)).toMatchObject({ open: 0, pages: 4 });
    await db.sql`update collections set state = 'complete' where id = ${open.id}`;
  }
  await close();
});

test('a changed record on two pages leaves one older version', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => named(`s${i}`, 'one'));
  await listInto(db, connectionId, 'subscriptions', rows);
  const { clients, close } = await side();
  const open = await opened();
  // The same records in another order on each page: locks taken as they come would wait for each other.
  const changed = rows.map(({ id }) => came(named(id, 'changed')));
  await Promise.all(
    clients.map(({ sql }, i) =>
      storePages(sql, open, [pageOf(`${i + 1}`, 4, i % 2 ? changed : changed.toReversed())]),
    ),
  );
  await close();
  const [counts] = await db.sql`select count(*)::int as versions, count(distinct id)::int as ids
    from ledger_history where connection_id = ${connectionId}`;
  expect(counts).toMatchObject({ versions: 300, ids: 300 });
});

test('what PostgreSQL cannot store is left out, and only that', async () => {
  const [nul, half, path] = ['a\u0000b', 'cut off \ud83d', 'C:\\u0000 \\ud83d'];
  const odd = [
    named('nul', nul!),
    named('half', half!),
    named('path', path!),
    named('id\u0000 \ud83d', 'odd'),
  ];
  await listInto(db, connectionId, 'subscriptions', odd);
  // What was stored is known again.
  const open = await opened();
  const read: string[] = [];
  await storePages(db.sql, open, [
    pageOf(
      '1',
      1,
      odd.map((row) => came(row, () => void read.push(row.id))),
    ),
  ]);
  expect(read).toEqual([]);
  const rows = await db.sql`select id, name, raw::jsonb ->> 'name' as came from subscriptions
    where connection_id = ${connectionId} order by id`;
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { id: 'half', name: 'cut off \ufffd', came: 'cut off \ufffd' },
    { id: 'id \ufffd', name: 'odd', came: 'odd' },
    { id: 'nul', name: 'ab', came: 'ab' },
    { id: 'path', name: path, came: path },
  ]);
});

/** Text that no compression shortens. */
const random = (length: number) =>
  Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join('');

test('a row that PostgreSQL refuses is put aside with its field named, and the rest is stored', async () => {
  const open = await opened();
  const rows = ['s1', 's2', random(3000), 's3', 's4'].map((id) => came(named(id, 'one')));
  await storePages(db.sql, open, [pageOf('1', 1, rows)]);
  const stored = await db.sql`select id from subscriptions where connection_id = ${connectionId} order by id`;
  expect(stored.map(({ id }) => id)).toEqual(['s1', 's2', 's3', 's4']);
  const [aside, ...more] = await db.sql`select problem from quarantine where collection_id = ${open.id}`;
  expect(more).toEqual([]);
  expect(aside!.problem).toMatch(
    /^Subscription .*: it cannot be stored, probably for its id \(PostgreSQL error 54000\)\.$/,
  );
  expect(await judgeCompleteness(db.sql, open)).toMatchObject({
    received: 5,
    distinct: 5,
    unreadable: 1,
    complete: true,
  });
});

test('a long name is kept and found by its digest', async () => {
  const name = random(1_500);
  const raw = { name: 'accounts/1/customers/7', customerOrganization: name };
  const read = () => readCustomer(raw, {});
  await listRecords(db, connectionId, 'customers', [ledgerRecord('customers', { id: '7', raw, read })]);
  const [row] = await db.sql`select name, match_key from customers where connection_id = ${connectionId}`;
  expect(row!.name).toBe(name);
  expect(row!.match_key.length).toBeLessThan(500);
});

test('what a record carries beside does not count: large and deep ones are stored without it', async () => {
  const nested = (depth: number) => {
    let inner: unknown = 1;
    for (let i = 0; i < depth; i++) inner = [inner];
    return inner;
  };
  const beside = [
    { more: 'x'.repeat(1_000_000) },
    { more: nested(5_000) },
    { more: nested(100_000) },
    { more: 1 },
  ];
  const records = beside.map((more, i) => {
    const row = named(`s${i}`, 'one');
    return ledgerRecord('subscriptions', {
      id: row.id,
      raw: { ...row, ...more },
      read: () => ({ id: row.id, raw: null, row }),
    });
  });
  await listRecords(db, connectionId, 'subscriptions', records);
  const rows = await db.sql`select id, raw ->> 'omitted' as omitted from subscriptions
    where connection_id = ${connectionId} order by id`;
  expect(rows.map(({ omitted }) => omitted)).toEqual([
    expect.stringContaining('characters'),
    expect.stringContaining('nested'),
    expect.stringContaining('nested'),
    null,
  ]);
});

test('a cursor may be long', async () => {
  const open = await opened();
  await storePages(db.sql, open, [
    {
      ...pageOf('x', 1, [came(named('s1', 'one'))]),
      cursor: random(2_000),
      next: random(5_000),
      pages: null,
    },
  ]);
  expect(await listedSoFar(db.sql, open)).toMatchObject({ received: 1, open: 1 });
});
