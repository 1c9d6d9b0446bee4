import { decimal } from './money.ts';

/**
 * How a field of an outside record is read. It has a value, is not given (`null`), or is given but unreadable: then it
 * is `null` too and named, so that the existing value is kept and never overwritten with nothing.
 */
export const unreadable = Symbol('unreadable');
export type Reading<T> = T | null | typeof unreadable;
export type Parser<T> = (given: unknown) => Reading<T>;

export interface FieldReader {
  /** Canonical fields that were given but cannot be read. */
  unreadable: string[];
  /** What is wrong with required fields; empty if the record is complete. */
  lacking: string[];
  /** Reads the first of a field's spellings that is given. */
  field<T>(name: string, parse: Parser<T>, ...spellings: unknown[]): T | null;
  /** The first of several texts that can be read; unreadable ones before it are named. */
  first<T>(name: string, parse: Parser<T>, ...candidates: unknown[]): T | null;
  /** A required field, with the source's name for it. */
  needed(name: string, parse: Parser<string>, ...spellings: unknown[]): string;
  /** The fields of a nested object; if it is not an object, the fields read from it are unreadable. */
  part(given: unknown, ...fields: string[]): Record<string, unknown>;
  /** Marks a field as given but unreadable. */
  mark(name: string): void;
}

export function fieldReader(): FieldReader {
  const marks: string[] = [];
  const lacking: string[] = [];
  const mark = (name: string) => {
    if (!marks.includes(name)) marks.push(name);
  };
  return {
    unreadable: marks,
    lacking,
    mark,
    field(name, parse, ...spellings) {
      const given = spellings.find(isGiven);
      if (given === undefined) return null;
      const read = parse(given);
      if (read !== unreadable) return read;
      mark(name);
      return null;
    },
    first(name, parse, ...candidates) {
      for (const given of candidates) {
        const read = isGiven(given) ? parse(given) : null;
        if (read === unreadable) mark(name);
        else if (read !== null) return read;
      }
      return null;
    },
    needed(name, parse, ...spellings) {
      const given = spellings.find(isGiven);
      const read = given === undefined ? null : parse(given);
      if (read !== unreadable && read !== null) return read;
      lacking.push(`${name} ${read === null ? 'is missing' : 'cannot be read'}`);
      return '';
    },
    part(given, ...fields) {
      if (isRecord(given)) return given;
      // PHP writes an empty object as `[]`.
      if (isGiven(given) && !(Array.isArray(given) && given.length === 0)) fields.forEach(mark);
      return {};
    },
  };
}

/** Not absent, null or blank. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value !== 'string' || value.trim() !== '');

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Removes what PostgreSQL cannot store in a text: NUL is dropped, half a surrogate pair becomes U+FFFD. */
export const cleaned = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/** The longest text or name accepted; no real one is longer. */
export const longestText = 2_000;
/** The longest id accepted, so that a key of two ids fits into an index. */
export const longestId = 200;

/** Trimmed and cleaned; numbers count as text, because some sources send a postcode as a number. */
export const text: Parser<string> = (given) => {
  if (typeof given === 'number') return Number.isFinite(given) ? String(given) : unreadable;
  return name(given);
};

/** Like `text`, but a number is not a name. */
export const name: Parser<string> = (given) => {
  if (typeof given !== 'string' || given.length > longestText) return unreadable;
  return cleaned(given).trim() || null;
};

/** An id as text: text or a whole number. */
export const id: Parser<string> = (given) => {
  if (typeof given === 'number') return Number.isSafeInteger(given) ? String(given) : unreadable;
  if (typeof given !== 'string' || given.length > longestId) return unreadable;
  return cleaned(given).trim() || null;
};

/** The id, or null if there is no usable one. */
export function idOf(given: unknown, parse: Parser<string> = id): string | null {
  const read = isGiven(given) ? parse(given) : null;
  // Longer text fits into no index, whatever parser let it through.
  return read === null || read === unreadable || read.length > longestId ? null : read;
}

const flags = new Map<unknown, boolean>([
  [true, true], [1, true], ['true', true], ['1', true], ['yes', true],
  [false, false], [0, false], ['false', false], ['0', false], ['no', false],
]); // biome-ignore format: a table

export const flag: Parser<boolean> = (given) =>
  flags.get(typeof given === 'string' ? given.trim().toLowerCase() : given) ?? unreadable;

/** `numeric(18,4)`, never below 0. */
export const quantity: Parser<string> = (given) => number(given, 4, 0, 1e14);

/** Like `quantity`, but a destination may hold negative values. */
export const count: Parser<string> = (given) => number(given, 4, -1e14, 1e14);

/** `numeric(19,6)`; below 0 is a credit. */
export const money: Parser<string> = (given) => number(given, 6, -1e13, 1e13);

/** No grouping of digits, no unit, no exponent out of range. */
const plain = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

function number(given: unknown, places: number, least: number, limit: number): Reading<string> {
  if (typeof given === 'string' ? given.length > 60 || !plain.test(given.trim()) : typeof given !== 'number')
    return unreadable;
  const size = Number(given);
  if (!Number.isFinite(size) || size < least || Math.abs(size) >= limit) return unreadable;
  return decimal(given, places) ?? unreadable;
}
