import { z } from 'zod';
import { inputErrors } from './input-limits.ts';

/** Keyset pagination: a cursor is the last row's sort key, opaque to callers. */
export const encodeCursor = (key: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

const cursor = <Key extends z.ZodType>(key: Key) =>
  z
    .string()
    .max(4_000)
    .transform((text, context): z.output<Key> => {
      const read = key.safeParse(decode(text));
      if (read.success) return read.data;
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return z.NEVER;
    })
    .describe('`nextCursor` of the page before.');

function decode(text: string): unknown {
  try {
    const key = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return inputErrors(key).length === 0 ? key : undefined;
  } catch {
    return undefined;
  }
}

const limit = z.coerce.number().int().min(1).max(200).default(50).describe('Rows per page.');

/** A list's query: its filters, a limit and a cursor over `key`. */
export const listQuery = <Key extends z.ZodType, Filters extends z.ZodRawShape>(key: Key, filters: Filters) =>
  z.strictObject({ ...filters, limit, cursor: cursor(key).optional() });

export const byId = z.tuple([z.uuid()]);
export const byName = z.tuple([z.string(), z.string()]);
/** For lists that are read completely. */
export const byPlace = z.tuple([z.int().min(0)]);

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('null on the last page.'),
  });

const counts = z.record(z.string(), z.int());

/** `facets=true`: adds how many rows each value of a field has, without that field's own filter. */
export const facets = z
  .stringbool({ truthy: ['true'], falsy: ['false'] })
  .default(false)
  .describe('How many rows each value of a field has, with all other filters applied.');

export const withFacets = <Item extends z.ZodType, Field extends string>(
  item: Item,
  ...fields: [Field, ...Field[]]
) =>
  listOf(item).extend({
    facets: z
      .object(Object.fromEntries(fields.map((field) => [field, counts])) as Record<Field, typeof counts>)
      .optional(),
  });

/** Ascending by the field, or descending after a minus. */
export const sortBy = <Field extends string>(...fields: [Field, ...Field[]]) =>
  z.enum(
    fields.flatMap((field) => [field, `-${field}`]) as [Field | `-${Field}`, ...(Field | `-${Field}`)[]],
  );

/** Stores read one row more than requested, which shows whether there is a next page. */
export function toPage<Row, Item>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => readonly unknown[],
  toItem: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    // Not `map(toItem)`: its second argument would be the index.
    items: page.map((row) => toItem(row)),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

/** A page of a list that is read completely. */
export function slicePage<Item>(items: readonly Item[], limit: number, [from]: readonly [number] = [0]) {
  const next = from + limit;
  return {
    items: items.slice(from, next),
    nextCursor: next < items.length ? encodeCursor([next]) : null,
  };
}
