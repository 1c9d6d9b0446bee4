import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { connect } from '../../db/client.ts';
import { migrate, migrationState } from '../../db/migrate.ts';
import { emptyDatabase } from '../support/database.ts';

test('several starters at once apply every migration once', async () => {
  const url = await emptyDatabase();
  const sql = connect(url, { max: 1 });
  expect((await migrationState(sql)).applied).toBe(0);
  await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
  const { expected, applied } = await migrationState(sql);
  expect(applied).toBe(expected);
  await migrate(url);
  expect((await migrationState(sql)).applied).toBe(expected);
  await sql.end();
});

test('a database of another version is refused', async () => {
  const url = await emptyDatabase();
  await migrate(url);
  const sql = connect(url, { max: 1 });
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`;
  await expect(migrate(url)).rejects.toThrow(/has \d+ migrations applied, this version has \d+/);
  await sql.end();
});

test('migrations are in the order of their times: drizzle skips an older one silently', async () => {
  const journal = JSON.parse(
    await readFile(new URL('../../db/migrations/meta/_journal.json', import.meta.url), 'utf8'),
  ) as { entries: { when: number }[] };
  const times = journal.entries.map(({ when }) => when);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
