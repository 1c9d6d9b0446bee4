import type { Sql, TransactionSql } from 'postgres';
import { type ListingKind, mirrorKinds } from '../../domain/kinds.ts';
import { isDataError } from '../sql.ts';
import { type LedgerRow, ledgers } from './rows.ts';

/** Kinds that mirror a destination: rows missing from a complete listing are deleted. */
export const mirrored: readonly ListingKind[] = mirrorKinds;

/** The hashes of those ids that the ledger has. */
export async function knownHashes(
  sql: Sql | TransactionSql,
  connectionId: string,
  kind: ListingKind,
  ids: string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<{ id: string; hash: string }[]>`
    select id, hash from ${sql(kind)} where connection_id = ${connectionId}
      and id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb))`;
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/**
 * The only way into the ledger: adds new rows; moves the older version of changed ones to the history. If an id
 * repeats, its last row counts.
 */
export async function writeRows(
  sql: Sql | TransactionSql,
  connectionId: string,
  kind: ListingKind,
  rows: LedgerRow[],
  /** The connection had no rows before this listing, so there is no older version to keep. */
  first = false,
): Promise<void> {
  if (rows.length === 0) return;
  // If two write the same change at once, the second finds it done.
  if (!first)
    await sql`select 1 from ${sql(kind)} where connection_id = ${connectionId} and id in
      (select jsonb_array_elements_text(${JSON.stringify(rows.map(({ id }) => id))}::text::jsonb))
      order by id for update`;
  const { columns, raw } = ledgers[kind];
  const members: [name: string, type: string][] = [
    ['id', 'text'],
    ['hash', 'text'],
    ...Object.entries(columns),
  ];
  const typed = sql.unsafe(members.map(([name, type]) => `"${name}" ${type}`).join(', '));
  const cells = sql`json_to_recordset(${`[${rows.map((row) => row.columns).join()}]`}::text::json) as (${typed})`;
  // Parsed once per row here; as columns, each would be parsed three times.
  const records = sql`, string_to_table(${rows.map((row) => row.raw).join('\n')}, E'\\n')`;
  const names = [...members.map(([name]) => snake(name)), ...(raw ? ['raw'] : [])];
  const list = (write: (name: string) => string) => sql.unsafe(names.map(write).join(', '));
  const superseded = sql`, superseded as (
      insert into ledger_history (connection_id, kind, id, valid_from, valid_to, row)
      select t.connection_id, ${kind}, t.id, t.valid_from, now(), to_jsonb(t) - 'connection_id' - 'id' - 'valid_from'
      from ${sql(kind)} t join incoming i on i.id = t.id
      where t.connection_id = ${connectionId} and t.hash is distinct from i.hash
    )`;
  // Ordered by id, so that concurrent writers of the same rows cannot deadlock.
  await sql`
    with incoming as (
      select distinct on (id) * from rows from (${cells}${raw ? records : sql``})
        with ordinality as r(${list((name) => name)}, place)
      order by id, place desc
    )${first ? sql`` : superseded}
    insert into ${sql(kind)} as t (connection_id, ${list((name) => name)})
    select ${connectionId}::uuid, ${list((name) => (name === 'raw' ? 'raw::json' : name))} from incoming order by id
    on conflict (connection_id, id) do update set valid_from = now(), ${list((name) => `${name} = excluded.${name}`)}
      where t.hash is distinct from excluded.hash`;
}

export interface Refused {
  row: LedgerRow;
  problem: string;
}

/** Like `writeRows`, but splits the rows until those PostgreSQL refuses are isolated. Returns those. */
export async function writeAllBut(
  tx: TransactionSql,
  into: { connectionId: string; kind: ListingKind; first: boolean },
  rows: LedgerRow[],
): Promise<Refused[]> {
  try {
    await tx.savepoint((part) => writeRows(part, into.connectionId, into.kind, rows, into.first));
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    const half = Math.ceil(rows.length / 2);
    if (rows.length > 1)
      return [
        ...(await writeAllBut(tx, into, rows.slice(0, half))),
        ...(await writeAllBut(tx, into, rows.slice(half))),
      ];
    return rows.map((row) => ({ row, problem: refusal(into.kind, row, error.code) }));
  }
}

/** Names the largest field as the likely cause; its value is not reported. */
function refusal(kind: ListingKind, row: LedgerRow, code: string): string {
  const fields = Object.entries(JSON.parse(row.columns) as object).map(
    ([name, value]) => [name, String(value).length] as const,
  );
  const [name] = fields.reduce((largest, field) => (field[1] > largest[1] ? field : largest));
  return `${nouns[kind]} ${row.id.slice(0, 200)}: it cannot be stored, probably for its ${name} (PostgreSQL error ${code}).`;
}

const nouns: Record<ListingKind, string> = {
  customers: 'Customer', subscriptions: 'Subscription', clients: 'Client', licences: 'Licence', links: 'Link',
}; // biome-ignore format: a table

/** Updates statistics for new rows. The raw records are left out: nothing is selected by their values. */
export async function analyse(sql: Sql, kind: ListingKind): Promise<void> {
  const names = ['connection_id', 'id', ...Object.keys(ledgers[kind].columns).map(snake)];
  await sql`analyze ${sql(kind)} (${sql(names)})`;
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
