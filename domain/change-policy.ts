import Big from 'big.js';
import type { Base, ChangeKind, OrderedProduct, Wanted } from './change.ts';
import type { Sum } from './reconciliation.ts';
import { fieldName } from './wording.ts';

/** Decides whether a change needs approval before it goes to the distributor. */
export interface ChangePolicy {
  /** `off`: no changes. `ask`: a person approves each. `auto`: no approval needed within the limits. */
  changes: 'off' | 'ask' | 'auto';
  /** How many seats one change may add or remove without approval. */
  autoSeats: number;
  /** What one change may cost until the end of the term without approval; a decimal, null for any amount. */
  autoMoney: string | null;
  /** The requester may not approve. */
  fourEyes: boolean;
  /** Hours a request waits for its approval. */
  approvalHours: number;
}

export const defaultPolicy: ChangePolicy = {
  changes: 'off',
  autoSeats: 5,
  autoMoney: null,
  fourEyes: false,
  approvalHours: 72,
};

/** What is known of the subscription when a change is requested. */
export interface ChangeFacts extends Base {
  name: string;
  unitCost: string | null;
  currency: string | null;
  billingCycle: string | null;
  term: string | null;
  /** The end of the commitment: an instant or a date. */
  endDate: string | null;
  /** Until when it may be cancelled or reduced; null if unknown. */
  cancelUntil: string | null;
  minQuantity: string | null;
  maxQuantity: string | null;
  /** The integration's only currency; null for any. */
  accountCurrency?: string | null;
  /** Fields the distributor gave that cannot be read: unknown, not "none". */
  unreadable: readonly string[];
}

export interface ChangeCost {
  /** The difference per billing cycle. */
  perCycle: Sum | null;
  /** The difference until the end of the term. */
  untilTermEnd: Sum | null;
}

const cycleMonths: Record<string, number> = {
  monthly: 1,
  quarterly: 3,
  'half-yearly': 6,
  annual: 12,
  biennial: 24,
  triennial: 36,
};

/** What a change costs: the difference in seats at the distributor's unit cost. */
export function costOf(kind: ChangeKind, wanted: Wanted, facts: ChangeFacts, now: Date): ChangeCost {
  const none = { perCycle: null, untilTermEnd: null };
  if (facts.unitCost === null || facts.quantity === null) return none;
  const total =
    kind === 'cancel' ? '0' : kind === 'quantity' || kind === 'create' ? wanted.quantity : undefined;
  if (total === undefined) return none;
  const seats = new Big(total).minus(facts.quantity);
  const sum = (amount: Big): Sum => ({
    amount: amount.toFixed(),
    currency: facts.currency,
    cycle: facts.billingCycle,
  });
  const perCycle = seats.times(facts.unitCost);
  const cycles = cyclesLeft(facts.billingCycle, facts.endDate, now);
  return {
    perCycle: sum(perCycle),
    untilTermEnd: cycles === null ? null : { ...sum(perCycle.times(cycles)), cycle: 'until the term ends' },
  };
}

/** Billing cycles that start before the term ends, including the current one. */
export function cyclesLeft(cycle: string | null, endDate: string | null, now: Date): number | null {
  const months = cycle === null ? undefined : cycleMonths[cycle];
  const end = endDate === null ? Number.NaN : Date.parse(endDate);
  if (months === undefined || Number.isNaN(end)) return null;
  if (end <= now.getTime()) return 0;
  const last = new Date(end);
  const between =
    (last.getUTCFullYear() - now.getUTCFullYear()) * 12 +
    (last.getUTCMonth() - now.getUTCMonth()) +
    (last.getUTCDate() > now.getUTCDate() ? 1 : 0);
  return Math.max(1, Math.ceil(between / months));
}

/** The state of a product's subscription before it is ordered: no seats, and a term that starts now. */
export function factsBefore(product: OrderedProduct, like: ChangeFacts, now: Date): ChangeFacts {
  const { name, term, billingCycle } = product;
  const endDate = term === null ? null : termEnd(term, now);
  const nothing = { status: 'pending', quantity: '0', autoRenew: null, cancelUntil: null } as const;
  const unreadable = like.unreadable.filter((field) => field !== 'cancelUntil');
  return { ...like, ...nothing, name, term, billingCycle, endDate, unreadable };
}

