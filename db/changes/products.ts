import type { OrderedProduct } from '../../domain/change.ts';
import type { Sql } from '../client.ts';

/**
 * The account's products, from its ledger: prices depend on product, term and billing frequency, and a new
 * subscription is ordered like one that stands. What nobody has yet is ordered at the distributor first.
 */
export interface KnownProduct extends OrderedProduct {
  vendor: string | null;
  currency: string | null;
  unitCost: string | null;
  unitPrice: string | null;
}

/** Those of a part number, or all; each product, term, frequency and currency once, the youngest price first. */
export async function knownProducts(
  sql: Sql,
  connectionId: string,
  partNumber: string | null = null,
): Promise<KnownProduct[]> {
  const wanted = partNumber?.toLowerCase() ?? null;
  return await sql<KnownProduct[]>`
    select distinct on (1, term, billing_cycle, currency) coalesce(vendor_sku, sku) as sku, name, term,
      billing_cycle as "billingCycle", id as "likeId", vendor, currency, trim_scale(unit_cost)::text as "unitCost",
      trim_scale(unit_price)::text as "unitPrice"
    from subscriptions
    where connection_id = ${connectionId} and coalesce(vendor_sku, sku) is not null and not trial and not usage
      and status not in ('cancelled', 'expired', 'deleted', 'unknown')
      and (${wanted}::text is null or lower(sku) = ${wanted} or lower(vendor_sku) = ${wanted})
    order by 1, term, billing_cycle, currency, valid_from desc, id`;
}
