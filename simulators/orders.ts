/**
 * How a distributor processes a change: accepted at once, done later, and sometimes differently. Due orders are
 * processed when a request arrives (`settle`), so that the test's clock decides and nothing runs in the background.
 */
export type Becomes = 'done' | 'partly' | 'failed' | 'held';
export type OrderState = 'open' | 'held' | 'done' | 'partly' | 'failed' | 'cancelled';

/** What happens to the next orders, for `nextOrder`; the first plan that matches an order is used. */
export interface OrderPlan {
  becomes: Becomes;
  /** Milliseconds until it ends; by default the book's `delayMs`. */
  afterMs?: number;
  message?: string;
  /** Only orders on this subscription. */
  target?: string;
  /** How many orders it is used for, -1 for unlimited. Default 1. */
  times?: number;
}

export interface Order<Change> {
  number: number;
  /** The caller's reference, if the interface has one. */
  reference: string;
  target: string;
  change: Change;
  placedAt: number;
  dueAt: number;
  becomes: Becomes;
  state: OrderState;
  /** Why it failed, waits or was partly done. */
  message: string;
}

export interface OrderBook<Change> {
  /** Every order ever placed, oldest first. */
  orders: Order<Change>[];
  plans: OrderPlan[];
  delayMs: number;
  next: number;
}

/** Carries out an order, completely or half of it; returns why it could not. */
export type Fulfil<Change> = (order: Order<Change>, share: 1 | 0.5) => string | undefined;

export const createOrderBook = <Change>(first: number, delayMs = 0): OrderBook<Change> => ({
  orders: [],
  plans: [],
  delayMs,
  next: first,
});

export function placeOrder<Change>(
  book: OrderBook<Change>,
  { target, reference = '', change }: { target: string; reference?: string; change: Change },
  now: number,
): Order<Change> {
  const plan = book.plans.find((one) => one.times !== 0 && (!one.target || one.target === target));
  if (plan) plan.times = (plan.times ?? 1) - 1;
  const order: Order<Change> = {
    number: book.next++,
    reference,
    target,
    change,
    placedAt: now,
    dueAt: now + (plan?.afterMs ?? book.delayMs),
    becomes: plan?.becomes ?? 'done',
    state: 'open',
    message: plan?.message ?? '',
  };
  book.orders.push(order);
  return order;
}

/** Ends every due order, oldest first, and returns them. */
export function settleOrders<Change>(book: OrderBook<Change>, now: number, fulfil: Fulfil<Change>) {
  const due = book.orders.filter(({ state, dueAt }) => state === 'open' && dueAt <= now);
  for (const order of due) {
    if (order.becomes === 'held') order.state = 'held';
    else if (order.becomes === 'failed') end(order, 'failed', 'The vendor refused the change.');
    else {
      const refusal = fulfil(order, order.becomes === 'partly' ? 0.5 : 1);
      if (refusal) end(order, 'failed', refusal);
      else end(order, order.becomes, order.becomes === 'partly' ? 'The vendor took a part of it.' : '');
    }
  }
  return due;
}

function end<Change>(order: Order<Change>, state: OrderState, message: string): void {
  order.state = state;
  order.message ||= message;
}

export const openOrder = <Change>(book: OrderBook<Change>, target: string): Order<Change> | undefined =>
  book.orders.find((order) => order.target === target && (order.state === 'open' || order.state === 'held'));

/** Halfway between two quantities, rounded towards the old one. */
export const halfway = (from: number, to: number, share: 1 | 0.5): number =>
  share === 1 ? to : from + Math.trunc((to - from) * share);

type Body = Record<string, unknown>;
const outcomes: readonly Becomes[] = ['done', 'partly', 'failed', 'held'];

/** The controls every simulator with orders has. */
export const orderControls = <State extends { orders: OrderBook<unknown> }>() => ({
  /** `{becomes, afterMs?, message?, target?, times?}`, added after earlier plans. */
  nextOrder: (state: State, body: Body) => {
    if (!outcomes.includes(body.becomes as Becomes))
      throw new Error(`${body.becomes} is none of ${outcomes.join(', ')}`);
    state.orders.plans.push({ times: 1, ...body } as unknown as OrderPlan);
  },
  /** How long orders without a plan take. */
  orderDelay: (state: State, { ms }: Body) => {
    state.orders.delayMs = Number(ms ?? 0);
  },
  /** Ends open or held orders with the next request, as planned; `becomes` overrides the plan. */
  finishOrders: (state: State, { becomes }: Body) => {
    for (const order of state.orders.orders)
      if (order.state === 'open' || order.state === 'held') {
        const wanted = becomes ?? (order.becomes === 'held' ? 'done' : order.becomes);
        Object.assign(order, { state: 'open', dueAt: 0, becomes: wanted });
      }
  },
  /** Every order placed, without refused ones. */
  orders: (state: State) => state.orders.orders,
});
