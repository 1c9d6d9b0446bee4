import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { isGiven, isRecord } from '../../domain/reading.ts';

/** One page as it came: its records unread. */
export interface RawPage {
  records: unknown[];
  declared: number | null;
  /** How many pages there are, where the answer lets it be known. */
  pages: number | null;
  /** Whether another page follows this one. */
  more: boolean;
}

export const checkUrl = 'Check the base URL; it usually ends in /index.php/api.';

export const unreadable = (what: string) =>
  new Failure('bad-answer', `ArrowSphere's answer for ${what} has another shape than its API promises.`, {
    remedy: checkUrl,
  });

const count = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/).transform(Number)]).nullish();
/** Spelled `total_page`, `totalPage`, `totalPages`, `Per_Page`…, by endpoint and age (contract §3). */
const pagination = z.preprocess(
  (wire) =>
    wire && typeof wire === 'object'
      ? Object.fromEntries(
          Object.entries(wire).map(([key, value]) => [key.toLowerCase().replaceAll('_', ''), value]),
        )
      : wire,
  z.object({ total: count, totalpage: count, totalpages: count, perpage: count, next: z.string().nullish() }),
);

// Without its pagination a first page would pass for the whole listing: it is required, but for one customer's.
export const customersWire = z.object({ data: z.object({ customers: z.array(z.unknown()) }), pagination });
export const foundWire = z.object({ results: z.array(z.unknown()), pagination });
export const listedWire = z.object({ data: z.object({ licenses: z.array(z.unknown()) }), pagination });
export const ofCustomerWire = listedWire.extend({ pagination: pagination.nullish() });

/**
 * The licence of a search result, with what the catalogue's view beside it says of its renewal and limits, where the
 * plain listing has it. The rest of that view changes with the catalogue and is left out.
 */
export function licenceOf(result: unknown): unknown {
  const { license, offer } = (result ?? {}) as { license?: unknown; offer?: unknown };
  if (license === undefined || license === null) return result;
  const band = isRecord(offer) ? offer.priceBand : undefined;
  if (!isRecord(license) || !isRecord(band)) return license;
  const { currency, prices, saleConstraints } = band;
  // Prices of another currency would pass for the licence's.
  const same = !isGiven(currency) || (isRecord(license.price) && license.price.currency === currency);
  return { ...license, priceBand: { ...(same && { prices }), saleConstraints } };
}

export function readPage<Wire extends { pagination?: z.infer<typeof pagination> | null }>(
  schema: z.ZodType<Wire>,
  recordsOf: (wire: Wire) => unknown[],
  answer: unknown,
  page: number,
  what: string,
): RawPage {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw unreadable(what);
  const records = recordsOf(parsed.data);
  const said = parsed.data.pagination;
  if (!said) return { records, declared: null, pages: null, more: false };
  const declared = said.total ?? null;
  const derived = declared !== null && said.perpage ? Math.ceil(declared / said.perpage) : null;
  const known = said.totalpage ?? said.totalpages ?? derived;
  const pages = known === null ? null : Math.max(1, known);
  // Where the count is not said, an empty page or one without a next is the last.
  const more = pages === null ? records.length > 0 && said.next !== null : page < pages;
  return { records, declared, pages, more };
}
