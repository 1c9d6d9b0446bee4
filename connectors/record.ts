import { type FieldReader, fieldReader, isRecord } from '../domain/reading.ts';
import type { Listed } from './contract.ts';

/**
 * Reads a record field by field. If a required field is missing or unreadable, the record is set aside, naming the
 * source's fields, never their values; other unreadable fields are named in the row's `unreadable`.
 */
export function readRecord<Row extends { id: string; unreadable: string[] }>(
  what: string,
  id: string | null,
  raw: unknown,
  map: (read: FieldReader, record: Record<string, unknown>, id: string) => Omit<Row, 'unreadable'>,
  /** The source's name of the id field. */
  idField = 'id',
): Listed<Row> {
  const aside = (problem: string): Listed<Row> => ({ id, raw, problem: problemOf(what, id, problem) });
  if (!isRecord(raw)) return aside('it is not an object');
  if (id === null) return aside(`${idField} is missing or cannot be read`);
  const read = fieldReader();
  const row = map(read, raw, id);
  if (read.lacking.length > 0) return aside(read.lacking.join(', '));
  return { id, raw, row: { ...row, unreadable: read.unreadable } as Row };
}

/** `Subscription 900011: quantity cannot be read.` */
export const problemOf = (what: string, id: string | null, problem: string) =>
  `${what} ${id ?? 'without a readable id'}: ${problem}.`;
