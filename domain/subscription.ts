/**
 * A distributor's subscription (its licence, entitlement, service) in canonical form. Money is a decimal string per
 * unit and billing cycle; instants are `YYYY-MM-DDTHH:MM:SSZ`, dates without a zone `YYYY-MM-DD`. Spellings we do not
 * know are kept as received, never guessed.
 */
export interface Subscription {
  /** The distributor's id: ArrowSphere `XSP…`; Ion numeric `id`; Stellr `subscriptionId`. */
  id: string;
  customerId: string;
  name: string;
  status: SubscriptionStatus;
  /** The status text of the source. */
  statusText: string | null;
  /** null if the source does not say: unknown, not 0. */
  quantity: string | null;
  /** Billed by consumption: a missing quantity is normal. */
  usage: boolean;
  trial: boolean;
  unitCost: string | null;
  unitPrice: string | null;
  /** ISO 4217. */
  currency: string | null;
  billingCycle: string | null;
  term: string | null;
  startDate: string | null;
  endDate: string | null;
  renewalDate: string | null;
  autoRenew: boolean | null;
  /** Until when the current term may be cancelled or reduced. */
  cancelUntil: string | null;
  /** Cost per unit and billing cycle after the renewal, and the price recommended then. */
  renewalCost: string | null;
  renewalPrice: string | null;
  /** The minimum and maximum quantity the distributor sells. */
  minQuantity: string | null;
  maxQuantity: string | null;
  vendor: string | null;
  sku: string | null;
  vendorSku: string | null;
  tenantId: string | null;
  /** Fields that were given but cannot be read: null (flags: false) above, which does not mean "none". */
  unreadable: string[];
}

/** `unknown`: a status we have not seen; its text is stored beside it. */
export type SubscriptionStatus =
  | 'active'
  | 'suspended'
  | 'pending'
  | 'cancelled'
  | 'expired'
  | 'deleted'
  | 'unknown';

/** Ended, according to the distributor. */
export const endedStatuses: readonly SubscriptionStatus[] = ['cancelled', 'expired', 'deleted'];

/**
 * If the status is blank, the other fields decide: without auto-renewal and with an end date in the past, it has
 * expired. Dates without a zone get a day of tolerance.
 */
export const statusByFacts = (
  status: SubscriptionStatus,
  { endDate, autoRenew }: Pick<Subscription, 'endDate' | 'autoRenew'>,
  now = Date.now(),
): SubscriptionStatus =>
  status === 'unknown' && autoRenew === false && endDate !== null && Date.parse(endDate) < now - 86_400_000
    ? 'expired'
    : status;

/** Terms of a month or less: their renewal is no commitment. */
export const shortTerms: readonly string[] = ['PT1H', 'P1D', 'P1W', 'P7D', 'P30D', 'P1M'];
