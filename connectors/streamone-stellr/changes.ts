import { z } from 'zod';
import type { ChangeKind, OrderState } from '../../domain/change.ts';
import { Failure } from '../../domain/failure.ts';
import type { Changes, Order, OrderAnswer } from '../contract.ts';
import { unclear } from '../http.ts';
import { ask, BusinessFailure, type StellrContext } from './client.ts';
import type { StellrCredentials, StellrSettings } from './definition.ts';
import { recordIn } from './pages.ts';

/** Each change is a POST below the subscription; its answer names an operation to poll until it ends (contract §11). */
const actions: Partial<Record<ChangeKind, string>> = {
  quantity: 'changeSeats',
  cancel: 'cancel',
  suspend: 'suspend',
  activate: 'activate',
};

const product = z.object({
  data: z.object({
    productId: z.union([z.string(), z.number()]).nullish(),
    skuNo: z.union([z.string(), z.number()]).nullish(),
  }),
});

const operation = z.object({
  data: z.object({
    operationId: z.union([z.string(), z.number()]).transform(String).nullish(),
    subscriptionId: z.union([z.string(), z.number()]).transform(String).nullish().catch(null),
    status: z.string().nullish(),
  }),
});

/** `done` may hide a vendor's error: only reading the subscription again shows the result. */
const states: Record<string, OrderState> = {
  accepted: 'pending',
  pending: 'pending',
  processing: 'pending',
  done: 'done',
  completed: 'done',
  success: 'done',
  failed: 'failed',
  error: 'failed',
  rejected: 'failed',
};

export const changes: Changes<StellrSettings, StellrCredentials> = {
  async place(context, order) {
    if (order.kind === 'create-customer') return await makeCustomer(context, order);
    if (order.kind === 'create') return await makeSubscription(context, order);
    const action = actions[order.kind];
    if (!action) throw new Failure('invalid', `Stellr does not support this change (${order.kind}).`);
    const below = `customers/${encodeURIComponent(order.customerId!)}/subscriptions/${encodeURIComponent(order.subscriptionId!)}`;
    const json = order.kind === 'quantity' ? await seats(context, below, order) : {};
    const said = await ask(context, `${below}/${action}`, 'Manage Subscriptions', {
      method: 'POST',
      json,
      write: true,
    });
    // Accepted without an operation: the result shows on the subscription.
    return answered(said) ?? { operation: null, state: 'done', message: null };
  },

  async status(context, _order, operationId) {
    const path = `subscriptions/operations/${encodeURIComponent(operationId)}`;
    try {
      const read = await ask(context, path, 'Get Operation Status', {}, (json) => {
        const said = answered(json);
        if (said) return said;
        throw new Failure('bad-answer', 'Stellr returned an operation that cannot be read.');
      });
      return { ...read, operation: operationId };
    } catch (error) {
      // A failed operation reports its reason as an error with HTTP 200.
      if (!(error instanceof BusinessFailure) || error.details.status !== 200) throw error;
      return { operation: operationId, state: 'failed', message: null };
    }
  },
};

const madeCustomer = z.object({
  data: z.object({ customerNo: z.union([z.string().min(1), z.number()]).transform(String) }),
});

/** The body is not publicly documented; its names are those of the record (contract §5). */
async function makeCustomer(context: StellrContext, { wanted }: Order): Promise<OrderAnswer> {
  const { name, firstName, lastName, email, phone, address } = wanted.customer!;
  const json = {
    ...{ companyName: name, firstName, lastName, email, phone },
    ...{ address1: address?.line1, address2: address?.line2, city: address?.city, state: address?.state },
    ...{ zipCode: address?.postcode, country: address?.country?.toUpperCase() },
  };
  const request = { method: 'POST', json, write: true } as const;
  const read = madeCustomer.safeParse(await ask(context, 'cloud/customers', 'Create Customer', request));
  // The list shows whether it was made.
  if (!read.success) throw unclear('Stellr', 'a customer');
  return { operation: null, state: 'done', message: null, made: read.data.data.customerNo };
}

const sold = product.shape.data.extend({ vendorId: z.union([z.string(), z.number()]).nullish() });

/** With our reference as the reseller's purchase order number, which Stellr accepts only once. */
async function makeSubscription(context: StellrContext, order: Order): Promise<OrderAnswer> {
  const { productId, skuNo, vendorId } = sold.safeParse(order.record).data ?? {};
  if (productId == null && skuNo == null)
    throw new Failure('bad-answer', 'Stellr does not say which product this is; nothing was ordered.', {
      retryable: false,
    });
  const json = {
    resellerPoNo: order.reference,
    quantity: Number(order.wanted.quantity),
    ...(vendorId != null && { vendorId }),
    ...(productId != null && { productId }),
    ...(skuNo != null && { skuNo }),
  };
  const path = `customers/${encodeURIComponent(order.customerId!)}/subscriptions`;
  const request = { method: 'POST', json, write: true } as const;
  const said = await ask(context, path, 'Create Subscriptions', request);
  return answered(said) ?? { operation: null, state: 'done', message: null };
}

/** The resulting total; product and SKU as the subscription names them, which some plans require. */
async function seats(context: StellrContext, path: string, { wanted, record }: Order) {
  const listed = product.shape.data.safeParse(record).data;
  const { productId, skuNo } =
    listed?.productId != null && listed.skuNo != null
      ? listed
      : (product.shape.data.safeParse(await ask(context, path, 'Get Subscription Details', {}, recordIn))
          .data ?? {});
  return {
    quantity: Number(wanted.quantity),
    ...(productId != null && { productId }),
    ...(skuNo != null && { skuNo }),
  };
}

function answered(json: unknown): OrderAnswer | null {
  const read = operation.safeParse(json);
  if (!read.success) return null;
  const { operationId, subscriptionId, status } = read.data.data;
  return {
    operation: operationId ?? null,
    state: states[(status ?? '').trim().toLowerCase()] ?? 'pending',
    message: null,
    made: subscriptionId ?? null,
  };
}
