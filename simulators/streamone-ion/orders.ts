import type { SimRequest, SimResponse } from '../harness.ts';
import { halfway, type Order, placeOrder, settleOrders } from '../orders.ts';
import { readBody } from './customers.ts';
import { param, tokenPage } from './listings.ts';
import { iso, subscriptionRecord } from './records.ts';
import { fail, missing } from './replies.ts';
import {
  addSubscription,
  type IonState,
  type OrderChange,
  type OrderItem,
  type SubscriptionRow,
  touch,
  type Wire,
} from './state.ts';

/** Orders that came over the API, newest first, and behind them one for each of the first subscriptions held. */
type Params = Record<string, string>;
type Placed = Order<OrderChange>;

/** Carries out what is due; every answer of the API shows the account after it. */
export function settle(state: IonState): void {
  const ended = settleOrders(state.orders, state.clock(), ({ change }, share) => {
    const { items } = change;
    const wanted = share === 1 || items.length === 1 ? items : items.slice(0, Math.ceil(items.length / 2));
    const refusal = wanted.map((item) => refusalOf(state, change.customerId, item)).find(Boolean);
    if (refusal) return refusal.detail;
    for (const item of items) item.status = 'ERROR';
    for (const item of wanted) carryOut(state, change.customerId, item, items.length === 1 ? share : 1);
    return undefined;
  });
  for (const { state: end, change } of ended)
    if (end === 'failed') for (const item of change.items) item.status = 'ERROR';
  if (ended.length) touch(state);
}

function carryOut(state: IonState, customerId: string, item: OrderItem, share: 1 | 0.5): void {
  item.status = 'ACTIVE';
  if (item.action === 'CREATE') {
    const { productId, skuId, planId, quantity } = item;
    const own = { ccpProductId: productId, ccpSkuId: skuId, ccpPlanId: planId };
    const row = addSubscription(state, customerId, { ...own, ...renewal(item) });
    const { product, cycle, term } = likeOf(state, item)?.holding ?? row.holding;
    const made = { product, cycle, term, quantity: halfway(0, quantity, share), startedDaysAgo: 0 };
    row.holding = { ...row.holding, ...made };
    item.resourceId = String(subscriptionRecord(state, row).subscriptionId);
    return;
  }
  const row = rowOf(state, customerId, item)!;
  const had = Number(subscriptionRecord(state, row).subscriptionTotalLicenses ?? 0);
  row.holding = { ...row.holding, quantity: halfway(had, item.quantity, share) };
  delete row.own.subscriptionTotalLicenses;
  Object.assign(row.own, renewal(item));
  row.updatedAt = state.clock();
}

/** What the plan sells, as somebody in the account has it. */
const likeOf = (state: IonState, { productId, skuId, planId }: OrderItem) =>
  state.subscriptions.find((row) => {
    const record = subscriptionRecord(state, row);
    return record.ccpProductId === productId && record.ccpSkuId === skuId && record.ccpPlanId === planId;
  });

const attribute = (item: OrderItem, name: string) => item.attributes.find((one) => one.name === name)?.value;

function renewal(item: OrderItem): Wire {
  const setting = attribute(item, 'renewalSetting');
  if (setting === undefined) return {};
  const on = setting === 'auto-on';
  return { autoRenew: on, subscriptionRenewStatus: on ? 'ENABLED' : 'DISABLED' };
}

const rowOf = (state: IonState, customerId: string, { resourceId }: OrderItem): SubscriptionRow | undefined =>
  state.subscriptionsOf
    .get(customerId)
    ?.find((row) => subscriptionRecord(state, row).subscriptionId === resourceId);

export function createOrder(req: SimRequest, state: IonState, { customer }: Params): SimResponse {
  if (!state.customerById.has(customer!))
    return missing(state, `accounts/${state.settings.accountId}/customers/${customer}`);
  const body = readBody(req.text);
  const sent = body?.orderItems;
  if (!Array.isArray(sent) || sent.length === 0)
    return invalid(
      state,
      'COMM-VL-001 ',
      "The 'orderItems' attribute must be present in the 'order' object.",
    );
  const items: OrderItem[] = [];
  for (const raw of sent as Wire[]) {
    const item = { attributes: [], ...raw, status: 'IN_PROGRESS' } as unknown as OrderItem;
    const refusal =
      shapeOf(raw) ?? (state.settings.refuse === 'now' ? refusalOf(state, customer!, item) : undefined);
    if (refusal) return invalid(state, refusal.code, refusal.detail);
    items.push(item);
  }
  const reference = String(body!.referenceId ?? '');
  const twin = reference && state.orders.orders.some((order) => order.reference === reference);
  if (twin && state.settings.duplicateReference === 'refuse')
    return fail(state, 409, 'ALREADY_EXISTS', `an order with reference '${reference}' exists`);
  const target = rowOf(state, customer!, items[0]!)?.id ?? '';
  const change = { customerId: customer!, displayName: String(body!.displayName ?? ''), items };
  const order = placeOrder(state.orders, { target, reference, change }, state.clock());
  settle(state);
  return { status: 200, body: orderRecord(state, order) };
}

