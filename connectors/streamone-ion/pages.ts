import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { camel } from './wire.ts';

/** Ion pages in two ways: customers by an opaque token, subscriptions by offset. */
export const pageSize = 200;

const rows = z.array(z.unknown()).nullish();

const customers = z.object({ customers: rows, nextPageToken: z.string().nullish() });

const total = z.union([z.number().int().min(0), z.string().regex(/^\d+$/)]).transform(Number);
const subscriptions = z.object({
  items: rows,
  paginationResponse: z.object({ totalSize: total.nullish() }).nullish(),
  totalCount: total.nullish(),
});

export interface RawPage {
  rows: unknown[];
  declared: number | null;
  next: string | null;
}

/** Ends where no token follows: short and empty pages in between are allowed. */
export function customersPage(json: unknown): RawPage {
  const page = envelope(json, customers, ['customers', 'nextPageToken']);
  return { rows: page.customers ?? [], declared: null, next: page.nextPageToken || null };
}

/**
 * The offset moves by the rows received, as the server may give fewer than asked; for the same reason pages cannot be
 * numbered ahead. It ends at an empty page or at the total, whichever comes first.
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
 * An empty list may be `{}`, since the gateway leaves defaults out. An object that has other keys and none of ours
 * is some other answer (a notice under 200, say), and reading it as "nothing there" would be a lie.
 */
function envelope<Page>(json: unknown, shape: z.ZodType<Page>, keys: string[]): Page {
  const named = camel(json);
  const found = shape.safeParse(named);
  const names = found.success ? Object.keys(named as object) : [];
  if (found.success && (names.length === 0 || names.some((name) => keys.includes(name)))) return found.data;
  throw new Failure('bad-answer', `Ion answered without the list of ${keys[0]} its contract names.`, {
    remedy: 'Check the base URL; if it is right, the API may have changed.',
  });
}
