import { type ChargeBook, createChargeBook } from '../charges.ts';
import { createOrderBook, type OrderBook } from '../orders.ts';
import { type Company, createWorld, type Holding, type Product } from '../world.ts';

/** Licence states as the GET dialect words them; only `active` was ever seen, the rest is the contract's assumption. */
export type LicenceState = 'active' | 'suspended' | 'cancelled' | 'expired' | 'pending';
export type Patch = Record<string, unknown>;

export interface Customer {
  ref: string;
  index: number;
  company: Company;
  createdAt: string;
  deletedAt: string | null;
  /** Fields of the wire record laid over what is rendered from `company`. */
  patch?: Patch;
  broken?: 'unreadable' | 'noid' | 'noname';
}

/** Kept small, rendered on read: a million of these must fit in one process. */
export interface Licence {
  /** The number in `XSP<id>`. */
  id: number;
  customer: Customer;
  product: Product;
  seats: number;
  baseSeats: number;
  cycle: Holding['cycle'];
  term: Holding['term'];
  state: LicenceState;
  trial: boolean;
  startedAt: number;
  updatedAt: number;
  renewal: 'auto_renew' | 'cancel' | 'auto_renew_to_est';
  friendlyName: string;
  /** What the service says of a running or failed action. */
  message: string;
  /** Fields of the find dialect laid over the rendered record; the GET dialect follows them. */
  patch?: Patch;
  broken?: 'unreadable' | 'noid' | 'noquantity';
}

/** What an action is to make of a licence, and what it was. */
export interface LicenceChange {
  action: string;
  set: Partial<Licence>;
  before: Partial<Licence>;
  /** Of an order of new licences. */
  order?: { customer: string; items: OrderedLicence[] };
}

export interface OrderedLicence {
  /** The price band's. */
  sku: string;
  quantity: number;
  autoRenew: boolean;
  /** Its reference, once it is made. */
  licence?: string;
}

export interface Rules {
  minSeats: number;
  maxSeats: number;
  /** A commitment may be cancelled only in the first seven days of its term. */
  cancelWindow: boolean;
  /** Whether a breach is refused when it is asked for, or accepted and failed later. */
  refuse: 'now' | 'late';
}

export interface ArrowSphereState {
  apiKey: string;
  /** What a bad key is answered with; public clients do not tell 401 from 403. */
  badKeyStatus: number;
  companyName: string;
  /** The reseller's own XSP reference, as whoami tells it. */
  reference: string;
  currency: string;
  marketplace: string;
  pageLimit: number;
  /** In listing order; the reseller's own company is one of them. */
  customers: Customer[];
  /** Always ascending by id, so that an unfiltered page is a plain slice. */
  licences: Licence[];
  nextCustomer: number;
  nextLicence: number;
  /** Milliseconds; rules, orders and charges look at it. */
  clock: () => number;
  orders: OrderBook<LicenceChange>;
  rules: Rules;
  charges: ChargeBook;
  /** Catalogue prices that differ from those of the day of order, by SKU, a seat a month. */
  catalogue: Map<string, { buy: number; sell: number }>;
  knobs: {
    empty: { customers: boolean; licenses: boolean };
    totalOffset: { customers: number; licenses: number };
    duplicateAcrossPages: boolean;
    repeatPage: boolean;
    /** Whether find leaves out ended licences: an open question of the contract. */
    findHidesEnded: boolean;
  };
}

export interface ArrowSphereOptions {
  port?: number;
  latencyMs?: number;
  seed?: number;
  customers?: number;
  subscriptions?: number;
  apiKey?: string;
  badKeyStatus?: number;
  /** The reseller's own reference. */
  reference?: string;
  companyName?: string;
  currency?: string;
  /** Largest `per_page` honoured; more is clamped. The real maximum is unknown, clients use 100. */
  pageLimit?: number;
  /** Milliseconds an action takes; 0: done when it is answered. */
  orderDelayMs?: number;
  /** Milliseconds; a test may move its time. */
  clock?: () => number;
  /** Sets the ids of two accounts of one kind apart; 0, 1, 2 … */
  account?: number;
}

/** The day the world's holdings count back from. */
export const worldDay = Date.UTC(2026, 10, 1);
const accountStride = 10_000_000;

