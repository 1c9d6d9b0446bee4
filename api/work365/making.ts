import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeRow, getChange } from '../../db/changes/changes.ts';
import { customerFieldsOf, madeBy } from '../../db/changes/customers.ts';
import type { Sql } from '../../db/client.ts';
import {
  type Provider,
  readCustomers,
  readSubscriptions,
  servedCustomerId,
} from '../../db/ledger/work365.ts';
import type { Actor } from '../../domain/actor.ts';
import { type CustomerFields, sameFields } from '../../domain/change.ts';
import { chooseProduct } from '../choose-product.ts';
import type { Context } from '../context.ts';
import { Problem } from '../problem.ts';
import { requestChange } from '../request-change.ts';
import { customerFields, idOfModel, orderedSubscription } from './models.ts';
import { customerRecord, isTold, subscriptionRecord } from './records.ts';

/**
 * What Work 365 creates. If it is created while the caller waits, the answer is the record. Otherwise it is 202 and the
 * model under the request's id, which names the customer or subscription once that exists.
 */
export interface Made {
  status: 200 | 202;
  record: Record<string, unknown>;
}

/** How long a caller waits for something that needs no approval. */
const patienceMs = 20_000;

export async function makeCustomer(context: Context, provider: Provider, body: unknown): Promise<Made> {
  const customer = customerFields(body);
  if (!customer.name) throw new Problem('invalid-request', 'The customer has no name.');
  let asked: ChangeRow;
  try {
    asked = await ask(context, provider, { kind: 'create-customer', wanted: { customer } });
  } catch (error) {
    // It exists already: return it, so that a repeated request creates no second one.
    const there = error instanceof Problem ? error.members.customerId : undefined;
    if (typeof there !== 'string') throw error;
    const record = await customerNow(context.db.sql, provider, there);
    if (!record) throw error;
    return { status: 200, record };
  }
  const ended = await awaited(context, asked);
  const record = ended.state === 'done' && (await customerNow(context.db.sql, provider, ended.customerId!));
  return record ? { status: 200, record } : { status: 202, record: pending(body, ended) };
}

/** Work 365 sends the whole model, so only what differs from the ledger is a change. null: the id is unknown. */
export async function changeCustomer(
  context: Context,
  provider: Provider,
  id: string | undefined,
  body: unknown,
): Promise<Record<string, unknown> | null> {
  const { sql } = context.db;
  const given = id ?? idOfModel(body);
  if (given === undefined) throw new Problem('invalid-request', 'The customer has no id.');
  const customerId = await customerOf(sql, provider, given);
  const now = customerId && (await customerFieldsOf(sql, provider.sourceId, customerId));
  if (!now) return null;
  const customer = Object.fromEntries(
    Object.entries(customerFields(body)).filter(([name, value]) => !sameFields({ [name]: value }, now)),
  ) as CustomerFields;
  if (Object.keys(customer).length > 0)
    await awaited(
      context,
      await ask(context, provider, { kind: 'update-customer', customerId, wanted: { customer } }),
    );
  return await customerNow(sql, provider, customerId);
}

export async function makeSubscription(context: Context, provider: Provider, body: unknown): Promise<Made> {
  const { sql } = context.db;
  const {
    customerId: given,
    partNumber,
    quantity,
    billingCycle,
    currency,
    autoRenew,
  } = orderedSubscription(body);
  if (!given || !partNumber || quantity === null)
    throw new Problem(
      'invalid-request',
      'A new subscription needs a customer, a part number and a quantity.',
    );
  const customerId = await customerOf(sql, provider, given);
  if (customerId === null) throw new Problem('not-found', 'The customer is unknown.');
  const product = await chooseProduct(sql, provider.sourceId, { partNumber, billingCycle, currency });
  const wanted = {
    quantity,
    product,
    ...(autoRenew !== undefined && { autoRenew }),
    ...(currency !== undefined && { currency }),
  };
  const ended = await awaited(context, await ask(context, provider, { kind: 'create', customerId, wanted }));
  const made = ended.state === 'done' && ended.subscriptionId;
  const record = made && (await subscriptionNow(sql, provider, customerId, made));
  // It exists but must not be billed yet.
  return record ? { status: 200, record } : { status: 202, record: { ...pending(body, ended), status: 2 } };
}

/** The distributor's customer for an id of the contract: its own id, or that of the request that created it. */
export async function customerOf(sql: Sql, provider: Provider, given: string): Promise<string | null> {
  const own = await servedCustomerId(sql, provider, given);
  return (
    own ??
    (isRequest.test(given) ? ((await madeBy(sql, provider.integrationId, given))?.customerId ?? null) : null)
  );
}

/** The same for a subscription; an unknown id stays unchanged. */
export async function subscriptionIdOf(
  sql: Sql,
  { integrationId }: Provider,
  given: string,
): Promise<string> {
  const made = isRequest.test(given) ? await madeBy(sql, integrationId, given) : null;
  return made?.subscriptionId ?? given;
}

const isRequest = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const by = ({ connectionId }: Provider): Actor => ({ kind: 'key', name: 'Work 365', id: connectionId });

type Request = Omit<Parameters<typeof requestChange>[1], 'integrationId' | 'subscriptionId' | 'by'>;

const ask = (context: Context, provider: Provider, request: Request) =>
  requestChange(context, {
    integrationId: provider.integrationId,
    subscriptionId: null,
    ...request,
    by: by(provider),
  });

/** The change once it has ended, waits for approval, or takes longer than a caller waits. Throws what forbade it. */
async function awaited({ db }: Context, asked: ChangeRow): Promise<ChangeRow> {
  const until = Date.now() + patienceMs;
  for (let row = asked; ; row = (await getChange(db.sql, asked.id)) ?? asked) {
    if (row.state === 'refused' || row.state === 'failed')
      throw new Problem('not-applicable', row.message ?? 'The distributor did not carry it out.');
    if (['waiting', 'done', 'ambiguous'].includes(row.state) || Date.now() > until) return row;
    await sleep(250);
  }
}

/** The model as sent, under the request's id. */
const pending = (body: unknown, { id }: ChangeRow): Record<string, unknown> => ({
  ...(body as Record<string, unknown>),
  id,
});

async function customerNow(sql: Sql, provider: Provider, id: string) {
  const { rows } = await readCustomers(sql, provider, id);
  return rows.map(customerRecord)[0] ?? null;
}

async function subscriptionNow(sql: Sql, provider: Provider, customerId: string, id: string) {
  const { rows } = await readSubscriptions(sql, provider, customerId, id);
  const { currency } = provider.settings;
  const record = subscriptionRecord(typeof currency === 'string' ? currency : null);
  return rows.filter(isTold).map(record)[0] ?? null;
}
