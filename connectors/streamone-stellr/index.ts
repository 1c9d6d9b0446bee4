import type { Customer } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Distributor, Listing, ListRequest } from '../contract.ts';
import { changes } from './changes.ts';
import { charges } from './charges.ts';
import { ask, exchange, type StellrContext } from './client.ts';
import { definition, type StellrCredentials, type StellrSettings } from './definition.ts';
import { firstPage, pageQuery, placeOf, readPage } from './pages.ts';
import { identity, test } from './systems-check.ts';
import { customerNoOf, readCustomer, readSubscription, strays, subscriptionId } from './wire.ts';

const customers: Listing<Customer, StellrSettings, StellrCredentials> = {
  scopes: async () => 'account',
  async page(context: StellrContext, { cursor }: ListRequest) {
    const { pageNo } = placeOf(cursor);
    const path = `cloud/customers?${pageQuery(pageNo)}`;
    const { rows, ...page } = await ask(context, path, 'List Customers', {}, (json) =>
      readPage(json, cursor),
    );
    return {
      records: rows.map((raw) => ({ id: customerNoOf(raw), raw, read: () => readCustomer(raw) })),
      ...page,
    };
  },
};

const subscriptions: Listing<Subscription, StellrSettings, StellrCredentials> = {
  scopes: async (context, chosen) => (chosen || !(await listsWhole(context)) ? 'customer' : 'account'),
  async page(context: StellrContext, { scope, cursor }: ListRequest) {
    const query = pageQuery(placeOf(cursor).pageNo);
    const [below, permission] =
      scope === null
        ? (['', "List Reseller's Subscriptions"] as const)
        : ([`customers/${encodeURIComponent(scope)}/`, "List Customers' Subscriptions"] as const);
    const { rows, ...page } = await ask(context, `${below}subscriptions?${query}`, permission, {}, (json) =>
      readPage(json, cursor),
    );
    return {
      records: rows.map((raw) => ({
        id: strays(raw, scope) ? null : subscriptionId(raw),
        raw,
        read: () => readSubscription(raw, scope),
      })),
      ...page,
    };
  },
};

/** Whether all subscriptions can be listed at once; checked once per context. */
const known = new WeakMap<StellrContext, Promise<boolean>>();

function listsWhole(context: StellrContext): Promise<boolean> {
  let asked = known.get(context);
  if (!asked) {
    asked = probe(context);
    asked.catch(() => known.delete(context));
    known.set(context, asked);
  }
  return asked;
}

/**
 * The permission is optional and the path an assumption, so this listing is used only if it returns rows that name
 * their customer. An empty one proves nothing: Stellr also answers an empty list to requests it does not support.
 */
async function probe(context: StellrContext): Promise<boolean> {
  try {
    const path = `subscriptions?${pageQuery(1, 1)}`;
    const { rows } = await ask(context, path, "List Reseller's Subscriptions", {}, firstPage);
    return rows.some((row) => customerNoOf(row) !== null);
  } catch (error) {
    if (
      !(error instanceof Failure) ||
      !['forbidden', 'not-found', 'invalid', 'bad-answer'].includes(error.kind)
    ) {
      throw error;
    }
    return false;
  }
}

export const streamoneStellr: Distributor<StellrSettings, StellrCredentials> = {
  definition,
  test,
  identity,
  exchange,
  customers,
  subscriptions,
  changes,
  charges,
};
