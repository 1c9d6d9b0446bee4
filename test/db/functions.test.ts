import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { connect, type Sql } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { emptyDatabase } from '../support/database.ts';

const folder = new URL('../../db/migrations/functions/', import.meta.url);

/** Every function of ours, as PostgreSQL writes it. */
const functionsOf = async (sql: Sql) => {
  const rows = await sql<{ name: string; source: string }[]>`
    select proname as name, pg_get_functiondef(oid) as source from pg_proc
    where pronamespace = 'public'::regnamespace and prokind = 'f'
      and not exists (select 1 from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e') order by proname`;
  return Object.fromEntries(rows.map(({ name, source }) => [name, source]));
};

test('each function of the migrated database has its current source in db/migrations/functions', async () => {
  const url = await emptyDatabase();
  await migrate(url);
  const sql = connect(url, { max: 1 });
  const migrated = await functionsOf(sql);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql'));
  expect(files.map((file) => file.replace('.sql', '')).sort()).toEqual(Object.keys(migrated).sort());
  for (const file of files) await sql.unsafe(await readFile(new URL(file, folder), 'utf8'));
  expect(await functionsOf(sql)).toEqual(migrated);
  await sql.end();
});
