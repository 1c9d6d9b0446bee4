import { type ChargeBook, createChargeBook } from '../charges.ts';
import { createOrderBook, type OrderBook } from '../orders.ts';
import { type Company, createWorld, type Holding } from '../world.ts';
import { createTokens, type Tokens } from './tokens.ts';

export type Wire = Record<string, unknown>;

export const allPermissions = [
  'Get Subscription Details',
  "List Customers' Subscriptions",
  'Get Customer Details',
  'List Customers',
  "List Reseller's Subscriptions",
] as const;
export type Permission = (typeof allPermissions)[number];

/** Everything a test can change at run time, with `setOption`. */
export interface StellrSettings {
  clientId: string;
  clientSecret: string;
  resellerNo: string;
  tokenSeconds: number;
  permissions: readonly string[];
  currency: string;
  /** How a company's name is spelled; the service's own key is not publicly known. `mixed` takes turns. */
  nameKey: 'name' | 'companyName' | 'customerName' | 'mixed';
  /** Where a list's rows are: `data.<key>`, or `data` itself with `total` beside it. */
  recordsKey: 'records' | 'content' | 'items' | 'data';
  /** customerNo and contractNo as JSON numbers, texts, or by turns. */
  ids: 'text' | 'number' | 'mixed';
  /** unitPrice and customerPrice likewise. */
  prices: 'number' | 'text' | 'mixed';
  /** `2026-01-15`, `2026-01-15T00:00:00.000-0400`, or by turns. */
  dates: 'plain' | 'offset' | 'mixed';
  maxPageSize: number;
  totalOffset: number;
  /** 200 and no records, as with the wrong reseller number. */
  emptyListings: boolean;
  /** Where a business failure under HTTP 200 is written. */
  failureKey: 'errorMessage' | 'ErrorMessage' | 'bizError';
  tokenDelayMs: number;
  /** Renewal date, cancellation deadline and reducibility on none, a third or all of the subscriptions. */
  renewalFields: 'none' | 'some' | 'all';
  /** What a change may ask for. */
  minQuantity: number;
  maxQuantity: number;
  /** Cancelling and reducing seats only in the first seven days of a term. */
  windows: boolean;
  /** How a breach is reported: 400, a failure with 200, or accepted and failed later. */
  refuse: 'status' | 'business' | 'late';
  /** A failed operation reports `failed`, or `done` with the vendor's error inside. */
  operationFailures: 'nested' | 'status';
  duplicatePo: 'refuse' | 'accept';
}

export interface StellrChange {
  action: 'changeSeats' | 'cancel' | 'suspend' | 'activate' | 'reactive' | 'renew' | 'create';
  customerNo: string;
  quantity?: number;
  decision?: 'ACCEPT' | 'REJECT';
  items?: Wire[];
}

export type Broken = 'unreadable' | 'noid' | 'noquantity';
export type Failing = 'business' | '500' | '403';

export interface CustomerRow {
  customerNo: string;
  company?: Company;
  own: Wire;
  broken?: Broken;
  failing?: Failing;
}

export interface SubscriptionRow {
  /** `<contractNo>_<lineNo>` */
  id: string;
  contractNo: number;
  lineNo: number;
  customerNo: string;
  holding: Holding;
  /** Bought once: no term and no end. */
  oneTime: boolean;
  /** The renewal setting. */
  decision: 'ACCEPT' | 'REJECT';
  own: Wire;
  broken?: Broken;
}

export interface StellrState {
  settings: StellrSettings;
  clock: () => number;
  seed: number;
  tokens: Tokens;
  customers: CustomerRow[];
  customerByNo: Map<string, CustomerRow>;
  subscriptions: SubscriptionRow[];
  subscriptionById: Map<string, SubscriptionRow>;
  subscriptionsOf: Map<string, SubscriptionRow[]>;
  /** The last contract of each customer and its last line: contracts hold several lines. */
  contracts: Map<string, { contractNo: number; lineNo: number }>;
  nextCustomer: number;
  nextContract: number;
  requests: number;
  template: Holding;
  orders: OrderBook<StellrChange>;
  charges: ChargeBook;
  /** What a renewal costs where it differs, by `skuNo`. */
  renewalPrices: Map<string, { unitPrice: number; customerPrice: number }>;
}

