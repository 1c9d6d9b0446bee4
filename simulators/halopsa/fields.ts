import { isMarked, isObject, unmark } from './json.ts';
import type { HaloOptions } from './options.ts';

type Kind = 'int' | 'number' | 'count' | 'money' | 'text' | 'bool' | 'date' | 'list' | 'object';

/** One field of a schema: its JSON type, what it holds when never sent, and its column's length. */
export interface Field<V> {
  kind: Kind;
  init: V;
  limit?: number;
  /** Fields of a nested object, which are checked like the others. */
  fields?: Fields;
}
export type Fields = Record<string, Field<unknown>>;
export type RowOf<F extends Fields> = { id: number } & { -readonly [K in keyof F]: F[K]['init'] };
/** A posted object, its types already checked and its numbers plain. */
export type Body = Record<string, unknown>;

export const noDate = '1901-01-01T00:00:00';
export const int = (init = 0): Field<number> => ({ kind: 'int', init });
export const number = (): Field<number> => ({ kind: 'number', init: 0 });
export const count = (): Field<number> => ({ kind: 'count', init: 0 });
export const money = (): Field<number> => ({ kind: 'money', init: 0 });
export const text = (limit?: number, init = ''): Field<string> => ({ kind: 'text', init, limit });
export const bool = (init = false): Field<boolean> => ({ kind: 'bool', init });
export const date = (): Field<string> => ({ kind: 'date', init: noDate });
export const list = (): Field<unknown[]> => ({ kind: 'list', init: [] });
export const object = (fields: Fields): Field<null> => ({ kind: 'object', init: null, fields });

const misfit: Record<Kind, (value: unknown) => string | false> = {
  int: (v) =>
    typeof v === 'string'
      ? `Could not convert string to integer: ${v}.`
      : isMarked(v) || (typeof v === 'number' && !Number.isInteger(v))
        ? `Input string '${isMarked(v) ? v.$text : v}' is not a valid integer.`
        : (typeof v !== 'number' || Math.abs(v) > 2147483647) &&
          `Error converting value ${show(v)} to 'Int32'.`,
  number: (v) => !isNumber(v) && `Could not convert value to double: ${show(v)}.`,
  count: (v) => !isNumber(v) && `Could not convert value to double: ${show(v)}.`,
  money: (v) => !isNumber(v) && `Could not convert value to decimal: ${show(v)}.`,
  text: (v) => typeof v !== 'string' && `Error reading string. Unexpected value: ${show(v)}.`,
  bool: (v) => typeof v !== 'boolean' && `Could not convert value to boolean: ${show(v)}.`,
  date: (v) =>
    (typeof v !== 'string' || stored(v) === undefined) && `Could not convert string to DateTime: ${show(v)}.`,
  list: (v) => !Array.isArray(v) && 'Cannot deserialize the current JSON value into an array.',
  object: (v) => (!isObject(v) || isMarked(v)) && 'Cannot deserialize the current JSON value into an object.',
};

/** Model binding: every wrong type of one posted object, as field → messages. Unknown fields are ignored. */
export function typeErrors(fields: Fields, body: Body, path: string, source: string) {
  const found: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(body)) {
    const field = name === 'id' ? int() : Object.hasOwn(fields, name) ? fields[name] : undefined;
    // A null means "not sent" to a nullable model, which nearly all of these are.
    if (!field || value === null) continue;
    const at = `${path}.${name}`;
    const message = misfit[field.kind](value);
    if (message)
      found[at] = [
        `${message} Path '${at}', line 1, position ${source.indexOf(`"${name}"`) + name.length + 3}.`,
      ];
    else if (field.fields) Object.assign(found, typeErrors(field.fields, value as Body, at, source));
  }
  return found;
}

/** The first text that does not fit its column, as SQL Server would name it. */
export function tooLong(fields: Fields, body: Body): string | undefined {
  for (const [name, value] of Object.entries(body)) {
    const field = fields[name];
    if (field?.limit && typeof value === 'string' && value.length > field.limit) return name;
    const inner = field?.fields && isObject(value) && tooLong(field.fields, value);
    if (inner) return inner;
  }
  return undefined;
}

/** A new row: what was sent over what was there, each value as the database keeps it. */
export function merge<R extends object>(fields: Fields, old: R, body: Body, options: HaloOptions): R {
  const row = { ...old } as Record<string, unknown>;
  for (const [name, value] of Object.entries(body)) {
    const kind = fields[name]?.kind;
    if (!kind || value === undefined || (value === null && kind !== 'date')) continue;
    if (name === 'notes' && options.notes === 'drop') continue;
    row[name] = keep(kind, value, options);
  }
  return row as R;
}

const templates = new WeakMap<Fields, object>();

/** Rows are spread from one template: building each from entries costs several times as much. */
export function initial<F extends Fields>(fields: F, id: number): RowOf<F> {
  let template = templates.get(fields);
  if (!template) {
    template = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.init]));
    templates.set(fields, template);
  }
  return { id, ...template } as RowOf<F>;
}

export const differs = (a: object, b: object) => JSON.stringify(a) !== JSON.stringify(b);

export const now = () => new Date().toISOString().slice(0, 19);

function keep(kind: Kind, value: unknown, options: HaloOptions): unknown {
  if (kind === 'money') return round(value as number, options.moneyPlaces);
  if (kind === 'count') return options.integerCount ? Math.trunc(value as number) : round(value as number, 4);
  if (kind === 'date') return value === null ? noDate : stored(value as string);
  return value;
}

/** Half away from zero, on the decimal text: binary fractions would tip 1.005 the wrong way. */
function round(value: number, places: number): number {
  const shifted = Number(`${Math.abs(value)}e${places}`);
  if (Number.isNaN(shifted)) return Number(value.toFixed(places));
  return Math.sign(value) * Number(`${Math.round(shifted)}e-${places}`);
}

/** Halo keeps and shows instants without a zone. */
function stored(value: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(value)) return undefined;
  const zoned = /Z$|[+-]\d\d:\d\d$/.test(value.slice(10)) || value.length === 10;
  const at = new Date(zoned ? value : `${value}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString().slice(0, 19);
}

const isNumber = (value: unknown) => typeof value === 'number' || isMarked(value);
const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(unmark(value)));
