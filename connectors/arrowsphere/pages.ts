import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { isGiven, isRecord } from '../../domain/reading.ts';

/** One page as received, its records unparsed. */
export interface RawPage {
  records: unknown[];
  declared: number | null;
  /** The number of pages, if the answer tells it. */
  pages: number | null;
  /** Whether another page follows this one. */
  more: boolean;
}

export const checkUrl = 'Check the base URL; it usually ends in /index.php/api.';

export const unreadable = (what: string) =>
  new Failure('bad-answer', `ArrowSphere's answer for ${what} does not have the form its API documents.`, {
    remedy: checkUrl,
  });

const count = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/).transform(Number)]).nullish();
/** Spelled `total_page`, `totalPage`, `totalPages`, `Per_Page`…, depending on endpoint and age (contract §3). */
export const pagination = z.preprocess(
  (wire) =>
    wire && typeof wire === 'object'
      ? Object.fromEntries(
          Object.entries(wire).map(([key, value]) => [key.toLowerCase().replaceAll('_', ''), value]),
        )
      : wire,
  z.object({ total: count, totalpage: count, totalpages: count, perpage: count, next: z.string().nullish() }),
);

// Pagination is required except for a single customer: without it, a first page would pass for the whole listing.
export const customersWire = z.object({ data: z.object({ customers: z.array(z.unknown()) }), pagination });
export const foundWire = z.object({ results: z.array(z.unknown()), pagination });
export const listedWire = z.object({ data: z.object({ licenses: z.array(z.unknown()) }), pagination });
export const ofCustomerWire = listedWire.extend({ pagination: pagination.nullish() });

/**
 * The licence of a search result, with renewal price and limits from the catalogue data beside it, as in the plain
 * listing. The rest of that data changes with the catalogue and is left out.
 */
export function licenceOf(result: unknown): unknown {
  const { license, offer } = (result ?? {}) as { license?: unknown; offer?: unknown };
  if (license === undefined || license === null) return result;
  const band = isRecord(offer) ? offer.priceBand : undefined;
  if (!isRecord(license) || !isRecord(band)) return license;
  const { currency, prices, saleConstraints } = band;
  // Prices in another currency would be taken for the licence's.
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
  // If the answer tells no count, an empty page or one without a next page is the last.
  const more = pages === null ? records.length > 0 && said.next !== null : page < pages;
  return { records, declared, pages, more };
}