export interface StellrOptions extends Partial<StellrSettings> {
  port?: number;
  latencyMs?: number;
  seed?: number;
  customers?: number;
  subscriptions?: number;
  idOffset?: number;
  /** Milliseconds an operation takes; 0: done when it is answered. */
  orderDelayMs?: number;
  /** Milliseconds; a test may move its time. */
  clock?: () => number;
}

const defaults: StellrSettings = {
  clientId: 'stellr-client',
  clientSecret: 'stellr-secret',
  resellerNo: '700100',
  tokenSeconds: 7200,
  permissions: allPermissions,
  currency: 'USD',
  nameKey: 'name',
  recordsKey: 'records',
  ids: 'text',
  prices: 'mixed',
  dates: 'mixed',
  maxPageSize: 200,
  totalOffset: 0,
  emptyListings: false,
  failureKey: 'errorMessage',
  tokenDelayMs: 0,
  renewalFields: 'none',
  minQuantity: 1,
  maxQuantity: 9999,
  windows: true,
  refuse: 'status',
  operationFailures: 'nested',
  duplicatePo: 'refuse',
};

export function createState(options: StellrOptions): StellrState {
  const settings = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof StellrSettings)[])
    if (options[key] !== undefined) Object.assign(settings, { [key]: options[key] });
  // The command line has no lists and turns digits into numbers.
  settings.permissions = [settings.permissions].flat().flatMap((names) => names.split(/, */));
  settings.resellerNo = String(settings.resellerNo);
  const { seed = 1, customers = 300, subscriptions = 3000, idOffset = 0 } = options;
  const state: StellrState = {
    settings,
    clock: options.clock ?? (() => Date.now()),
    seed,
    tokens: createTokens(),
    customers: [],
    customerByNo: new Map(),
    subscriptions: [],
    subscriptionById: new Map(),
    subscriptionsOf: new Map(),
    contracts: new Map(),
    nextCustomer: 123_001 + idOffset,
    nextContract: 411_001 + idOffset,
    requests: 0,
    template: createWorld({ seed, customers: 1, subscriptions: 1 }).holdings[0]!,
    orders: createOrderBook(1, options.orderDelayMs),
    charges: createChargeBook(),
    renewalPrices: new Map(),
  };
  const world = createWorld({ seed, customers, subscriptions });
  for (const company of world.companies) addCustomer(state, {}, company);
  for (const holding of world.holdings)
    addSubscription(state, state.customers[holding.company.index]!.customerNo, {}, holding);
  return state;
}

export function addCustomer(state: StellrState, own: Wire, company?: Company): CustomerRow {
  const row: CustomerRow = { customerNo: String(state.nextCustomer++), company, own };
  state.customers.push(row);
  state.customerByNo.set(row.customerNo, row);
  state.subscriptionsOf.set(row.customerNo, []);
  return row;
}

export function addSubscription(
  state: StellrState,
  customerNo: string,
  own: Wire,
  holding?: Holding,
): SubscriptionRow {
  const last = state.contracts.get(customerNo);
  const joins = last && holding && holding.index % 7 === 6;
  const place = joins
    ? { contractNo: last.contractNo, lineNo: last.lineNo + 1 }
    : { contractNo: state.nextContract++, lineNo: 1 };
  state.contracts.set(customerNo, place);
  const row: SubscriptionRow = {
    id: `${place.contractNo}_${place.lineNo}`,
    ...place,
    customerNo,
    holding: holding ?? {
      ...state.template,
      index: place.contractNo,
      company: state.customerByNo.get(customerNo)?.company ?? state.template.company,
      state: 'active',
      trial: false,
    },
    oneTime: holding !== undefined && holding.index % 40 === 39,
    decision: 'ACCEPT',
    own,
  };
  state.subscriptions.push(row);
  state.subscriptionById.set(row.id, row);
  listOf(state, customerNo).push(row);
  return row;
}

export function removeSubscription(state: StellrState, row: SubscriptionRow): void {
  drop(state.subscriptions, row);
  drop(listOf(state, row.customerNo), row);
  state.subscriptionById.delete(row.id);
}

export function removeCustomer(state: StellrState, row: CustomerRow): void {
  drop(state.customers, row);
  state.customerByNo.delete(row.customerNo);
}

export function listOf(state: StellrState, customerNo: string): SubscriptionRow[] {
  const found = state.subscriptionsOf.get(customerNo);
  if (found) return found;
  const made: SubscriptionRow[] = [];
  state.subscriptionsOf.set(customerNo, made);
  return made;
}

export function drop<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
