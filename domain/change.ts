/**
 * A change somebody wants at the distributor: of one subscription, or of a customer. It is placed once, after the
 * approval that the integration's policy asks for, and what became of it is read back from the distributor.
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

/** What is asked for. Quantities are absolute: the resulting total, never a difference. */
export interface Wanted {
  /** Decimal, of `quantity` and `create`. */
  quantity?: string;
  autoRenew?: boolean;
  /** Of `create`: what is ordered. */
  product?: { sku: string; name?: string; term?: string; billingCycle?: string };
  /** Of `create-customer` and `update-customer`, as the distributor's kind takes it. */
  customer?: Record<string, unknown>;
}

/** The subscription as the asker saw it; what has moved since is not overwritten. */
export interface Base {
  quantity: string | null;
  status: string;
  autoRenew: boolean | null;
}

export const changeStates = [
  /** For a person's approval. */
  'waiting',
  'rejected',
  /** Nobody decided in time. */
  'expired',
  /** By a rule, before anything was sent. */
  'refused',
  'approved',
  /** Its intent is stored: it may have been sent. */
  'placing',
  /** The distributor has it and works on it. */
  'placed',
  'done',
  /** The distributor did not do it, or only partly. */
  'failed',
  /** No answer came, and it cannot be found by its reference: a person looks. */
  'ambiguous',
] as const;
export type ChangeState = (typeof changeStates)[number];

/** Of these there is one a subscription at a time. */
export const unfinishedStates: readonly ChangeState[] = [
  'waiting',
  'approved',
  'placing',
  'placed',
  'ambiguous',
];

/** What a distributor answers about an order. */
export type OrderState = 'pending' | 'done' | 'failed' | 'partial';

/** Whether what the distributor shows is what was wanted. */
export function achieved(kind: ChangeKind, wanted: Wanted, seen: Base): boolean {
  if (kind === 'quantity') return seen.quantity === wanted.quantity;
  if (kind === 'auto-renew') return seen.autoRenew === wanted.autoRenew;
  if (kind === 'cancel') return ['cancelled', 'expired', 'deleted'].includes(seen.status);
  if (kind === 'suspend') return seen.status === 'suspended';
  if (kind === 'activate') return seen.status === 'active';
  return true;
}

/** The fields of `base` that a change of this kind rests on and that have moved, as the distributor now has them. */
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
