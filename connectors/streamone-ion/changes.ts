import { z } from 'zod';
import type { OrderState } from '../../domain/change.ts';
import { Failure } from '../../domain/failure.ts';
import type { Changes, Order, OrderAnswer } from '../contract.ts';
import { unclear } from '../http.ts';
import { ask, type IonContext } from './client.ts';
import { createCustomer, customerRecord, updateCustomer } from './customers.ts';
import type { IonCredentials, IonSettings } from './definition.ts';
import { ordersPage } from './pages.ts';
import { camel, idOfSubscription } from './wire.ts';

/**
 * Orders of an account's customers. A seat change is an `UPDATE` with the new total, auto-renewal its attribute, a new
 * subscription a `CREATE`. Customers are no orders: they are made and changed at once (contract §3, §13).
 */
const order = z.object({
  name: z.string().catch(''),
  orderId: z.coerce.string().optional(),
  referenceId: z.string().optional().catch(undefined),
  status: z.string().catch(''),
  errors: z.array(z.object({ code: z.string().optional() }).loose()).catch([]),
  orderItems: z
    .array(
      z
        .object({
          quantity: z.coerce.string().optional(),
          resourceId: z.string().min(1).optional().catch(undefined),
          status: z.string().optional(),
          errors: z.unknown(),
        })
        .loose(),
    )
    .catch([]),
});
type IonOrder = z.output<typeof order>;

const states: Record<string, OrderState> = {
  NEW: 'pending',
  CONFIRMED: 'pending',
  ON_HOLD: 'pending',
  IN_PROGRESS: 'pending',
  COMPLETED: 'done',
  ERROR: 'failed',
  CANCELED: 'failed',
  CANCELLED: 'failed',
};

const ordersOf = (customerId: string | null) => `customers/${encodeURIComponent(customerId ?? '-')}/orders`;

export const changes: Changes<IonSettings, IonCredentials> = {
  async place(context, wanted) {
    if (wanted.kind === 'create-customer') {
      const { id } = await createCustomer(context, customerRecord(wanted.wanted.customer!));
      return { operation: null, state: 'done', message: null, made: id };
    }
    if (wanted.kind === 'update-customer') {
      await updateCustomer(context, wanted.customerId!, customerRecord(wanted.wanted.customer!));
      return { operation: null, state: 'done', message: null };
    }
    const json = { referenceId: wanted.reference, orderItems: [await item(context, wanted)] };
    return answered(await ask(context, ordersOf(wanted.customerId), { method: 'POST', json, write: true }));
  },

  async status(context, { customerId }, operation) {
    return await ask(context, `${ordersOf(customerId)}/${encodeURIComponent(operation)}`, {}, answered);
  },

  findable: ['quantity', 'auto-renew', 'create'],

  /** Looks through the newest orders only: this one was placed moments ago. */
  async find(context, { customerId, reference }) {
    const query = new URLSearchParams({ pageSize: '100' });
    const listed = await ask(context, `${ordersOf(customerId)}?${query}`, {}, ordersPage);
    const known = listed.find((one) => references(one).includes(reference));
    return known === undefined ? null : answered(known);
  },
};

function references(json: unknown): (string | undefined)[] {
  const { referenceId, orderItems = [] } = order.safeParse(camel(json)).data ?? {};
  return [referenceId, ...orderItems.map((one) => one.referenceId as string | undefined)];
}

/** Sends back the ids of the subscription's own record; without them Ion cannot tell what the order is about. */
async function item(context: IonContext, order: Order) {
  const { kind, wanted, reference, domain } = order;
  const { resourceId, quantity, ...product } =
    recordIn(order.record) ?? (await subscriptionRecord(context, order.customerId!, order.subscriptionId));
  if (kind === 'create') {
    const attributes = [
      { name: 'renewalSetting', value: wanted.autoRenew === false ? 'auto-off' : 'auto-on' },
    ];
    if (domain) attributes.push({ name: 'domainName', value: domain });
    return {
      action: 'CREATE',
      referenceId: reference,
      ...product,
      quantity: Number(wanted.quantity),
      attributes,
    };
  }
  const attributes = [{ name: 'operations', value: 'updatesubscription' }];
  if (kind === 'auto-renew')
    attributes.push({ name: 'renewalSetting', value: wanted.autoRenew ? 'auto-on' : 'auto-off' });
  return {
    action: 'UPDATE',
    referenceId: reference,
    resourceId: resourceId ?? order.subscriptionId,
    ...product,
    quantity: Number(kind === 'quantity' ? wanted.quantity : quantity),
    attributes,
  };
}

const text = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);
const product = z.object({ productId: text, skuId: text, planId: text }).catch({});
const subscription = z.object({
  subscriptionId: text,
  ccpProductId: text,
  ccpSkuId: text,
  ccpPlanId: text,
  ccpProductInfo: product.optional(),
  subscriptionTotalLicenses: text,
});

/** The product data of the record as last listed; null if there is too little. */
function recordIn(record: unknown) {
  const read = record === null ? null : subscription.safeParse(camel(record));
  if (!read?.success) return null;
  const { ccpProductInfo: info = {}, ...found } = read.data;
  const product = {
    productId: found.ccpProductId ?? info.productId,
    skuId: found.ccpSkuId ?? info.skuId,
    planId: found.ccpPlanId ?? info.planId,
  };
  return product.productId && product.skuId && product.planId
    ? // The provider's own id, not Ion's number.
      { resourceId: found.subscriptionId, quantity: found.subscriptionTotalLicenses, ...product }
    : null;
}

async function subscriptionRecord(context: IonContext, customerId: string, id: string | null) {
  const path = `customers/${encodeURIComponent(customerId)}/subscriptions/${encodeURIComponent(id ?? '')}`;
  const record =
    id !== null &&
    (await ask(context, path, {}, (json) => {
      if (idOfSubscription(json) === id) return json;
      throw new Failure('bad-answer', 'Ion returned something other than the requested subscription.');
    }));
  const read = record ? recordIn(record) : null;
  if (read) return read;
  throw new Failure('bad-answer', 'Ion does not say which product this is; nothing was ordered.', {
    retryable: false,
  });
}

function answered(json: unknown): OrderAnswer {
  const read = order.safeParse(camel(json));
  // Ion accepted the order; only a search for it shows the result.
  if (!read.success || !(read.data.name || read.data.orderId)) throw unclear('Ion', 'an order');
  const { status, name, orderId, orderItems } = read.data;
  const state = states[status.trim().toUpperCase()] ?? 'pending';
  return {
    operation: orderId ?? (name.split('/').at(-1) || null),
    state,
    message: codesOf(read.data),
    made: orderItems[0]?.resourceId ?? null,
  };
}

/** Codes only: Ion's texts repeat the request. */
function codesOf({ errors, orderItems }: IonOrder): string | null {
  const nested = orderItems.flatMap((one) =>
    Array.isArray(one.errors) ? (one.errors as { code?: unknown }[]) : [],
  );
  const codes = [...errors, ...nested].flatMap(({ code }) => (typeof code === 'string' ? [code.trim()] : []));
  const known = codes.filter((code) => /^[\w-]{1,40}$/.test(code));
  return known.length > 0 ? [...new Set(known)].join(', ') : null;
}
