import { z } from 'zod';
import type { OrderState } from '../../domain/change.ts';
import { Failure } from '../../domain/failure.ts';
import type { Order, OrderAnswer } from '../contract.ts';
import { unclear } from '../http.ts';
import { ask, type Context } from './client.ts';
import { unreadable } from './pages.ts';

/** New licences: an order with our reference as its number, polled until it is fulfilled (contract §4.5, §10). */
const text = z.string().catch('');
const order = z.object({
  reference: z.string().min(1),
  status: text,
  ponumber: z.string().nullish().catch(null),
  poNumber: z.string().nullish().catch(null),
  PO_number: z.string().nullish().catch(null),
  products: z
    .array(
      z.object({
        status: text,
        license: z
          .object({ reference: z.string().min(1) })
          .nullish()
          .catch(null),
      }),
    )
    .catch([]),
});
const listed = z.object({ data: z.object({ orders: z.array(z.unknown()) }) });
const placed = z.object({ data: z.object({ reference: z.string().min(1) }) });

const licence = z.object({
  price: z.object({ priceBandArrowsphereSku: z.string().min(1) }),
  associatedSubscriptionProgram: z.string().min(1).optional().catch(undefined),
});

export async function placeOrder(
  context: Context,
  { wanted, customerId, reference, record }: Order,
): Promise<OrderAnswer> {
  const like = licence.safeParse((record as { license?: unknown } | null)?.license ?? record);
  if (!like.success)
    throw new Failure('bad-answer', 'ArrowSphere does not say which product this is; nothing was ordered.', {
      retryable: false,
    });
  const { priceBandArrowsphereSku: sku } = like.data.price;
  const program = like.data.associatedSubscriptionProgram ?? sku.split('_')[0]!;
  const product = {
    arrowSpherePriceBandSku: sku,
    quantity: Number(wanted.quantity),
    subscription: { reference: await enrolment(context, program) },
    autoRenew: wanted.autoRenew ?? true,
  };
  const json = { customer: { reference: customerId, ponumber: reference }, products: [product] };
  const request = { method: 'POST', path: '/orders', json, write: true } as const;
  const read = placed.safeParse(await ask(context, 'the order', request));
  // ArrowSphere accepted the order; only a search for it shows the result.
  if (!read.success) throw unclear('ArrowSphere', 'an order');
  return { operation: read.data.data.reference, state: 'pending', message: null };
}

const enrolments = z.object({
  data: z.array(
    z
      .object({ reference: z.string().min(1), name: text, status: text })
      .nullable()
      .catch(null),
  ),
});

/** The reseller's enrolment in the vendor's program, which every order must name. */
async function enrolment(context: Context, program: string): Promise<string> {
  const what = 'your program enrolments';
  const listed = await ask(context, what, { path: '/subscriptions' }, (json) => {
    const read = enrolments.safeParse(json);
    if (!read.success) throw unreadable(what);
    return read.data.data;
  });
  const found = listed.find((one) => one?.name === program && /^(validated|active)$/i.test(one.status));
  if (found) return found.reference;
  throw new Failure('invalid', `This account has no validated enrolment in the program ${program}.`, {
    remedy: 'Enrol in it in the ArrowSphere portal, then ask again. Nothing was ordered.',
  });
}

export async function orderStatus(context: Context, operation: string): Promise<OrderAnswer> {
  const path = `/orders/${encodeURIComponent(operation)}`;
  const [found] = await ask(context, 'the order', { path }, ordersIn);
  if (!found) throw new Failure('bad-answer', 'ArrowSphere returned an order that cannot be read.');
  return answer(found);
}

/** Searches the customer's orders for the purchase order number. */
export async function findOrder(
  context: Context,
  { customerId, reference }: Order,
): Promise<OrderAnswer | null> {
  const path = `/customers/${encodeURIComponent(customerId!)}/orders`;
  const orders = await ask(context, "the customer's orders", { path }, ordersIn);
  const found = orders.find(({ ponumber, poNumber, PO_number }) =>
    [ponumber, poNumber, PO_number].includes(reference),
  );
  return found ? answer(found) : null;
}

/** An answer without a list does not say that there is no such order. */
function ordersIn(json: unknown) {
  const read = listed.safeParse(json);
  if (!read.success) throw unreadable('orders');
  return read.data.data.orders.flatMap((one) => order.safeParse(one).data ?? []);
}

function answer({ reference, status, products }: z.output<typeof order>): OrderAnswer {
  const words = [status, ...products.map((one) => one.status)];
  const state: OrderState = words.some((word) => failed.test(word))
    ? 'failed'
    : done.test(status) || (products.length > 0 && products.every((one) => done.test(one.status)))
      ? 'done'
      : 'pending';
  return { operation: reference, state, message: null, made: products[0]?.license?.reference ?? null };
}

/** Any status that is not final counts as "not finished", including unknown ones. */
const done = /^(fulfilled|provisioned)$/i;
const failed = /^(not accepted|transfer failed|cancell?ed|archived|internal error|external error)$/i;
