import type { Change } from '../../api/types.ts';
import { valueText } from '../../parts/diff.tsx';
import type { Statuses } from '../../parts/status.tsx';
import { labelOf } from '../../parts/words.ts';

/** How changes at a distributor are spoken of. */
export const states: Statuses<Change['state']> = {
  waiting: { type: 'pending', text: 'Waits for approval' },
  rejected: { type: 'stopped', text: 'Rejected' },
  expired: { type: 'stopped', text: 'Expired' },
  refused: { type: 'error', text: 'Refused by a rule' },
  approved: { type: 'in-progress', text: 'Approved' },
  placing: { type: 'in-progress', text: 'Being placed' },
  placed: { type: 'in-progress', text: 'Placed' },
  done: { type: 'success', text: 'Done' },
  failed: { type: 'error', text: 'Failed' },
  ambiguous: { type: 'warning', text: 'Unknown: check at the distributor' },
};

const kinds: Record<Change['kind'], string> = {
  quantity: 'Quantity',
  'auto-renew': 'Renewal',
  cancel: 'Cancel',
  suspend: 'Suspend',
  activate: 'Activate',
  create: 'New subscription',
  'create-customer': 'New customer',
  'update-customer': 'Customer data',
};

/** The requested change in one line: "Quantity 10 → 12". */
export function askedFor({ kind, wanted, base }: Change): string {
  if (kind === 'quantity') return `Quantity ${base?.quantity ?? '–'} → ${valueText(wanted.quantity)}`;
  if (kind === 'auto-renew') return wanted.autoRenew ? 'Renew by itself' : 'Do not renew by itself';
  if (kind === 'create') return `New subscription: ${valueText(wanted.quantity)} × ${productOf(wanted)}`;
  if (kind === 'create-customer') return `New customer: ${fieldsOf(wanted).name ?? 'without a name'}`;
  if (kind === 'update-customer')
    return `Customer data: ${Object.entries(fieldsOf(wanted))
      .map(([name, value]) => `${labelOf(name)} ${valueText(value)}`)
      .join(', ')}`;
  const said = Object.entries(wanted).map(([name, value]) => `${labelOf(name)}: ${valueText(value)}`);
  return [kinds[kind], ...said].join('. ');
}

const fieldsOf = ({ customer }: Change['wanted']) => (customer ?? {}) as Record<string, unknown>;

function productOf({ product }: Change['wanted']): string {
  const { name, term, billingCycle } = (product ?? {}) as Record<string, string | null>;
  return [name, term, billingCycle].filter(Boolean).join(', ');
}

/** Of whom or what, by name; otherwise by the distributor's own ids. */
export function subjectOf({ subscriptionId, subscriptionName, customerId, customerName }: Change): string {
  const of = customerName ? ` of ${customerName}` : '';
  if (subscriptionId) return `${subscriptionName ?? `Subscription ${subscriptionId}`}${of}`;
  return customerName ?? (customerId ? `Customer ${customerId}` : 'A new customer');
}
