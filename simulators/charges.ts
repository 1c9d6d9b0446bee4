/**
 * What a distributor bills for a calendar month, independent of its interface's format. Most subscriptions are billed
 * as expected; a fixed few are not, as in every real month.
 */
export interface Billed {
  id: string;
  /** Chooses the awkward ones; the same in every run. */
  index: number;
  customer: string;
  customerIndex: number;
  quantity: number;
  /** For one unit and billing cycle. */
  cost: number;
  price: number;
  cycle: 'monthly' | 'annual' | 'once';
  startedAt: number;
  /** Whether it is billed at all: what has ended is not. */
  live: boolean;
}

export interface Charge {
  /** The same in every run. */
  key: string;
  kind: 'recurring' | 'proration' | 'credit' | 'fee';
  /** Null: a line without a subscription. */
  subscription: string | null;
  customer: string;
  quantity: number;
  unitCost: number;
  unitPrice: number;
  /** Of the line; a credit's are negative. */
  cost: number;
  price: number;
  /** Days, both inclusive, `YYYY-MM-DD`. */
  from: string;
  to: string;
  note: string;
}

/** `credit`: a credit note for the month before; `quantity`: two more are billed than the interface lists. */
const awkwardness = ['credit', 'proration', 'unsubscribed', 'quantity'] as const;
export type Awkward = (typeof awkwardness)[number];
/** `none`: nothing published; `open`: published and not final; `rejected`: withdrawn again. */
const publications = ['none', 'open', 'final', 'rejected'] as const;
export type Publication = (typeof publications)[number];

export interface ChargeBook {
  /** Whether the credentials may read charges at all. */
  offered: boolean;
  awkward: Set<Awkward>;
  published: Map<string, Publication>;
  /** Months whose documents lack their last line, while their totals still count it. */
  gaps: Set<string>;
  extra: (Charge & { period: string })[];
  removed: Set<string>;
}

export const createChargeBook = (awkward: readonly Awkward[] = awkwardness): ChargeBook => ({
  offered: true,
  awkward: new Set(awkward),
  published: new Map(),
  gaps: new Set(),
  extra: [],
  removed: new Set(),
});

/** Months that are over are final, a year back; the running one is not there yet. A control may say otherwise. */
export function publicationOf(book: ChargeBook, period: string, now: number): Publication {
  const given = book.published.get(period);
  if (given) return given;
  const age = monthNumber(new Date(now).toISOString().slice(0, 7)) - monthNumber(period);
  return age > 0 && age <= 12 ? 'final' : 'none';
}

/** The last twelve months and the running one, and any a control spoke of; ascending. */
export function periodsOf(book: ChargeBook, now: number): string[] {
  const running = monthNumber(new Date(now).toISOString().slice(0, 7));
  const recent = Array.from({ length: 13 }, (_, back) => periodAt(running - back));
  return [...new Set([...recent, ...book.published.keys()])].sort();
}

export const isPeriod = (text: unknown): text is string => /^\d{4}-(0[1-9]|1[0-2])$/.test(String(text));

/** All lines of a month for these subscriptions; those of one customer do not depend on who else is given. */
export function chargesOf(book: ChargeBook, period: string, billed: readonly Billed[]): Charge[] {
  const lines = billed.flatMap((one) => linesOf(book, period, one));
  if (book.awkward.has('unsubscribed')) {
    const customers = new Map(billed.filter(({ live }) => live).map((one) => [one.customer, one]));
    for (const [customer, { customerIndex }] of customers)
      if (customerIndex % 5 === 2)
        lines.push({
          ...line(period, `fee-${customer}`, 'fee', null, customer, 1, 25, 30),
          note: 'Support plan',
        });
  }
  const known = new Set(billed.map(({ customer }) => customer));
  const extra = book.extra.filter((one) => one.period === period && known.has(one.customer));
  return [...lines, ...extra.map(({ period: _, ...rest }) => rest)].filter(
    ({ key }) => !book.removed.has(key),
  );
}

