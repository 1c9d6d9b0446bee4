import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { camel } from './wire.ts';

/** Ion pages customers by an opaque token and subscriptions by offset. */
export const pageSize = 200;

const rows = z.array(z.unknown()).nullish();

const customers = z.object({ customers: rows, nextPageToken: z.string().nullish() });

const total = z.union([z.number().int().min(0), z.string().regex(/^\d+$/)]).transform(Number);
const subscriptions = z.object({
  items: rows,
  paginationResponse: z.object({ totalSize: total.nullish() }).nullish(),
  totalCount: total.nullish(),
});

const orders = z.object({ orders: rows, nextPageToken: z.string().nullish() });

export interface RawPage {
  rows: unknown[];
  declared: number | null;
  next: string | null;
}

/** Ends when there is no next token: short and empty pages in between are allowed. */
export function customersPage(json: unknown): RawPage {
  const page = envelope(json, customers, ['customers', 'nextPageToken']);
  return { rows: page.customers ?? [], declared: null, next: page.nextPageToken || null };
}

/** The newest orders of a customer. */
export const ordersPage = (json: unknown): unknown[] =>
  envelope(json, orders, ['orders', 'nextPageToken']).orders ?? [];

/**
 * The offset advances by the rows received, because the server may send fewer than requested; for the same reason pages
 * cannot be numbered ahead. It ends at an empty page or at the total, whichever comes first.
 */
export function subscriptionsPage(json: unknown, offset: number): RawPage {
  const page = envelope(json, subscriptions, ['items', 'paginationResponse', 'totalCount']);
  const received = page.items ?? [];
  const declared = page.paginationResponse?.totalSize ?? page.totalCount ?? null;
  const reached = offset + received.length;
  const done = received.length === 0 || (declared !== null && reached >= declared);
  return { rows: received, declared, next: done ? null : String(reached) };
}

/**
 * An empty list may be `{}`, because the gateway omits default values. An object with other keys and none of ours is a
 * different answer (for example a notice with status 200) and must not be read as an empty list.
 */
export function envelope<Page>(json: unknown, shape: z.ZodType<Page>, keys: string[]): Page {
  const named = camel(json);
  const found = shape.safeParse(named);
  const names = found.success ? Object.keys(named as object) : [];
  if (found.success && (names.length === 0 || names.some((name) => keys.includes(name)))) return found.data;
  throw new Failure('bad-answer', `Ion returned no list of ${keys[0]}, which its API documents.`, {
    remedy: 'Check the base URL; if it is right, the API may have changed.',
  });
}
