import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { HaloState } from './state.ts';
import { drop, put, type Table } from './table.ts';

const tables = [
  ...(['clients', 'sites', 'users', 'licences', 'links', 'topLevels', 'suppliers'] as const),
  ...(['tickets', 'actions'] as const),
] as const;
type Name = (typeof tables)[number];
type Row = { id: number };

/** A row as it is now, the id of one that has gone, or the counters. */
type Line = [Name, Row | number] | ['counters', Counters];
type Counters = Pick<HaloState, 'nextAddress' | 'internalClientId' | 'writes'> & {
  next: Partial<Record<Name, number>>;
};

/**
 * Stores the simulator's data in a file, so that it survives a restart. An existing file replaces the rows of `state`.
 * The returned function appends the changes; called before each answer, it ensures that nothing answered is lost, even
 * after SIGKILL. Options, tokens and the call window start fresh.
 */
export function keepState(state: HaloState, path: string): () => void {
  if (existsSync(path)) load(state, path);
  compact(state, path);
  const changed = new Map<string, Line>();
  for (const name of tables) record(tableOf(state, name), name, changed);
  return () => {
    if (changed.size === 0) return;
    appendFileSync(path, toText([...changed.values(), ['counters', counters(state)]]));
    changed.clear();
  };
}

/** Other tables are other types; here rows are only moved. */
const tableOf = (state: HaloState, name: Name) => state[name] as unknown as Table<Row>;

function load(state: HaloState, path: string): void {
  for (const name of tables) {
    const table = tableOf(state, name);
    for (const id of [...table.rows.keys()]) drop(table, id);
  }
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    const [name, value] = parse(text) ?? [];
    if (!name) continue;
    if (name === 'counters') {
      const { next, ...own } = value as Counters;
      Object.assign(state, own);
      for (const [of, id] of Object.entries(next)) tableOf(state, of as Name).next = id;
    } else if (typeof value === 'number') drop(tableOf(state, name), value);
    else put(tableOf(state, name), value as Row);
  }
}

/** The last line is truncated if the machine went down while writing it. */
function parse(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}

function compact(state: HaloState, path: string): void {
  const lines = tables.flatMap((name) =>
    Array.from(tableOf(state, name).rows.values(), (row): Line => [name, row]),
  );
  writeFileSync(`${path}.new`, toText([...lines, ['counters', counters(state)]]), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function record(table: Table<Row>, name: Name, changed: Map<string, Line>): void {
  const { rows } = table;
  const [set, remove] = [rows.set.bind(rows), rows.delete.bind(rows)];
  rows.set = (id, row) => {
    changed.set(`${name} ${id}`, [name, row]);
    return set(id, row);
  };
  rows.delete = (id) => {
    changed.set(`${name} ${id}`, [name, id]);
    return remove(id);
  };
}

function counters(state: HaloState): Counters {
  const { nextAddress, internalClientId, writes } = state;
  const next = Object.fromEntries(tables.map((name) => [name, state[name].next]));
  return { nextAddress, internalClientId, writes, next };
}

const toText = (lines: Line[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
