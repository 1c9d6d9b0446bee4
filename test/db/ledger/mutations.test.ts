import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Listed } from '../../../connectors/contract.ts';
import { ledgerRecord } from '../../../db/ledger/rows.ts';
import { changed, mutation, type Row, specimens } from '../../connectors/mutations.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { aConnection, listRecords } from '../../support/listing.ts';

/** Records with one odd field each, thousands of them, on their way into the ledger: each is stored or put aside by name. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

/** Its id is its own, unless the id is what is odd. */
function renamed(read: Listed<Row>, id: string): Listed<Row> {
  return 'row' in read ? { ...read, id, row: { ...read.row, id } } : { ...read, id: read.id && id };
}

test.each(specimens)('$name', async (specimen) => {
  const { kind } = specimen;
  const connectionId = await aConnection(db);
  const odd = fc.sample(mutation(specimen), { numRuns: 800, seed: 20_261_127 });
  const records = odd.map(({ path, value }, i) => {
    const raw = changed(specimen.record, path, value);
    const read = renamed(specimen.read(raw), `${i}`);
    return ledgerRecord(kind, { id: read.id, raw, read: () => read });
  });
  const put = odd.filter(
    ({ path, value }) => 'problem' in specimen.read(changed(specimen.record, path, value)),
  );
  const collectionId = await listRecords(db, connectionId, kind, records, { pageSize: 200 });

  const [stored] =
    await db.sql`select count(*)::int as rows from ${db.sql(kind)} where connection_id = ${connectionId}`;
  const aside = await db.sql<
    { problem: string }[]
  >`select problem from quarantine where collection_id = ${collectionId}`;
  expect(stored!.rows).toBe(odd.length - put.length);
  expect(aside).toHaveLength(put.length);
  for (const { problem } of aside)
    expect(problem).toMatch(
      /^[A-Z]\w+ [^:]*: .*(missing|cannot be read|is another customer's|reports an error).*\.$/s,
    );

  if (kind === 'subscriptions') {
    // Whatever they hold, a licence can be worked out.
    const licences = await db.sql<{ licence: Record<string, unknown>; unreadable: string[] }[]>`
      select subscription_to_licence(s, 'ArrowSphere', 'Europe/Berlin', null) as licence, unreadable from subscriptions s where connection_id = ${connectionId}`;
    for (const { licence, unreadable } of licences)
      expect(Object.keys(licence).filter((field) => unreadable.includes(field))).toEqual([]);
  }

  const versions = () =>
    db.sql`select id, xmin::text from ${db.sql(kind)} where connection_id = ${connectionId} order by id`;
  const before = await versions();
  await listRecords(db, connectionId, kind, records, { pageSize: 200 });
  expect(await versions()).toEqual(before);
});
