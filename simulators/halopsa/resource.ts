import { badText, Refusal } from './answers.ts';
import { type Body, differs, type Fields, initial, merge, type RowOf } from './fields.ts';
import type { HaloState } from './state.ts';
import { put, type Table } from './table.ts';

/** Query parameters by lower-case name. */
export type Query = Map<string, string>;

export interface Filter<R> {
  kind: 'int' | 'text' | 'bool';
  test(row: R, value: string, state: HaloState): boolean;
}

/** The definition of one API noun; lists, single reads, writes and deletes are common to all. */
export interface Resource<R extends { id: number } = { id: number }> {
  /** Key of the list envelope. */
  key: string;
  /** Scope nouns of which one is enough; none: any token may. */
  scopes: string[];
  table(state: HaloState): Table<R>;
  /** Stored fields that a POST may set. */
  fields: Fields;
  /** Fields that a POST may carry but that are not stored on the row. */
  inputs?: Fields;
  filters: Record<string, Filter<R>>;
  /** Whether a row is active; inactive ones are listed only on request. */
  active?(row: R): boolean;
  /** Candidates found by an index instead of a scan. */
  narrow?(state: HaloState, query: Query): R[] | undefined;
  /** Throws a Refusal; nothing is written then. */
  check?(state: HaloState, body: Body, old: R | undefined): void;
  write?(state: HaloState, body: Body, old: R | undefined): { row: R; changed: boolean };
  thin(state: HaloState, row: R, query: Query): object;
  full(state: HaloState, row: R): object;
  remove?(state: HaloState, row: R): void;
}

/** For the route table, which holds resources of every row type. */
export const erase = <R extends { id: number }>(resource: Resource<R>) => resource as unknown as Resource;

export const yes = (query: Query, name: string) => query.get(name)?.toLowerCase() === 'true';

export const like = (value: string, ...texts: string[]) =>
  texts.some((text) => text.toLowerCase().includes(value.toLowerCase()));

/** SQL Server's usual collation ignores case. */
export const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

export const needName = (body: Body, old: unknown, what: string) => {
  const { name } = body;
  if (old ? name !== undefined && name !== null && !String(name).trim() : !String(name ?? '').trim())
    throw new Refusal(badText(`${what} name must not be blank`));
};

/** Adds or merges, for nouns without their own rule. */
export function plainWrite<F extends Fields>(fields: F, table: (state: HaloState) => Table<RowOf<F>>) {
  return (state: HaloState, body: Body, old: RowOf<F> | undefined) => {
    const row = merge(fields, old ?? initial(fields, table(state).next), body, state.options);
    const changed = !old || differs(old, row);
    if (changed) put(table(state), row);
    return { row, changed };
  };
}
