/**
 * A distributor's subscription (its licence, entitlement, service) in canonical form. Money is a decimal string a
 * unit and billing cycle; instants are `YYYY-MM-DDTHH:MM:SSZ`, dates without a zone `YYYY-MM-DD`. What the source
 * spells in a way we do not know is kept as it came, never guessed.
 */
export interface Subscription {
  /** The distributor's id: ArrowSphere `XSP…`; Ion numeric `id`; Stellr `subscriptionId`. */
  id: string;
  customerId: string;
  name: string;
  status: SubscriptionStatus;
  /** The source's own word. */
  statusText: string | null;
  /** null when the source does not say: unknown, not 0. */
  quantity: string | null;
  /** Billed by consumption: a missing quantity is normal there. */
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
  /** Until when the running term may be cancelled or reduced. */
  cancelUntil: string | null;
  /** What a unit and billing cycle costs after the renewal, and the price then advised. */
  renewalCost: string | null;
  renewalPrice: string | null;
  /** Fewest and most units the distributor sells. */
  minQuantity: string | null;
  maxQuantity: string | null;
  vendor: string | null;
  sku: string | null;
  vendorSku: string | null;
  tenantId: string | null;
  /** Fields that were given and cannot be read: null (flags: false) above, and not "none". */
  unreadable: string[];
}

/** `unknown`: a word we have not met; the text is kept beside it. */
export type SubscriptionStatus =
  | 'active'
  | 'suspended'
  | 'pending'
  | 'cancelled'
  | 'expired'
  | 'deleted'
  | 'unknown';

/** Over by the distributor's own word. */
export const endedStatuses: readonly SubscriptionStatus[] = ['cancelled', 'expired', 'deleted'];

/**
 * A status that says nothing gives way to the facts: what does not renew and whose end is past has expired. A day is
 * left for dates without a zone.
 */
export const statusByFacts = (
  status: SubscriptionStatus,
  { endDate, autoRenew }: Pick<Subscription, 'endDate' | 'autoRenew'>,
  now = Date.now(),
): SubscriptionStatus =>
  status === 'unknown' && autoRenew === false && endDate !== null && Date.parse(endDate) < now - 86_400_000
    ? 'expired'
    : status;

/** Terms of a month and less: their renewal commits nobody to anything. */
export const shortTerms: readonly string[] = ['PT1H', 'P1D', 'P1W', 'P7D', 'P30D', 'P1M'];
