import { licenceField } from './records.ts';
import { type ArrowSphereState, idOf, type Licence, lowerBound } from './state.ts';

export interface List<T> {
  length: number;
  slice(from: number, to: number): T[];
}
export interface Page<T> {
  items: T[];
  perPage: number;
  page: number | null;
  totalPages: number | null;
  total: number;
  next: string | null;
  previous: string | null;
}

/** A page by number. `all` is what an absent `per_page` means for customers: everything at once. */
export function takePage<T>(
  state: ArrowSphereState,
  kind: 'customers' | 'licenses',
  path: string,
  source: List<T>,
  query: URLSearchParams,
  all = false,
): Page<T> {
  const { knobs } = state;
  const list = knobs.empty[kind] ? [] : source;
  const page = positive(query.get('page')) ?? 1;
  const asked = positive(query.get('per_page'));
  const perPage = all && !asked ? 999_999 : Math.min(asked ?? 100, state.pageLimit);
  const pages = Math.ceil(list.length / perPage);
  // A listing that shifts under its reader duplicates: every page starts one record too early, so as many records
  // arrive as were declared and the last ones never do.
  let start = (page - 1) * (knobs.duplicateAcrossPages ? perPage - 1 : perPage);
  if (knobs.repeatPage && page === 2) start = 0;
  const link = (to: number) => `${path}?per_page=${perPage}&page=${to}`;
  return {
    items: page > pages ? [] : list.slice(start, start + perPage),
    perPage,
    page,
    totalPages: all && !asked ? null : pages,
    total: list.length + knobs.totalOffset[kind],
    next: page < pages ? link(page + 1) : null,
    previous: page > 1 ? link(page - 1) : null,
  };
}

/** A page of licences by cursor: what comes after, or before, a licence reference. An empty cursor starts. */
export function takeAfter(state: ArrowSphereState, path: string, query: URLSearchParams): Page<Licence> {
  const { knobs } = state;
  const list = knobs.empty.licenses ? [] : state.licences;
  const perPage = Math.min(positive(query.get('per_page')) ?? 100, state.pageLimit);
  const before = query.get('search_before');
  const after = query.get('search_after');
  const end = before ? lowerBound(list, idOf(before)) : list.length;
  const start = before !== null ? Math.max(0, end - perPage) : after ? lowerBound(list, idOf(after) + 1) : 0;
  const items = list.slice(start, Math.min(start + perPage, end));
  const link = (name: string, licence: Licence) => `${path}?per_page=${perPage}&${name}=XSP${licence.id}`;
  return {
    items,
    perPage,
    page: null,
    totalPages: null,
    total: list.length + knobs.totalOffset.licenses,
    next: start + items.length < list.length && items.length ? link('search_after', items.at(-1)!) : null,
    previous: start > 0 && items.length ? link('search_before', items[0]!) : null,
  };
}

/** The pagination block of customers and `v2/licenses`. */
export const snakePagination = (page: Page<unknown>) => ({
  per_page: page.perPage,
  current_page: page.page,
  total_page: page.totalPages,
  total: page.total,
  next: page.next,
  previous: page.previous,
});

/** The pagination block of find. */
export const camelPagination = (page: Page<unknown>) => ({
  perPage: page.perPage,
  currentPage: page.page,
  totalPage: page.totalPages,
  total: page.total,
  next: page.next,
  previous: page.previous,
});

type Test = (licence: Licence) => boolean;
type Order = 'asc' | 'desc';
type Fields<T> = Record<string, T>;
export interface FindQuery {
  keyword?: string;
  keywords?: Fields<{ values: unknown[]; operator?: 'AND' | 'OR' | 'BETWEEN' }>;
  compare?: Fields<{ field: string; operator: 'EQ' | 'NEQ' | 'GT' | 'GTE' | 'LT' | 'LTE' }>;
  filters?: Fields<unknown>;
  exclusionFilters?: Fields<unknown>;
  sort?: Fields<Order>;
}