/** When a term of this length (`P1M`, `P1Y`) starting now ends; null for other lengths. */
function termEnd(term: string, now: Date): string | null {
  const [, count, unit] = /^P(\d{1,3})([MY])$/.exec(term) ?? [];
  if (!count) return null;
  const end = new Date(now);
  end.setUTCMonth(end.getUTCMonth() + Number(count) * (unit === 'Y' ? 12 : 1));
  return end.toISOString();
}

/** The rule that forbids a change before anything is sent, or null. */
export function forbidden(kind: ChangeKind, wanted: Wanted, facts: ChangeFacts, now: Date): string | null {
  const currency = otherCurrency(wanted, facts);
  if (currency) return currency;
  const ended = ['cancelled', 'expired', 'deleted'].includes(facts.status);
  if (ended && kind !== 'activate') return `The subscription is ${facts.status} at the distributor.`;
  if (kind === 'suspend' && facts.status === 'suspended') return 'The subscription is suspended already.';
  if (kind === 'activate' && facts.status === 'active') return 'The subscription is active already.';
  const window = windowOf(facts, now);
  if (kind === 'cancel') return window && `The subscription is committed and cannot be cancelled: ${window}.`;
  if (kind !== 'quantity' && kind !== 'create') return null;
  const quantity = new Big(wanted.quantity!);
  if (facts.quantity === null) return 'The distributor does not say how many seats there are now.';
  if (quantity.eq(facts.quantity)) return `The subscription has ${facts.quantity} seats already.`;
  if (!quantity.eq(quantity.round()) || quantity.lt(1))
    return 'A quantity must be a whole number of at least 1. Cancel the subscription instead.';
  const fewer = quantity.lt(facts.quantity);
  const limit = fewer ? 'minQuantity' : 'maxQuantity';
  if (facts.unreadable.includes(limit))
    return `The distributor's ${fieldName(limit)} cannot be read. Change the seats in its portal.`;
  if (facts.minQuantity !== null && quantity.lt(facts.minQuantity))
    return `The distributor sells no fewer than ${facts.minQuantity} seats.`;
  if (facts.maxQuantity !== null && quantity.gt(facts.maxQuantity))
    return `The distributor sells no more than ${facts.maxQuantity} seats.`;
  return fewer && window ? `Seats cannot be removed before the term ends: ${window}.` : null;
}

/** Why the current term can be neither cancelled nor reduced now; null if it can, or if nothing is known. */
function windowOf({ cancelUntil, unreadable }: ChangeFacts, now: Date): string | null {
  if (unreadable.includes('cancelUntil')) return 'the end of its cancellation window cannot be read';
  if (cancelUntil === null) return null;
  // A date without a zone lasts until it has ended everywhere.
  const end = Date.parse(cancelUntil) + (cancelUntil.length === 10 ? 36 * 3_600_000 : 0);
  return end < now.getTime() ? `the window for it closed at ${cancelUntil}` : null;
}

/** Amounts in another currency than the distributor bills in would be miscounted by the requester. */
function otherCurrency({ currency }: Wanted, facts: ChangeFacts): string | null {
  const billed = facts.currency;
  if (billed === null) return null;
  const counted = [currency, facts.accountCurrency].find((one) => one && one !== billed);
  return counted
    ? `The distributor bills this in ${billed}, not in ${counted}. Nothing is ordered in another currency than the account's.`
    : null;
}

/** Why a change needs approval, as a sentence; null if it needs none. */
export function approvalFor(
  policy: ChangePolicy,
  kind: ChangeKind,
  wanted: Wanted,
  facts: ChangeFacts | null,
  cost: ChangeCost,
): string | null {
  if (policy.changes !== 'auto') return 'This integration asks a person about every change.';
  // It costs nothing.
  if (kind === 'create-customer' || kind === 'update-customer') return null;
  if (kind !== 'quantity' && kind !== 'auto-renew')
    return 'A person approves every new, cancelled, suspended or resumed subscription.';
  if (kind === 'auto-renew' || facts === null || facts.quantity === null)
    return kind === 'auto-renew' ? null : 'The current quantity of the subscription is unknown.';
  const seats = new Big(wanted.quantity!).minus(facts.quantity).abs();
  if (seats.gt(policy.autoSeats))
    return `${seats.toFixed()} seats are more than the ${policy.autoSeats} that need no approval.`;
  const money = cost.untilTermEnd ?? cost.perCycle;
  if (policy.autoMoney === null) return null;
  if (money === null) return 'The cost of the change is unknown.';
  if (new Big(money.amount).gt(policy.autoMoney))
    return `${money.amount} ${money.currency ?? ''} is more than the ${policy.autoMoney} that needs no approval.`;
  return null;
}
