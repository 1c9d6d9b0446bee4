/** Rows by id in id order, with indexes, so that 100,000 licences stay as quick as a hundred. */
export interface Table<T extends { id: number }> {
  rows: Map<number, T>;
  next: number;
  /** Grows with every change; a filtered view kept from before is then thrown away. */
  version: number;
  views: Map<string, T[]>;
  viewsOf: number;
  keys: Record<string, (row: T) => string | number>;
  indexes: Record<string, Map<string | number, Set<number>>>;
}

export const createTable = <T extends { id: number }>(
  first: number,
  keys: Record<string, (row: T) => string | number> = {},
): Table<T> => ({
  rows: new Map(),
  next: first,
  version: 0,
  views: new Map(),
  viewsOf: 0,
  keys,
  indexes: Object.fromEntries(Object.keys(keys).map((name) => [name, new Map()])),
});

export function put<T extends { id: number }>(table: Table<T>, row: T): T {
  const old = table.rows.get(row.id);
  for (const [name, key] of Object.entries(table.keys)) {
    const index = table.indexes[name]!;
    const to = key(row);
    if (old) {
      if (key(old) === to) continue;
      index.get(key(old))?.delete(row.id);
    }
    const ids = index.get(to);
    if (ids) ids.add(row.id);
    else index.set(to, new Set([row.id]));
  }
  table.rows.set(row.id, row);
  table.next = Math.max(table.next, row.id + 1);
  table.version++;
  return row;
}

export function drop<T extends { id: number }>(table: Table<T>, id: number) {
  const row = table.rows.get(id);
  if (!row) return;
  for (const [name, key] of Object.entries(table.keys)) table.indexes[name]!.get(key(row))?.delete(id);
  table.rows.delete(id);
  table.version++;
}

export const by = <T extends { id: number }>(table: Table<T>, index: string, key: string | number): T[] =>
  Array.from(table.indexes[index]!.get(key) ?? [], (id) => table.rows.get(id)!);

/** The rows a filter leaves, computed once until the table or a table it looks at changes. */
export function view<T extends { id: number }>(
  table: Table<T>,
  signature: string,
  version: number,
  compute: () => T[],
): T[] {
  if (table.viewsOf !== version || table.views.size > 100) table.views.clear();
  table.viewsOf = version;
  const rows = table.views.get(signature) ?? compute();
  table.views.set(signature, rows);
  return rows;
}