function linesOf({ awkward }: ChargeBook, period: string, one: Billed): Charge[] {
  const { id, index, customer, cost, price, startedAt } = one;
  const start = new Date(startedAt).toISOString().slice(0, 10);
  const [first, last] = daysOf(period);
  if (!one.live || start > last || one.quantity <= 0) return [];
  const anniversary = start.slice(5, 7) === period.slice(5);
  if (one.cycle === 'annual' && !anniversary) return [];
  if (one.cycle === 'once' && start.slice(0, 7) !== period) return [];
  const make = (kind: Charge['kind'], quantity: number, from = first, to = last) =>
    line(period, `${kind}-${id}`, kind, id, customer, quantity, cost, price, from, to);
  const monthly = one.cycle === 'monthly';
  const joined = monthly && start > first;
  const more = Math.ceil(one.quantity / 10);
  const split = monthly && !joined && awkward.has('proration') && index % 29 === 7 && one.quantity > more;
  const over = awkward.has('quantity') && index % 23 === 5 ? 2 : 0;
  const lines = joined
    ? [make('proration', one.quantity + over, start)]
    : split
      ? [
          make('recurring', one.quantity - more),
          { ...make('proration', more, `${period}-16`), note: 'Seats added' },
        ]
      : [make('recurring', one.quantity + over)];
  if (awkward.has('credit') && index % 31 === 11) {
    const [from, to] = daysOf(periodAt(monthNumber(period) - 1));
    const credit = make('credit', 1, from, to);
    lines.push({ ...credit, cost: -credit.cost, price: -credit.price, note: 'Credit note' });
  }
  return lines;
}

/** A part of the month costs its share of the days. */
function line(
  period: string,
  key: string,
  kind: Charge['kind'],
  subscription: string | null,
  customer: string,
  quantity: number,
  unitCost: number,
  unitPrice: number,
  from = daysOf(period)[0],
  to = daysOf(period)[1],
): Charge {
  const share = kind === 'proration' ? days(from, to) / days(...daysOf(period)) : 1;
  const [cost, price] = [round(unitCost * share * quantity), round(unitPrice * share * quantity)];
  const units = { unitCost: round(unitCost * share), unitPrice: round(unitPrice * share) };
  return {
    key: `${period}-${key}`,
    kind,
    subscription,
    customer,
    quantity,
    ...units,
    cost,
    price,
    from,
    to,
    note: '',
  };
}

const monthNumber = (period: string) => Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7)) - 1;
const periodAt = (month: number) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
export function daysOf(period: string): [first: string, last: string] {
  const end = new Date(Date.UTC(Number(period.slice(0, 4)), Number(period.slice(5, 7)), 0));
  return [`${period}-01`, end.toISOString().slice(0, 10)];
}
const days = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
export const round = (amount: number): number => Math.round(amount * 10_000) / 10_000;
export const sum = (amounts: number[]): number => round(amounts.reduce((total, one) => total + one, 0));

type Body = Record<string, unknown>;

/** The controls every simulator with charges has. A period is `YYYY-MM`. */
export const chargeControls = <State extends { charges: ChargeBook }>() => ({
  /** `{offered?, awkward?: [...]}` */
  setCharges: ({ charges }: State, { offered, awkward }: Body) => {
    if (offered !== undefined) charges.offered = offered === true;
    if (awkward !== undefined) charges.awkward = new Set(awkward as Awkward[]);
  },
  /** `{period, state: none | open | final | rejected, gap?}` */
  publishCharges: ({ charges }: State, { period, state, gap }: Body) => {
    if (!isPeriod(period) || (state !== undefined && !publications.includes(state as Publication)))
      throw new Error(`cannot publish ${period} as ${state}`);
    if (state !== undefined) charges.published.set(period, state as Publication);
    if (gap !== undefined) charges.gaps[gap ? 'add' : 'delete'](period);
  },
  /** `{period, customer, subscription?, quantity?, unitCost?, unitPrice?, kind?, from?, to?, note?}` → its key. */
  addCharge: ({ charges }: State, body: Body) => {
    const { period, customer, subscription = null, quantity = 1, unitCost = 0, unitPrice = unitCost } = body;
    const { kind = 'fee', from, to, note = '' } = body;
    if (!isPeriod(period)) throw new Error(`${period} is no period`);
    const key = `extra-${charges.extra.length + 1}`;
    const amounts = [Number(quantity), Number(unitCost), Number(unitPrice)] as const;
    const span = [from, to] as [string | undefined, string | undefined];
    const id = subscription === null ? null : String(subscription);
    const made = line(period, key, kind as Charge['kind'], id, String(customer), ...amounts, ...span);
    charges.extra.push({ ...made, note: String(note), period });
    return { key: made.key };
  },
  removeCharge: ({ charges }: State, { key }: Body) => void charges.removed.add(String(key)),
});
