import { type KnownProduct, knownProducts } from '../db/changes/products.ts';
import type { Sql } from '../db/client.ts';
import type { OrderedProduct } from '../domain/change.ts';
import { Problem } from './problem.ts';

export interface ProductChoice {
  /** The distributor's or the vendor's; a term and a billing frequency may follow: `CFQ7TTC0LH31:001B:P1Y:monthly`. */
  partNumber: string;
  term?: string | null;
  billingCycle?: string | null;
  currency?: string | null;
}

/** One of a part number's products, by its term and billing frequency. A choice that is left open is refused. */
export async function chooseProduct(
  sql: Sql,
  connectionId: string,
  choice: ProductChoice,
): Promise<OrderedProduct> {
  const { partNumber } = choice;
  const exact = await knownProducts(sql, connectionId, partNumber);
  const keyed = exact.length > 0 ? null : splitKey(partNumber);
  const known = keyed ? await knownProducts(sql, connectionId, keyed.partNumber) : exact;
  const wanted = { ...choice, ...keyed };
  const fits = known.filter(
    (one) =>
      (!wanted.term || one.term === wanted.term) &&
      (!wanted.billingCycle || one.billingCycle === wanted.billingCycle) &&
      (!wanted.currency || one.currency === null || one.currency === wanted.currency),
  );
  const keys = [...new Set(fits.map(keyOf))];
  if (keys.length > 1)
    throw new Problem(
      'not-applicable',
      `${partNumber} is sold in more than one way: ${keys.join(', ')}. Name the term and the billing frequency, for example with the part number ${keys[0]}.`,
    );
  const [product] = fits;
  if (!product)
    throw new Problem(
      'not-applicable',
      known.length === 0
        ? `Nobody in this account has ${partNumber} yet, so how to order it is not known. Order it at the distributor once.`
        : `Nobody in this account has ${partNumber} like this. What is known: ${known.map((one) => `${keyOf(one)} in ${one.currency ?? 'an unknown currency'}`).join(', ')}.`,
    );
  const { sku, name, term, billingCycle, likeId } = product;
  return { sku, name, term, billingCycle, likeId };
}

/** What prices depend on: the part number, the term and the billing frequency. */
export const keyOf = ({
  sku,
  term,
  billingCycle,
}: Pick<KnownProduct, 'sku' | 'term' | 'billingCycle'>): string =>
  [sku, term ?? 'none', billingCycle ?? 'none'].join(':');

function splitKey(
  key: string,
): { partNumber: string; term: string | null; billingCycle: string | null } | null {
  const [, partNumber, term, billingCycle] = /^(.+):(P\d{1,3}[DMY]|none)(?::([a-z-]+))?$/.exec(key) ?? [];
  if (!partNumber) return null;
  const named = (word?: string) => (word === undefined || word === 'none' ? null : word);
  return { partNumber, term: named(term), billingCycle: named(billingCycle) };
}
