import type { Customer } from '../../domain/customer.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Distributor, Listing, ListRequest } from '../contract.ts';
import { changes } from './changes.ts';
import { charges } from './charges.ts';
import { ask, exchange, type IonContext } from './client.ts';
import { definition, type IonCredentials, type IonSettings } from './definition.ts';
import { customersPage, pageSize, subscriptionsPage } from './pages.ts';
import { identity, test } from './systems-check.ts';
import { customerIdOf, idOfCustomer, idOfSubscription, readCustomer, readSubscription } from './wire.ts';

const customers: Listing<Customer, IonSettings, IonCredentials> = {
  scopes: async () => 'account',
  async page(context: IonContext, { cursor }: ListRequest) {
    const query = new URLSearchParams({ pageSize: String(pageSize), ...(cursor && { pageToken: cursor }) });
    const { rows, declared, next } = await ask(context, `customers?${query}`, {}, customersPage);
    const records = rows.map((raw) => ({
      id: idOfCustomer(raw),
      raw,
      read: () => readCustomer(raw, context.settings),
    }));
    return { records, declared, next, pages: null };
  },
};

const subscriptions: Listing<Subscription, IonSettings, IonCredentials> = {
  scopes: async (_context, chosen) => (chosen ? 'customer' : 'account'),
  /**
   * No sort order is requested: the accepted names are unknown, and a wrong one would break every listing. A list that
   * shifts between two pages is detected by comparing the number of ids seen with the total.
   */
  async page(context: IonContext, { scope, cursor }: ListRequest) {
    const offset = Number(cursor ?? 0);
    const query = new URLSearchParams({
      'pagination.limit': String(pageSize),
      'pagination.offset': String(offset),
      ...(scope !== null && { customerId: scope }),
    });
    const { rows, declared, next } = await ask(context, `subscriptions?${query}`, {}, (json) =>
      subscriptionsPage(json, offset),
    );
    // If the server ignores the filter, it answers everyone's rows and everyone's total.
    const own = rows.filter((raw) => scope === null || [null, scope].includes(customerIdOf(raw)));
    const records = own.map((raw) => ({
      id: idOfSubscription(raw),
      raw,
      read: () => readSubscription(raw, context.settings),
    }));
    return { records, declared: own.length === rows.length ? declared : null, next, pages: null };
  },
};

export const streamoneIon: Distributor<IonSettings, IonCredentials> = {
  definition,
  test,
  identity,
  exchange,
  customers,
  subscriptions,
  changes,
  charges,
};
