import { type ChargeBook, createChargeBook } from '../charges.ts';
import { createOrderBook, type OrderBook } from '../orders.ts';
import { type Company, createWorld, type Holding } from '../world.ts';
import { createTokens, issue, type TokenSettings, type Tokens } from './tokens.ts';

export type Wire = Record<string, unknown>;

/** Everything a test can change at run time, with `setOption`. */
export interface IonSettings extends TokenSettings {
  accountId: string;
  currency: string;
  /** Larger pages are silently cut to this. */
  maxPageSize: number;
  /** Customer pages hold fewer rows than requested, with a token. */
  shortPages: boolean;
  /** Every other customer page is empty, with a token. */
  emptyPages: boolean;
  /** What a dead access token gets from the API: its body and status are not publicly known. */
  deadTokenStatus: 401 | 403;
  /** What a dead access token gets from `/oauth/validateAccess`: 400 is documented, the vendor's Python client expects 401. */
  validateDeadStatus: 400 | 401;
  expiresInAsText: boolean;
  /** int64 as JSON numbers instead of strings. */
  numericIds: boolean;
  tokenDelayMs: number;
  totalSizeOffset: number;
  emptyListings: boolean;
  /** Rows that vanish from the front before a page that is not the first, and how many more times (-1 for ever). */
  shrinkRows: number;
  shrinkTimes: number;
  apiKey: string;
  apiSecret: string;
  /** What an order may ask for. */
  minQuantity: number;
  maxQuantity: number;
  /** Fewer licences only before `cancellationAllowedUntilDate`. */
  decreaseWindow: boolean;
  /** Whether a breach is refused at once, or accepted and failed later. */
  refuse: 'now' | 'late';
  /** A second order with the same `referenceId`: which it is, is not publicly known. */
  duplicateReference: 'accept' | 'refuse';
}

export interface OrderItem {
  referenceId?: string;
  action: 'CREATE' | 'UPDATE';
  resourceId?: string;
  productId: string;
  skuId: string;
  planId: string;
  quantity: number;
  attributes: { name: string; value: string }[];
  status: 'IN_PROGRESS' | 'ACTIVE' | 'ERROR';
}

export interface OrderChange {
  customerId: string;
  displayName: string;
  items: OrderItem[];
}

export type Broken = 'unreadable' | 'noid' | 'noquantity';

export interface CustomerRow {
  id: string;
  /** Absent once a PUT replaced the whole record. */
  company?: Company;
  own: Wire;
  updatedAt?: number;
  broken?: Broken;
}

export interface SubscriptionRow {
  id: string;
  customerId: string;
  holding: Holding;
  /** Azure plan: metered, without seats, part number or unit money. */
  usage: boolean;
  own: Wire;
  updatedAt?: number;
  broken?: Broken;
}

export interface IonState {
  settings: IonSettings;
  clock: () => number;
  seed: number;
  tokens: Tokens;
  customers: CustomerRow[];
  customerById: Map<string, CustomerRow>;
  subscriptions: SubscriptionRow[];
  subscriptionById: Map<string, SubscriptionRow>;
  subscriptionsOf: Map<string, SubscriptionRow[]>;
  /** Filtered listings until the next change, so that a filter costs one pass and not one per page. */
  memo: Map<string, unknown[]>;
  nextCustomer: number;
  nextSubscription: number;
  requests: number;
  template: Holding;
  orders: OrderBook<OrderChange>;
  charges: ChargeBook;
  /** What a part costs now, by `mfgPartNumber`; absent: what it costs on its subscription. */
  priceBook: Map<string, number>;
}

export interface IonOptions extends Partial<IonSettings> {
  port?: number;
  latencyMs?: number;
  seed?: number;
  customers?: number;
  subscriptions?: number;
  refreshToken?: string;
  accessToken?: string;
  idOffset?: number;
  /** Milliseconds an order takes; 0: done when it is answered. */
  orderDelayMs?: number;
  /** Milliseconds; a test may move its time. */
  clock?: () => number;
}

