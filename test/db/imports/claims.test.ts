import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { failItems, intendCreate, nextBatch, settleWrite } from '../../../db/imports/writes.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';

let db: TestDatabase;
beforeEach(async () => {
  db ??= await testDatabase();
});

const host = () => `https://${randomUUID()}.example`;

/** An import of an integration of its own, into a connection of its own, that is about to create these clients. */
async function creating(baseUrl: string, names: string[], { startedAt = new Date(), tenant = 'T' } = {}) {
  const { sql } = db;
  const [source, destinationId, integrationId, importId] = [
    randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
  ];
  await sql`insert into connections (id, kind, role, name, settings) values
    (${source}, 'arrowsphere', 'distributor', 'A', '{}'),
    (${destinationId}, 'halopsa', 'destination', 'H', ${sql.json({ baseUrl, tenant })})`;
  await sql`insert into integrations (id, name, source_id, destination_id, options) values (${integrationId}, 'I', ${source}, ${destinationId}, '{}')`;
  await sql`insert into imports (id, integration_id, kind, mode, trigger, state, progress, counts, started_at)
    values (${importId}, ${integrationId}, 'customers', 'apply', 'manual', 'running', '{}', '{}', ${startedAt})`;
  for (const [seq, name] of names.entries())
    await sql`insert into items (import_id, seq, action, external_id, customer_id, name, rule, after, outcome)
      values (${importId}, ${seq}, 'create', ${`C${seq}`}, ${`C${seq}`}, ${name}, 'new_customer', ${sql.json({ name })}, 'planned')`;
  const target = { importId, integrationId, destinationId, optionsKey: '' };
  const items = await nextBatch(sql, importId, 10);
  return { target, items, claim: () => intendCreate(sql, target, 'client', 'type', items) };
}
const names = (items: { name: string }[]) => items.map(({ name }) => name);

test('of two imports that create one name at once, over whatever connection, one does', async () => {
  const at = host();
  const [one, two] = [
    await creating(at, ['Acme Ltd', 'Other']),
    await creating(at.toUpperCase(), ['ACME  Limited', 'Third']),
  ];
  const [first, second] = await Promise.all([one.claim(), two.claim()]);
  expect(
    [...names(first.taken), ...names(second.taken)].map((name) => name.toLowerCase().slice(0, 4)),
  ).toEqual(['acme']);
  const losing = first.taken.length > 0 ? first : second;
  expect(losing.intent?.items).toHaveLength(1);
});

test('another tenant, or another destination, is another matter', async () => {
  const at = host();
  await (await creating(at, ['Acme'])).claim();
  expect((await (await creating(at, ['Acme'], { tenant: 'other' })).claim()).taken).toEqual([]);
  expect((await (await creating(host(), ['Acme'])).claim()).taken).toEqual([]);
});

test('created: held for imports that began before, free for those that see it', async () => {
  const at = host();
  const [early, one] = [
    await creating(at, ['Acme'], { startedAt: new Date(Date.now() - 60_000) }),
    await creating(at, ['Acme']),
  ];
  const { intent } = await one.claim();
  await settleWrite(db.sql, intent!, 'confirmed');
  expect(await early.claim()).toMatchObject({ intent: null, taken: [{ name: 'Acme' }] });
  const late = await creating(at, ['Acme'], { startedAt: new Date(Date.now() + 60_000) });
  expect((await late.claim()).taken).toEqual([]);
});

test('refused: free at once; perhaps created: kept until a person has looked', async () => {
  const at = host();
  const one = await creating(at, ['Acme']);
  const refused = await one.claim();
  await settleWrite(db.sql, refused.intent!, 'refused');
  const two = await creating(at, ['Acme']);
  const { intent } = await two.claim();
  await failItems(db.sql, two.target.importId, intent!.items, 'It may have been created.', 'held');
  await settleWrite(db.sql, intent!, 'retried');
  const key = `ambiguous-write:${two.target.integrationId}:C0`;
  await db.sql`insert into findings (id, key, kind, subject, message, state, actions)
    values (${randomUUID()}, ${key}, 'ambiguous-write', '{}', '', 'open', '[]')`;
  expect((await (await creating(at, ['Acme'])).claim()).intent).toBeNull();
  await db.sql`update findings set state = 'resolved' where key = ${key}`;
  expect((await (await creating(at, ['Acme'])).claim()).taken).toEqual([]);
});