interface Refusal {
  code: string;
  detail: string;
}

/** What the specification says of the request's shape; one of its codes has a space behind it. */
function shapeOf(item: Wire): Refusal | undefined {
  const lacking = ['action', 'productId', 'skuId', 'planId', 'quantity'].find(
    (key) => item[key] === undefined,
  );
  if (lacking)
    return {
      code: 'COMM-VL-001 ',
      detail: `The '${lacking}' attribute must be present in the 'order.orderItem' object.`,
    };
  if (item.action !== 'CREATE' && item.action !== 'UPDATE')
    return {
      code: 'COMM-VL-002',
      detail:
        "The 'order.orderItem.action' must be equal to one of the allowed values: ['CREATE', 'UPDATE'].",
    };
  if (item.action === 'UPDATE' && !item.resourceId)
    return {
      code: 'COMM-VL-003',
      detail:
        "The 'resourceId' attribute must be present in the 'order.orderItem' object when 'action' is 'UPDATE'.",
    };
  return undefined;
}

/** What the vendor says of it. Only MSFT_CR_033 is known by name. */
function refusalOf(state: IonState, customerId: string, item: OrderItem): Refusal | undefined {
  const { minQuantity, maxQuantity, decreaseWindow } = state.settings;
  const refuse = (code: string, detail: string) => ({ code, detail });
  if (!Number.isInteger(item.quantity) || item.quantity < minQuantity || item.quantity > maxQuantity)
    return refuse('MSFT_CR_101', `The quantity must be from ${minQuantity} to ${maxQuantity}.`);
  if (item.action === 'CREATE')
    return attribute(item, 'renewalSetting')
      ? undefined
      : refuse('MSFT_CR_033', 'renewalSetting is required.');
  if (attribute(item, 'operations') !== 'updatesubscription')
    return refuse('COMM-VL-002', "The 'operations' attribute is not one of the allowed values.");
  const row = rowOf(state, customerId, item);
  if (!row) return refuse('MSFT_CR_102', `The subscription ${item.resourceId} was not found.`);
  const record = subscriptionRecord(state, row);
  const { ccpProductId, ccpSkuId, ccpPlanId } = record;
  if (item.productId !== ccpProductId || item.skuId !== ccpSkuId || item.planId !== ccpPlanId)
    return refuse('MSFT_CR_103', 'Product, SKU or plan is not that of the subscription.');
  if (record.subscriptionStatus !== 'active')
    return refuse('MSFT_CR_104', `The subscription is ${record.subscriptionStatus}.`);
  const fewer = item.quantity < Number(record.subscriptionTotalLicenses ?? 0);
  const closed = state.clock() >= Date.parse(String(record.cancellationAllowedUntilDate));
  return fewer && decreaseWindow && closed
    ? refuse('MSFT_CR_105', 'Licenses can be reduced before cancellationAllowedUntilDate or at the renewal.')
    : undefined;
}

/** HTTP 400 with a code of its own, 3, and the reasons inside. */
function invalid(state: IonState, code: string, detail: string): SimResponse {
  const message = 'BAD_REQUEST: Invalid provisioning data';
  const requestId = `ion-${(++state.requests).toString(16).padStart(6, '0')}`;
  const details = [
    { '@type': 'type.googleapis.com/v3orberrors.ErrorBody', requestId, errors: [{ code, detail }] },
  ];
  return { status: 400, body: { error: message, message, code: 3, details } };
}

/** Only what has not begun can be taken back. */
export function cancelOrder(_: SimRequest, state: IonState, { customer, order: id }: Params): SimResponse {
  const order = state.orders.orders.find(
    ({ number, change }) => String(number) === id && change.customerId === customer,
  );
  if (!order)
    return missing(state, `accounts/${state.settings.accountId}/customers/${customer}/orders/${id}`);
  if (!['NEW', 'ON_HOLD'].includes(statusOf(state, order)))
    return fail(
      state,
      400,
      'INVALID_ARGUMENT',
      `an order in status ${statusOf(state, order)} cannot be cancelled`,
    );
  order.state = 'cancelled';
  return { status: 200, body: orderRecord(state, order) };
}

