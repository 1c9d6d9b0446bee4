import type { Difference } from '../../api/reconciliation.ts';

export type Class = Difference['class'];

/** How differences are spoken of, most expensive first. */
export const classes: Record<Class, string> = {
  'active-but-unbilled': 'Active but not billed',
  'under-billed': 'Billed too little',
  'billed-after-cancellation': 'Billed after its end',
  'duplicate-line': 'Billed twice',
  'over-billed': 'Billed too much',
  'price-drift': 'Other sale price',
  'cost-drift': 'Other cost',
  'margin-below-floor': 'Margin below the floor',
  'term-mismatch': 'Other term or billing cycle',
  'currency-mismatch': 'Other currency',
  'charged-differently': 'Charged differently',
  'owned-by-another-integration': "Another integration's licence",
  'held-by-person': 'Kept by a person',
};
