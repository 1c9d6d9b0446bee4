import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import { expect, test } from 'vitest';
import { connect } from '../../db/client.ts';
import { addConnection, getConnection } from '../../db/connections/connections.ts';
import { getImport, openImport } from '../../db/imports/imports.ts';
import * as schema from '../../db/schema.ts';
import { columnsOf } from '../../db/sql.ts';
import { bySystem } from '../../domain/actor.ts';
import { testDatabase } from '../support/database.ts';

test('a row read by its columns is the row the schema types', async () => {
  const db = await testDatabase();
  // A client of its own: drizzle takes over the parsers of its client, so no pool of ours may have one.
  const orm = drizzle(connect(db.url, { max: 1 }), { schema, casing: 'snake_case' });
  const [sourceId, destinationId, integrationId] = Array.from({ length: 3 }, () => crypto.randomUUID());
  for (const [id, kind, role] of [
    [sourceId, 'arrowsphere', 'distributor'],
    [destinationId, 'halopsa', 'destination'],
  ] as const)
    await addConnection(
      db,
      { id: id!, kind, role, name: kind, settings: { a: [1, null] }, credentials: 'sealed' },
      bySystem,
    );
  const options = { timeZone: 'UTC', currency: null };
  await db.sql`insert into integrations (id, name, source_id, destination_id, options, schedule)
    values (${integrationId!}, 'one', ${sourceId!}, ${destinationId!}, ${db.sql.json(options)}, '{}')`;
  const opened = await openImport(db, {
    integrationId: integrationId!, kind: 'customers', mode: 'apply', trigger: 'manual', customerIds: ['1'],
    previewId: null, itemIds: null, startedBy: bySystem,
  }); // biome-ignore format: one line
  const { id } = (opened as { row: { id: string } }).row;

  const [built] = await orm.select().from(schema.imports);
  expect(await getImport(db, id)).toEqual(built);
  const connections = await orm.select().from(schema.connections).orderBy(schema.connections.createdAt);
  expect(await getConnection(db, sourceId!)).toEqual(connections[0]);
});

test('every table has its columns under the names PostgreSQL knows', async () => {
  const db = await testDatabase();
  for (const table of Object.values(schema)) {
    if (!is(table, PgTable)) continue;
    const { columns } =
      await db.sql`select ${db.sql.unsafe(columnsOf(table))} from ${db.sql(getTableName(table))} limit 0`;
    expect(columns.map(({ name }) => name)).toEqual(Object.keys(getTableColumns(table)));
  }
});