export function listOrders(req: SimRequest, state: IonState, { customer = '-' }: Params): SimResponse {
  const status = param(req.query, 'status');
  const newest = state.orders.orders
    .toReversed()
    .map((order) => [order.change.customerId, orderRecord(state, order)] as const);
  const held = state.subscriptions
    .slice(0, ordersKept)
    .map((row) => [row.customerId, heldOrder(state, row)] as const);
  const rows = [...newest, ...held]
    .filter(
      ([owner, order]) => (customer === '-' || owner === customer) && (!status || order.status === status),
    )
    .map(([, order]) => order);
  if (param(req.query, 'sortOrder') === 'ASC') rows.reverse();
  return tokenPage(req.query, state, 'orders', rows, (order) => order, `${customer} ${status}`);
}

export function getOrder(_: SimRequest, state: IonState, { customer, order: id }: Params): SimResponse {
  const placed = state.orders.orders.find(({ number }) => String(number) === id);
  const row = state.subscriptionById.get(String(Number(id) + orderShift));
  const owner = placed?.change.customerId ?? row?.customerId;
  if (!owner || (customer !== '-' && owner !== customer))
    return missing(state, `accounts/${state.settings.accountId}/customers/${customer}/orders/${id}`);
  return { status: 200, body: placed ? orderRecord(state, placed) : heldOrder(state, row!) };
}

function statusOf(state: IonState, { state: at, placedAt, dueAt }: Placed): string {
  const ends = {
    held: 'ON_HOLD',
    done: 'COMPLETED',
    partly: 'COMPLETED',
    failed: 'ERROR',
    cancelled: 'CANCELED',
  };
  if (at !== 'open') return ends[at];
  return state.clock() - placedAt < (dueAt - placedAt) / 4 ? 'NEW' : 'IN_PROGRESS';
}

function orderRecord(state: IonState, order: Placed): Wire {
  const { customerId, displayName, items } = order.change;
  const name = `accounts/${state.settings.accountId}/customers/${customerId}/orders/${order.number}`;
  const errors =
    order.state === 'failed' ? [{ code: 'MSFT_CR_900', detail: order.message, sourceName: 'AZURE' }] : [];
  return {
    name,
    ...(order.reference && { referenceId: order.reference }),
    displayName,
    status: statusOf(state, order),
    currencyCode: state.settings.currency,
    createTime: iso(order.placedAt),
    updateTime: iso(order.state === 'open' ? order.placedAt : Math.max(order.placedAt, order.dueAt)),
    ...(errors.length && { errors }),
    orderItems: items.map((item, index) => ({
      ...item,
      name: `${name}/orderItems/${order.number}${index}`,
      ...(item.status === 'ERROR' && { errors }),
      ...(order.state === 'partly' && { additionalInformation: order.message }),
    })),
  };
}

const ordersKept = 40;
const statuses = ['COMPLETED', 'NEW', 'ON_HOLD', 'IN_PROGRESS'];
/** Order ids follow subscription ids at a distance, so that neither is taken for the other. */
const orderShift = 800_000;

function heldOrder(state: IonState, row: SubscriptionRow): Wire {
  const record = subscriptionRecord(state, row);
  const id = Number(row.id) - orderShift;
  const name = `accounts/${state.settings.accountId}/customers/${row.customerId}/orders/${id}`;
  const item = {
    name: `${name}/orderItems/${id}`,
    action: 'CREATE',
    resourceId: record.subscriptionId,
    productId: record.ccpProductId,
    skuId: record.ccpSkuId,
    planId: record.ccpPlanId,
    quantity: row.holding.quantity,
    providerName: 'AZURE',
    price: record.price,
    // A new tenant's login, in plain text, as the service returns it.
    attributes: [
      { name: 'userName', value: `admin@${row.holding.company.domain}` },
      { name: 'password', value: `Tenant-${id}-secret` },
    ],
    status: 'ACTIVE',
  };
  return {
    name,
    referenceId: `ref-${id}`,
    displayName: record.subscriptionName,
    status: statuses[id % statuses.length],
    currencyCode: state.settings.currency,
    total: record.total,
    createTime: record.subscriptionPurchasedDate,
    orderItems: [item],
  };
}
