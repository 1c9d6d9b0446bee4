/**
 * The kinds of differences between a distributor and a destination, most expensive first: what we pay for but bill to
 * nobody leads. Statement, API and console share this catalogue.
 */
export const differenceClasses = [
  {
    name: 'active-but-unbilled',
    cause: 'The distributor bills this subscription; the destination has no active licence for it.',
    unmapped: 'The distributor bills this subscription; its customer is not mapped to a client.',
    action: 'preview',
  },
  {
    name: 'under-billed',
    cause: 'The distributor bills more than the destination.',
    action: 'preview',
  },
  {
    name: 'billed-after-cancellation',
    cause: 'The subscription has ended at the distributor; the licence is still active.',
    action: 'preview',
  },
  {
    name: 'duplicate-line',
    cause: 'Several active licences exist for one subscription.',
    action: 'preview',
  },
  {
    name: 'over-billed',
    cause: 'The destination bills more than the distributor.',
    action: 'preview',
  },
  {
    name: 'price-drift',
    cause: "The sale price differs from the distributor's.",
    action: 'preview',
  },
  {
    name: 'cost-drift',
    cause: "The cost differs from the distributor's.",
    action: 'preview',
  },
  {
    name: 'margin-below-floor',
    cause: 'The margin is below the floor set for this integration.',
    action: 'review',
  },
  {
    name: 'term-mismatch',
    cause: 'The term or billing cycle differs, so quantities compare but money does not.',
    action: 'preview',
  },
  {
    name: 'currency-mismatch',
    cause: 'The distributor bills in another currency than this integration.',
    action: 'review',
  },
  {
    name: 'charged-differently',
    cause: 'The distributor charged another quantity for the month than it lists.',
    action: 'review',
  },
  {
    name: 'owned-by-another-integration',
    cause: 'Another integration keeps the licence of this subscription.',
    action: 'review',
  },
  {
    name: 'held-by-person',
    cause: "A person decided to keep the destination's value.",
    action: 'review',
  },
] as const satisfies DifferenceClass[];

interface DifferenceClass {
  name: string;
  /** What it means, in one sentence. */
  cause: string;
  /** The same if the customer is not mapped. */
  unmapped?: string;
  /** `preview`: a preview of these customers shows what an import would write. `review`: a person must look. */
  action: 'preview' | 'review';
}

export type DifferenceClassName = (typeof differenceClasses)[number]['name'];

export const differenceClassNames = differenceClasses.map(({ name }) => name) as [
  DifferenceClassName,
  ...DifferenceClassName[],
];

/** An amount of money. Amounts in other currencies or billing cycles are listed separately, never added. */
export interface Sum {
  /** Decimal. */
  amount: string;
  currency: string | null;
  cycle: string | null;
}
