import type { SimResponse } from '../harness.ts';
import { badValue, ok, Refusal } from './answers.ts';
import { type Query, type Resource, yes } from './resource.ts';
import type { HaloState } from './state.ts';
import { view } from './table.ts';

const common: Record<string, 'int' | 'bool' | 'text'> = {
  pageinate: 'bool',
  page_no: 'int',
  page_size: 'int',
  count: 'int',
  includeactive: 'bool',
  includeinactive: 'bool',
  includedetails: 'bool',
  idonly: 'bool',
  orderdesc: 'bool',
  order: 'text',
  activeinactive: 'text',
};

/** The rows matching every known parameter, ordered by id by default. Unknown parameters are ignored. */
export function select<R extends { id: number }>(state: HaloState, resource: Resource<R>, query: Query): R[] {
  checkValues(resource, query);
  const table = resource.table(state);
  const given = Object.entries(resource.filters).filter(
    ([name]) => query.has(name) && query.get(name) !== '',
  );
  const wanted = activity(query);
  const keep = (row: R) =>
    (!resource.active || wanted[resource.active(row) ? 0 : 1]) &&
    given.every(([name, filter]) => filter.test(row, query.get(name)!, state));
  const compute = (rows: Iterable<R>) => order(Array.from(rows).filter(keep), query);
  const few = resource.narrow?.(state, query);
  if (few) return compute(few);
  const signature = JSON.stringify([
    wanted,
    given.map(([name]) => [name, query.get(name)]),
    query.get('order'),
    query.get('orderdesc'),
  ]);
  // Some filters depend on the row's client, so a change there invalidates the view too.
  return view(table, signature, table.version + state.clients.version, () => compute(table.rows.values()));
}

export function list<R extends { id: number }>(
  state: HaloState,
  resource: Resource<R>,
  query: Query,
): SimResponse {
  const rows = select(state, resource, query);
  const paged = yes(query, 'pageinate');
  const asked = (name: string, otherwise: number) => Math.max(0, Number(query.get(name) || 0)) || otherwise;
  const size = paged ? Math.min(asked('page_size', 50), state.options.pageCap) : asked('count', 50);
  // Without `pageinate`, page_no and page_size are ignored: the first rows are returned for any page.
  const from = paged ? (asked('page_no', 1) - 1) * size : 0;
  const idOnly = !paged && yes(query, 'idonly');
  const page = rows.slice(from, from + size);
  return ok({
    record_count: rows.length,
    [resource.key]: page.map((row) => (idOnly ? { id: row.id } : resource.thin(state, row, query))),
  });
}

/** [active wanted, inactive wanted] */
function activity(query: Query): [boolean, boolean] {
  const pair = query.get('activeinactive')?.toLowerCase().split(',');
  if (pair?.length === 2) return [pair[0]!.trim() === 'true', pair[1]!.trim() === 'true'];
  return [query.get('includeactive')?.toLowerCase() !== 'false', yes(query, 'includeinactive')];
}

function checkValues<R extends { id: number }>(resource: Resource<R>, query: Query) {
  for (const [name, value] of query) {
    const kind = common[name] ?? resource.filters[name]?.kind;
    if (value === '') continue;
    if (kind === 'int' && !/^-?\d{1,9}$/.test(value)) throw new Refusal(badValue(name, value));
    if (kind === 'bool' && !/^(true|false)$/i.test(value)) throw new Refusal(badValue(name, value));
  }
}

function order<R extends { id: number }>(rows: R[], query: Query): R[] {
  const by = query.get('order')?.toLowerCase() as keyof R | undefined;
  if (!by || !rows[0] || !(by in rows[0])) return rows;
  const down = yes(query, 'orderdesc') ? -1 : 1;
  return rows.sort((a, b) => down * (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : a.id - b.id));
}
