import type { SimRequest, SimResponse } from '../harness.ts';
import { halfway, type Order, openOrder, placeOrder, settleOrders } from '../orders.ts';
import { subscriptionRecord, termEnd } from './records.ts';
import { fail, refuse, single } from './replies.ts';
import {
  addSubscription,
  type StellrChange,
  type StellrState,
  type SubscriptionRow,
  type Wire,
} from './state.ts';

/** Writes answer with an operation; what became of it shows the operation, and truly only the subscription. */
type Params = Record<string, string>;
type Action = StellrChange['action'];

export function settle(state: StellrState): void {
  settleOrders(state.orders, state.clock(), ({ change, target }, share) => {
    if (change.action === 'create') return void create(state, change, share);
    const row = state.subscriptionById.get(target);
    const refusal = row ? refusalOf(state, row, change) : 'The subscription is gone.';
    if (refusal) return refusal;
    carryOut(row!, change, share);
    return undefined;
  });
}

function carryOut(row: SubscriptionRow, { action, quantity, decision }: StellrChange, share: 1 | 0.5): void {
  if (action === 'changeSeats') {
    const had = Number(row.own.quantity ?? row.holding.quantity);
    row.holding = { ...row.holding, quantity: halfway(had, quantity!, share) };
    delete row.own.quantity;
  } else if (action === 'renew') row.decision = decision!;
  else {
    row.holding = { ...row.holding, state: after[action as keyof typeof after] };
    delete row.own.status;
  }
}

const after = { cancel: 'cancelled', suspend: 'suspended', activate: 'active', reactive: 'active' } as const;
const startsFrom: Partial<Record<Action, readonly string[]>> = {
  changeSeats: ['active'],
  cancel: ['active', 'suspended'],
  suspend: ['active'],
  activate: ['suspended'],
  reactive: ['cancelled', 'suspended'],
  renew: ['active'],
};

function create(state: StellrState, { customerNo, items }: StellrChange, share: 1 | 0.5): void {
  for (const { quantity, ...own } of items ?? []) {
    const like = state.subscriptions.find(
      (one) => String(subscriptionRecord(state, one).skuNo) === String(own.skuNo),
    );
    const row = addSubscription(state, customerNo, own);
    const { product, cycle, term } = like?.holding ?? row.holding;
    const made = {
      product,
      cycle,
      term,
      quantity: halfway(0, Number(quantity ?? 1), share),
      startedDaysAgo: 0,
    };
    row.holding = { ...row.holding, ...made };
  }
}

/** The first seven days of the running term; a month-to-month plan may be changed at any time. */
function windowEnd({ holding, own }: SubscriptionRow): number {
  const given = Date.parse(String(own.cancellationDeadline ?? ''));
  if (!Number.isNaN(given)) return given;
  if (holding.term === 'P1M') return Number.POSITIVE_INFINITY;
  return termEnd(holding, -1) + 8 * day;
}

function refusalOf(state: StellrState, row: SubscriptionRow, change: StellrChange): string | undefined {
  const { minQuantity, maxQuantity, windows } = state.settings;
  const { action, quantity } = change;
  if (!startsFrom[action]!.includes(row.holding.state)) return `The subscription is ${row.holding.state}.`;
  const closed = windows && state.clock() >= windowEnd(row);
  if (action === 'cancel' && closed) return 'The cancellation window has ended.';
  if (action !== 'changeSeats') return undefined;
  if (!Number.isInteger(quantity) || quantity! < minQuantity || quantity! > maxQuantity)
    return `The quantity must be from ${minQuantity} to ${maxQuantity}.`;
  const fewer = quantity! < Number(row.own.quantity ?? row.holding.quantity);
  return fewer && closed ? 'Seats can be reduced at the renewal.' : undefined;
}