export function createState(options: ArrowSphereOptions = {}): ArrowSphereState {
  const offset = (options.account ?? 0) * accountStride;
  const world = createWorld(options);
  const currency = options.currency ?? 'EUR';
  const own = options.reference ?? `XSP${222_222 + offset}`;
  const companyName = options.companyName ?? 'Northbridge Cloud Services';
  const first = 100_000 + offset;
  const taken = idOf(own);
  // The reseller's own reference lies in the customers' range and is given out once.
  const number = (index: number) => first + index + (taken >= first && first + index >= taken ? 1 : 0);
  const customers = world.companies.map(
    (company, index): Customer => ({
      ref: `XSP${number(index)}`,
      index,
      company,
      createdAt: second(worldDay - (900 + (index % 400)) * day),
      // Every twentieth has left; ArrowSphere deletes softly and keeps listing them.
      deletedAt: index % 20 === 19 ? second(worldDay - (1 + (index % 200)) * day) : null,
    }),
  );
  const licences = world.holdings.map((holding): Licence => {
    const id = 5_000_000 + offset + holding.index;
    const customer = customers[holding.company.index]!;
    const startedAt = worldDay - holding.startedDaysAgo * day + ((holding.index * 37) % 86_400) * 1000;
    return {
      id,
      customer,
      product: holding.product,
      seats: holding.quantity,
      baseSeats: holding.quantity,
      cycle: holding.cycle,
      term: holding.term,
      state: customer.deletedAt ? 'cancelled' : holding.state,
      trial: holding.trial,
      startedAt,
      updatedAt: startedAt,
      renewal: holding.index % 7 === 6 ? 'cancel' : 'auto_renew',
      friendlyName: '',
      message: '',
    };
  });
  const self: Customer = {
    ref: own,
    index: customers.length,
    company: blankCompany(customers.length, companyName),
    createdAt: second(worldDay - 2000 * day),
    deletedAt: null,
  };
  return {
    apiKey: String(options.apiKey ?? 'arrow-demo-key'),
    badKeyStatus: options.badKeyStatus ?? 401,
    companyName,
    reference: own,
    currency,
    marketplace: currency === 'USD' ? 'US' : 'FR',
    pageLimit: options.pageLimit ?? 100,
    customers: [self, ...customers],
    licences,
    nextCustomer: number(customers.length),
    nextLicence: 5_000_000 + offset + licences.length,
    clock: options.clock ?? (() => Date.now()),
    orders: createOrderBook(1, options.orderDelayMs),
    rules: { minSeats: 1, maxSeats: 9999, cancelWindow: false, refuse: 'now' },
    charges: createChargeBook(),
    catalogue: new Map(),
    knobs: {
      empty: { customers: false, licenses: false },
      totalOffset: { customers: 0, licenses: 0 },
      duplicateAcrossPages: false,
      repeatPage: false,
      findHidesEnded: false,
    },
  };
}

export function addCustomer(state: ArrowSphereState, fields: Patch, ref?: unknown): Customer {
  const made: Customer = {
    ref: ref === undefined ? `XSP${state.nextCustomer}` : String(ref),
    index: state.customers.length,
    company: blankCompany(state.customers.length, 'New customer'),
    createdAt: second(Date.now()),
    deletedAt: null,
    patch: fields,
  };
  if (Number.isNaN(idOf(made.ref)) || findCustomer(state, made.ref))
    throw new Error(`cannot use customer reference ${made.ref}`);
  state.customers.push(made);
  state.nextCustomer = Math.max(state.nextCustomer, idOf(made.ref) + 1);
  return made;
}

/** A new licence, the last of the list. */
export function addLicence(
  state: ArrowSphereState,
  made: Pick<Licence, 'customer' | 'product' | 'cycle' | 'term' | 'seats' | 'renewal'>,
): Licence {
  const now = state.clock();
  const rest = {
    state: 'active',
    trial: false,
    startedAt: now,
    updatedAt: now,
    friendlyName: '',
    message: '',
  } as const;
  const licence: Licence = { id: state.nextLicence++, baseSeats: made.seats, ...rest, ...made };
  state.licences.push(licence);
  return licence;
}

function blankCompany(index: number, name: string): Company {
  return {
    index,
    name,
    domain: '',
    tenantId: '',
    contact: { first: '', last: '', email: '', phone: '' },
    address: { street: '', city: '', state: '', postcode: '', country: '' },
  };
}

export const findCustomer = (state: ArrowSphereState, ref: unknown): Customer | undefined =>
  state.customers.find((customer) => customer.ref === ref);

export function findLicence(state: ArrowSphereState, ref: unknown): Licence | undefined {
  const id = idOf(ref);
  const licence = state.licences[lowerBound(state.licences, id)];
  return licence?.id === id ? licence : undefined;
}

/** The number in a reference, NaN for anything else. */
export const idOf = (ref: unknown): number => Number(/^XSP(\d+)$/.exec(String(ref))?.[1] ?? Number.NaN);

/** Place of the first licence whose id is not below `id`. */
export function lowerBound(licences: readonly Licence[], id: number): number {
  let low = 0;
  let high = licences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (licences[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Customers carry instants without milliseconds. */
export const second = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
const day = 86_400_000;
