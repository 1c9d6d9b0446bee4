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

/** What is requested. Quantities are the resulting total, never a difference. */
export interface Wanted {
  /** Decimal; for `quantity` and `create`. */
  quantity?: string;
  autoRenew?: boolean;
  /** For `create`: what is ordered. */
  product?: { sku: string; name?: string; term?: string; billingCycle?: string };
  /** For `create-customer` and `update-customer`, in the fields of the distributor's kind. */
  customer?: Record<string, unknown>;
}

/** The subscription as the requester saw it; a change is refused if it has changed since. */
export interface Base {
  quantity: string | null;
  status: string;
  autoRenew: boolean | null;
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
  return true;
}

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
    'update-customer': [],
  };
  return rests[kind].filter((field) => base[field] !== seen[field]);
}