const defaults: IonSettings = {
  accountId: '1001',
  currency: 'EUR',
  accessSeconds: 7200,
  refreshSeconds: 2_764_800,
  omitRefreshToken: false,
  reuseRevokes: false,
  maxPageSize: 1000,
  shortPages: false,
  emptyPages: false,
  deadTokenStatus: 401,
  validateDeadStatus: 400,
  expiresInAsText: false,
  numericIds: false,
  tokenDelayMs: 0,
  totalSizeOffset: 0,
  emptyListings: false,
  shrinkRows: 0,
  shrinkTimes: 0,
  apiKey: 'ion-key',
  apiSecret: 'ion-secret',
  minQuantity: 1,
  maxQuantity: 9999,
  decreaseWindow: true,
  refuse: 'now',
  duplicateReference: 'accept',
};

export function createState(options: IonOptions): IonState {
  const settings = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof IonSettings)[])
    if (options[key] !== undefined) Object.assign(settings, { [key]: options[key] });
  // The command line turns digits into numbers; an account id stays text.
  settings.accountId = String(settings.accountId);
  const { seed = 1, customers = 300, subscriptions = 3000, idOffset = 0 } = options;
  const clock = options.clock ?? (() => Date.now());
  const state: IonState = {
    settings,
    clock,
    seed,
    tokens: createTokens(),
    customers: [],
    customerById: new Map(),
    subscriptions: [],
    subscriptionById: new Map(),
    subscriptionsOf: new Map(),
    memo: new Map(),
    nextCustomer: 20_001 + idOffset,
    nextSubscription: 900_001 + idOffset,
    requests: 0,
    template: createWorld({ seed, customers: 1, subscriptions: 1 }).holdings[0]!,
    orders: createOrderBook(7_000_001, options.orderDelayMs),
    charges: createChargeBook(),
    priceBook: new Map(),
  };
  const { refreshToken = 'ion-refresh-1', accessToken = 'ion-access-1' } = options;
  issue(state.tokens, settings, clock(), 'portal', { access: accessToken, refresh: refreshToken });
  const world = createWorld({ seed, customers, subscriptions });
  for (const company of world.companies) addCustomer(state, {}, company);
  for (const holding of world.holdings)
    addSubscription(
      state,
      state.customers[holding.company.index]!.id,
      {},
      holding,
      holding.index % 25 === 24,
    );
  return state;
}

/** Every change goes through here, so that no cached listing survives it. */
export const touch = (state: IonState) => state.memo.clear();

export function addCustomer(state: IonState, own: Wire, company?: Company): CustomerRow {
  const row: CustomerRow = { id: String(state.nextCustomer++), company, own };
  if (!company) {
    row.updatedAt = state.clock();
    own.createTime = new Date(row.updatedAt).toISOString();
  }
  state.customers.push(row);
  state.customerById.set(row.id, row);
  state.subscriptionsOf.set(row.id, []);
  touch(state);
  return row;
}

export function addSubscription(
  state: IonState,
  customerId: string,
  own: Wire,
  holding?: Holding,
  usage = false,
): SubscriptionRow {
  const number = state.nextSubscription++;
  const row: SubscriptionRow = {
    id: String(number),
    customerId,
    holding: holding ?? {
      ...state.template,
      index: number,
      company: state.customerById.get(customerId)?.company ?? state.template.company,
      state: 'active',
      trial: false,
    },
    usage,
    own,
  };
  if (!holding) row.updatedAt = state.clock();
  state.subscriptions.push(row);
  state.subscriptionById.set(row.id, row);
  listOf(state, customerId).push(row);
  touch(state);
  return row;
}

export function removeSubscription(state: IonState, row: SubscriptionRow): void {
  drop(state.subscriptions, row);
  drop(listOf(state, row.customerId), row);
  state.subscriptionById.delete(row.id);
  touch(state);
}

export function removeCustomer(state: IonState, row: CustomerRow): void {
  drop(state.customers, row);
  state.customerById.delete(row.id);
  touch(state);
}

export function listOf(state: IonState, customerId: string): SubscriptionRow[] {
  const found = state.subscriptionsOf.get(customerId);
  if (found) return found;
  const made: SubscriptionRow[] = [];
  state.subscriptionsOf.set(customerId, made);
  return made;
}

export function drop<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
