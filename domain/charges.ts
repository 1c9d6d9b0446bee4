import Big from 'big.js';

/**
 * What a distributor bills for a month, as its own documents say it: an invoice, a statement, a report.
 * `not-published`: there is none for the month yet. `incomplete`: one is not final, or could not be read whole.
 */
export const chargeStates = ['not-offered', 'not-published', 'read', 'incomplete'] as const;
export type ChargeState = (typeof chargeStates)[number];

export interface ChargeDocument {
  /** The distributor's own reference. */
  id: string;
  /** Nothing will be added to it. */
  final: boolean;
  /** Why it is not whole: one sentence, or null. */
  problem: string | null;
  lines: ChargeLine[];
}

/** One line. Money is of the whole line, below 0 a credit; decimals. */
export interface ChargeLine {
  /** The distributor's id of the subscription; null where it names none or the vendor's alone. */
  subscriptionId: string | null;
  vendorSubscriptionId: string | null;
  customerId: string | null;
  product: string | null;
  quantity: string | null;
  /** What the reseller pays. */
  cost: string;
  /** What its customer is billed, as the distributor knows it. */
  price: string | null;
  currency: string | null;
  /** Days or instants, both inclusive. */
  from: string | null;
  to: string | null;
}

/** No list of documents or lines is longer: one that is goes round in a circle. */
export const mostPages = 10_000;

/** Lines that could not be read, or do not add up to what their document says: told as one sentence. */
export function chargesProblem(read: {
  document: string;
  unreadable: number;
  received: number;
  declared: number | null;
  costs: readonly string[];
  total: string | null;
}): string | null {
  const { document, unreadable, received, declared, costs, total } = read;
  if (unreadable > 0) return `${unreadable} of ${received} lines of ${document} cannot be read.`;
  if (declared !== null && received < declared)
    return `${document} has ${declared} lines, of which ${received} came.`;
  if (total === null) return null;
  const sum = costs.reduce((all, cost) => all.plus(cost), new Big(0));
  return sum.minus(total).abs().gt('0.01')
    ? `The lines of ${document} add up to ${sum.toFixed()}, and it says ${total}.`
    : null;
}

/** The first and last day of a month. */
export function daysOf(month: string): [first: string, last: string] {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return [`${month}-01`, new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10)];
}

/** The so many-th weekday after a month's end, the day before which its charges may still move. */
export function weekdayAfter(month: string, count: number): Date {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const day = new Date(Date.UTC(year, number, 0));
  for (let left = count; left > 0; ) {
    day.setUTCDate(day.getUTCDate() + 1);
    if (day.getUTCDay() % 6 !== 0) left--;
  }
  return day;
}