export function changeSubscription(action: Action) {
  return (req: SimRequest, state: StellrState, { customer, id }: Params): SimResponse => {
    const row = state.subscriptionById.get(id!);
    if (!row || row.customerNo !== customer)
      return fail(404, 'SUBSCRIPTION_NOT_FOUND', `Subscription ${id} was not found`);
    const body = parse(req.text);
    if (!body) return fail(400, 'INVALID_REQUEST', 'The body is not a JSON object');
    const change: StellrChange = { action, customerNo: row.customerNo };
    if (action === 'changeSeats') {
      const { productId, skuNo } = subscriptionRecord(state, row);
      if (body.productId !== productId || String(body.skuNo) !== String(skuNo))
        return fail(400, 'INVALID_REQUEST', 'productId and skuNo must be those of the subscription');
      change.quantity = body.quantity as number;
    }
    if (action === 'renew') {
      if (body.decision !== 'ACCEPT' && body.decision !== 'REJECT')
        return fail(400, 'INVALID_REQUEST', 'decision must be ACCEPT or REJECT');
      change.decision = body.decision;
    }
    if (openOrder(state.orders, row.id))
      return refuse(state, 'Another operation is running on the subscription.');
    const refusal = state.settings.refuse === 'late' ? undefined : refusalOf(state, row, change);
    if (refusal) return refuse(state, refusal);
    return accepted(state, row.id, change);
  };
}

/** New subscriptions, one or a batch, under a purchase order number of the reseller's own. */
export function createSubscriptions(req: SimRequest, state: StellrState, { customer }: Params): SimResponse {
  const body = parse(req.text);
  if (!state.customerByNo.has(customer!))
    return fail(404, 'CUSTOMER_NOT_FOUND', `Customer ${customer} was not found`);
  const { resellerPoNo, subscriptions, ...one } = body ?? {};
  if (!resellerPoNo) return fail(400, 'INVALID_REQUEST', 'resellerPoNo is required');
  const reference = String(resellerPoNo);
  const twin = state.orders.orders.find((order) => order.reference === reference);
  if (twin && state.settings.duplicatePo === 'refuse')
    return refuse(state, `Duplicate PO number: ${reference} was used for operation ${operationId(twin)}`);
  const items = (Array.isArray(subscriptions) ? subscriptions : [one]) as Wire[];
  return accepted(state, '', { action: 'create', customerNo: customer!, items }, reference);
}

function accepted(state: StellrState, target: string, change: StellrChange, reference = ''): SimResponse {
  const order = placeOrder(state.orders, { target, reference, change }, state.clock());
  settle(state);
  return single({ operationId: operationId(order), status: 'accepted' });
}

const operationId = ({ number }: Order<StellrChange>) => `op-${number}`;

/** "done" may hide that the vendor refused. */
export function getOperation(_: SimRequest, state: StellrState, { operation }: Params): SimResponse {
  const order = state.orders.orders.find((one) => operationId(one) === operation);
  if (!order) return fail(404, 'OPERATION_NOT_FOUND', `Operation ${operation} was not found`);
  const { change, target, message, state: at } = order;
  const nested = state.settings.operationFailures === 'nested';
  const status = {
    open: 'processing',
    held: 'pending',
    done: 'done',
    partly: 'done',
    failed: nested ? 'done' : 'failed',
    cancelled: 'failed',
  }[at];
  const bad = at === 'failed' || at === 'partly';
  return single({
    operationId: operation,
    operationType: change.action,
    ...(target && { subscriptionId: target }),
    status,
    errorMessage: bad && !nested ? message : null,
    ...(bad && nested && { vendorResponse: { ErrorMessage: message, ErrorDetail: 'vendor' } }),
  });
}

export function renewalOptions(_: SimRequest, state: StellrState, { customer, id }: Params): SimResponse {
  const row = state.subscriptionById.get(id!);
  if (!row || row.customerNo !== customer)
    return fail(404, 'SUBSCRIPTION_NOT_FOUND', `Subscription ${id} was not found`);
  const { productId, skuNo, productName, quantity, unitPrice, customerPrice, currency } = subscriptionRecord(
    state,
    row,
  );
  const prices = state.renewalPrices.get(String(skuNo)) ?? { unitPrice, customerPrice };
  const option = { productId, skuNo, productName, quantity, ...prices, currency, current: true };
  return single({
    subscriptionId: row.id,
    renewalDate: new Date(termEnd(row.holding) + day).toISOString().slice(0, 10),
    decision: row.decision,
    options: row.oneTime ? [] : [option],
  });
}

const day = 86_400_000;

export function parse(text: string): Wire | undefined {
  try {
    const value = text ? JSON.parse(text) : {};
    return value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