/** Names ArrowSphere does not know in a find query; silently dropping a filter would hide bugs. */
export function badFields(query: FindQuery): string[] {
  const named = [query.keywords, query.compare, query.filters, query.exclusionFilters, query.sort];
  return named
    .flatMap((part) => Object.keys(part ?? {}))
    .filter((name) => !/^(license|offer|endCustomerOrganizationUnit)\../.test(name));
}

/** The licences a query finds. Unfiltered and ordered by id, it is the list itself, not a copy. */
export function search(state: ArrowSphereState, query: FindQuery): List<Licence> {
  const value = (licence: Licence, name: string) => licenceField(state, licence, name);
  const tests: Test[] = [];
  const word = query.keyword?.trim();
  if (word)
    tests.push((licence) => {
      const record = value(licence, 'license') as Record<string, unknown>;
      return searched.some((name) => includes(record[name], word));
    });
  for (const [name, { values, operator = 'OR' }] of Object.entries(query.keywords ?? {}))
    tests.push((licence) => {
      const actual = value(licence, name);
      if (operator === 'BETWEEN') return compare(actual, values[0]) >= 0 && compare(actual, values[1]) <= 0;
      return operator === 'AND'
        ? values.every((wanted) => includes(actual, wanted))
        : values.some((wanted) => includes(actual, wanted));
    });
  for (const [name, { field, operator }] of Object.entries(query.compare ?? {}))
    tests.push((licence) => comparisons[operator](compare(value(licence, name), value(licence, field))));
  for (const [name, wanted] of Object.entries(query.filters ?? {}))
    tests.push((licence) => matches(value(licence, name), wanted));
  for (const [name, unwanted] of Object.entries(query.exclusionFilters ?? {}))
    tests.push((licence) => !matches(value(licence, name), unwanted));
  if (state.knobs.findHidesEnded)
    tests.push(({ state: now }) => now === 'active' || now === 'suspended' || now === 'pending');

  const found = tests.length
    ? state.licences.filter((licence) => tests.every((test) => test(licence)))
    : state.licences;
  const sort = Object.entries(query.sort ?? {});
  if (!sort.length) return found;
  if (sort.length === 1 && sort[0]![0] === 'license.id')
    return sort[0]![1] === 'desc' ? backwards(found) : found;
  const keyed = found.map((licence) => ({ licence, keys: sort.map(([name]) => value(licence, name)) }));
  keyed.sort((a, b) => {
    for (const [i, [, order]] of sort.entries()) {
      const difference = compare(a.keys[i], b.keys[i]);
      if (difference) return order === 'desc' ? -difference : difference;
    }
    return a.licence.id - b.licence.id;
  });
  return keyed.map(({ licence }) => licence);
}

const backwards = (list: List<Licence>): List<Licence> => ({
  length: list.length,
  slice: (from, to) => list.slice(Math.max(0, list.length - to), Math.max(0, list.length - from)).reverse(),
});

const searched = ['offer', 'sku', 'customer_name', 'friendly_name', 'partner_ref'];
const comparisons = {
  EQ: (n: number) => n === 0,
  NEQ: (n: number) => n !== 0,
  GT: (n: number) => n > 0,
  GTE: (n: number) => n >= 0,
  LT: (n: number) => n < 0,
  LTE: (n: number) => n <= 0,
};

/** A filter is a value, a list of values, or a range. */
function matches(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => matches(actual, one));
  if (typeof wanted !== 'object' || wanted === null) return String(actual) === String(wanted);
  return Object.entries(wanted).every(([name, bound]) =>
    (comparisons[name.toUpperCase() as keyof typeof comparisons] ?? (() => false))(compare(actual, bound)),
  );
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

const includes = (actual: unknown, wanted: unknown): boolean =>
  String(actual ?? '')
    .toLowerCase()
    .includes(String(wanted).toLowerCase());

function positive(text: string | null): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
