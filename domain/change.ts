import type { Address } from './customer.ts';

/**
 * A change requested at the distributor, of one subscription or of a customer. It is placed once, after the approval
 * that the integration's policy requires, and its result is read back from the distributor.
 */
export const changeKinds = [
  'quantity',
  'auto-renew',
  'cancel',
  'suspend',
  'activate',
  'create',
  'create-customer',
  'update-customer',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** Changes whose subject is a customer; the distributor's list of customers shows their result. */
export const customerKinds: readonly ChangeKind[] = ['create-customer', 'update-customer'];

/** What is requested. Quantities are the resulting total, never a difference. */
export interface Wanted {
  /** Decimal; for `quantity` and `create`. */
  quantity?: string;
  autoRenew?: boolean;
  /** For `create`: what is ordered. */
  product?: OrderedProduct;
  /** For `create-customer`, and for `update-customer` the fields to change. */
  customer?: CustomerFields;
  /** The requester's currency, ISO 4217: it must be the one the distributor bills in. */
  currency?: string;
}

/** A product that the distributor already sells to a customer of this account. */
export interface OrderedProduct {
  sku: string;
  name: string;
  /** ISO 8601 duration. */
  term: string | null;
  billingCycle: string | null;
  /** The subscription whose product it is. */
  likeId: string;
}

/** The fields of a new customer; those left out are unknown or stay unchanged. */
export type CustomerFields = {
  name?: string;
  email?: string;
  phone?: string;
  domain?: string;
  taxNumber?: string;
  /** ISO 639-1. */
  language?: string;
  firstName?: string;
  lastName?: string;
  address?: Partial<Address>;
};

/** The subscription as the requester saw it; a change is refused if it has changed since. */
export interface Base {
  quantity: string | null;
  status: string;
  autoRenew: boolean | null;
  /** For `update-customer`: the earlier values of its fields. */
  customer?: CustomerFields;
}

/**
 * The subject that may have one unfinished change at a time: the subscription, the customer, or what is to be created.
 * Two requests for the same new thing are one.
 */
export function subjectOf(
  kind: ChangeKind,
  { subscriptionId, customerId }: { subscriptionId: string | null; customerId: string | null },
  { product, customer }: Wanted,
  keyOfName: (name: string) => string,
): string {
  if (kind === 'create-customer') return `new customer ${keyOfName(customer!.name!)}`;
  if (kind === 'update-customer') return `customer ${customerId}`;
  if (kind === 'create')
    return `new ${[product!.sku, product!.term, product!.billingCycle].join(' ')} of ${customerId}`;
  return subscriptionId!;
}

export const changeStates = [
  /** Waits for approval. */
  'waiting',
  'rejected',
  /** Nobody decided in time. */
  'expired',
  /** Refused by a rule before anything was sent. */
  'refused',
  'approved',
  /** Its intent is stored: it may have been sent. */
  'placing',
  /** The distributor has accepted it and is processing it. */
  'placed',
  'done',
  /** The distributor did not carry it out, or only partly. */
  'failed',
  /** The answer was lost and the order cannot be found by its reference: a person must look. */
  'ambiguous',
] as const;
export type ChangeState = (typeof changeStates)[number];

/** At most one such change per subscription at a time. */
export const unfinishedStates: readonly ChangeState[] = [
  'waiting',
  'approved',
  'placing',
  'placed',
  'ambiguous',
];

/** The states of an order at a distributor. */
export type OrderState = 'pending' | 'done' | 'failed' | 'partial';

/** Whether the distributor now shows what was requested. */
export function achieved(kind: ChangeKind, wanted: Wanted, seen: Base): boolean {
  if (kind === 'quantity') return seen.quantity === wanted.quantity;
  if (kind === 'auto-renew') return seen.autoRenew === wanted.autoRenew;
  if (kind === 'cancel') return ['cancelled', 'expired', 'deleted'].includes(seen.status);
  if (kind === 'suspend') return seen.status === 'suspended';
  if (kind === 'activate') return seen.status === 'active';
  if (kind === 'create') return seen.quantity === wanted.quantity;
  if (kind === 'update-customer') return sameFields(wanted.customer ?? {}, seen.customer ?? {});
  return true;
}

/** Fields that every distributor's list of customers shows, so that their change can be verified. */
const shownFields: readonly (keyof CustomerFields)[] = ['name', 'email', 'phone', 'domain', 'address'];

/** Whether all given fields that lists show are so in `seen`, ignoring case and surrounding blanks. */
export const sameFields = (wanted: CustomerFields, seen: CustomerFields): boolean =>
  shownFields.every((name) => {
    const value = wanted[name];
    if (value === undefined) return true;
    const now = seen[name];
    if (typeof value === 'object' && value !== null)
      return Object.entries(value).every(([part, text]) =>
        same(text, (now as Partial<Address> | undefined)?.[part as keyof Address]),
      );
    return same(value, now as string | undefined);
  });

const same = (one: string | null | undefined, other: string | null | undefined): boolean =>
  (one ?? '').trim().toLowerCase() === (other ?? '').trim().toLowerCase();

/** The fields of `base` relevant to this kind of change that differ from what the distributor has now. */
export function moved(kind: ChangeKind, base: Base, seen: Base): (keyof Base)[] {
  const rests: Record<ChangeKind, (keyof Base)[]> = {
    quantity: ['quantity', 'status'],
    'auto-renew': ['autoRenew', 'status'],
    cancel: ['quantity', 'status'],
    suspend: ['status'],
    activate: ['status'],
    create: [],
    'create-customer': [],
    'update-customer': ['customer'],
  };
  return rests[kind].filter((field) =>
    field === 'customer'
      ? !sameFields(base.customer ?? {}, seen.customer ?? {})
      : base[field] !== seen[field],
  );
}

/** Why a customer is not created: there is a similar one, and only a person knows whether it is the same. */
export const twinMessage = ({ id, name, by }: { id: string; name: string; by: string }): string =>
  `The distributor has a customer with this ${by} already, “${name}” (${id}), that differs otherwise. Nothing was made: use that customer, or correct what differs and ask again.`;
