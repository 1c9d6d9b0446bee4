import { z } from 'zod';
import { achieved, type Base, type ChangeKind } from '../../domain/change.ts';
import { Failure } from '../../domain/failure.ts';
import type { Changes, Order, OrderAnswer } from '../contract.ts';
import { ask, type Context } from './client.ts';
import { createCustomer, updateCustomer } from './customers.ts';
import type { Credentials, Settings } from './definition.ts';
import { findOrder, orderStatus, placeOrder } from './orders.ts';
import { readListed } from './wire.ts';

/**
 * A new licence is an order, a customer is created and changed at once; each other change is a PUT below the licence.
 * Success is an empty answer without a reference, and the work continues asynchronously: it is finished when the
 * licence's `message` is empty again (contract §10).
 */
const actions: Partial<Record<ChangeKind, (order: Order) => { path: string; json: unknown }>> = {
  quantity: ({ wanted }) => ({ path: 'seats', json: { seats: Number(wanted.quantity) } }),
  cancel: () => ({ path: 'cancel', json: {} }),
  suspend: () => ({ path: 'suspend', json: {} }),
  activate: () => ({ path: 'reactivate', json: {} }),
  'auto-renew': ({ wanted }) => ({
    path: `autorenew/${wanted.autoRenew ? 'reactivate' : 'cancel'}`,
    json: {},
  }),
};

const licence = z.object({
  data: z.union([
    z.object({ license: z.looseObject({}) }).transform(({ license }) => license),
    z.object({ licenses: z.array(z.looseObject({})).min(1) }).transform(({ licenses }) => licenses[0]!),
  ]),
});

const pathOf = ({ subscriptionId }: Order) => `/licenses/${encodeURIComponent(subscriptionId!)}`;

export const changes: Changes<Settings, Credentials> = {
  async place(context, order) {
    if (order.kind === 'create') return await placeOrder(context, order);
    if (order.kind === 'create-customer') return await createCustomer(context, order);
    if (order.kind === 'update-customer') return await updateCustomer(context, order);
    const action = actions[order.kind];
    if (!action) throw new Failure('invalid', `ArrowSphere does not support this change (${order.kind}).`);
    const { path, json } = action(order);
    await ask(context, 'the change', { method: 'PUT', path: `${pathOf(order)}/${path}`, json, write: true });
    return answer(order, 'pending');
  },

  async status(context, order, operation) {
    if (order.kind === 'create') return await orderStatus(context, operation);
    const { said, seen } = await read(context, order);
    if (achieved(order.kind, order.wanted, seen)) return answer(order, 'done');
    // The message texts are not documented: one that mentions a failure ends the change, any other means it is running.
    // Without a message it has finished with another result, which the next listing shows.
    if (/fail|error|refus|reject|denied|not possible/i.test(said)) return answer(order, 'failed');
    return answer(order, said ? 'pending' : 'partial');
  },

  findable: ['create'],
  find: findOrder,
};

/** ArrowSphere returns no operation id: the licence itself is polled. */
const answer = ({ reference }: Order, state: OrderAnswer['state']): OrderAnswer => ({
  operation: reference,
  state,
  message: null,
});

async function read(context: Context, order: Order): Promise<{ said: string; seen: Base }> {
  const parsed = licence.safeParse(await ask(context, 'the licence', { path: pathOf(order) }));
  const raw = parsed.success ? parsed.data.data : null;
  const listed = raw && readListed(raw);
  if (!raw || !listed || !('row' in listed))
    throw new Failure('bad-answer', 'ArrowSphere returned a licence that cannot be read.');
  const { quantity, status, autoRenew } = listed.row;
  const { message } = raw as { message?: unknown };
  return {
    said: typeof message === 'string' ? message.trim() : '',
    seen: { quantity, status, autoRenew },
  };
}
