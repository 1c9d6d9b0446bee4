import { z } from 'zod';
import type { ChangeKind, OrderState } from '../../domain/change.ts';
import { Failure } from '../../domain/failure.ts';
import type { Changes, Order, OrderAnswer } from '../contract.ts';
import { ask } from './client.ts';
import type { StellrCredentials, StellrSettings } from './definition.ts';

/** Each change is a POST below the subscription, answered by an operation that is asked until it ends (contract §11). */
const actions: Partial<Record<ChangeKind, (order: Order) => { path: string; json: unknown }>> = {
  quantity: ({ wanted }) => ({ path: 'changeSeats', json: { quantity: Number(wanted.quantity) } }),
  cancel: () => ({ path: 'cancel', json: {} }),
  suspend: () => ({ path: 'suspend', json: {} }),
  activate: () => ({ path: 'activate', json: {} }),
};

const operation = z.object({
  data: z.object({
    operationId: z.union([z.string(), z.number()]).transform(String).nullish(),
    status: z.string().nullish(),
  }),
});

/** `done` may hide a vendor's error: only the subscription, read again, tells what became of it. */
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
    const action = actions[order.kind];
    if (!action) throw new Failure('invalid', `Stellr offers no way to do this (${order.kind}).`);
    const { path, json } = action(order);
    const customer = encodeURIComponent(order.customerId!);
    const below = `customers/${customer}/subscriptions/${encodeURIComponent(order.subscriptionId!)}`;
    const said = await ask(context, `${below}/${path}`, 'Manage Subscriptions', {
      method: 'POST',
      json,
      write: true,
    });
    const read = answered(said);
    // It was accepted, so what follows is to be seen on the subscription.
    return read ?? { operation: null, state: 'done', message: null };
  },

  async status(context, _order, operationId) {
    const path = `subscriptions/operations/${encodeURIComponent(operationId)}`;
    const read = answered(await ask(context, path, 'Get Operation Status'));
    if (!read) throw new Failure('bad-answer', 'Stellr answered an operation that cannot be read.');
    return { ...read, operation: operationId };
  },
};

function answered(json: unknown): OrderAnswer | null {
  const read = operation.safeParse(json);
  if (!read.success) return null;
  const { operationId, status } = read.data.data;
  return {
    operation: operationId ?? null,
    state: states[(status ?? '').trim().toLowerCase()] ?? 'pending',
    message: null,
  };
}
