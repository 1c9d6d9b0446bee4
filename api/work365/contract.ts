import { z } from 'zod';
import type { Sql } from '../../db/client.ts';
import { type Provider, readCustomers, readSubscriptions } from '../../db/ledger/work365.ts';
import type { Wanted } from '../../domain/change.ts';
import { decimal } from '../../domain/money.ts';
import {
  customerRecord,
  isTold,
  noProperties,
  noRules,
  notValidated,
  subscriptionRecord,
} from './records.ts';
import {
  addressValidation,
  customer,
  nothing,
  providerProperties,
  subscription,
  validationRules,
} from './shapes.ts';

/** Every route of the REST Provider contract, as data. */
export interface Call {
  sql: Sql;
  provider: Provider;
  params: Record<string, string>;
  body: unknown;
}

export interface Told {
  /** undefined: 204 without a body, the contract's word for an unknown record. */
  body: unknown;
  /** When what was read was last listed whole; absent where the ledger was not read. */
  asOf?: Date | null;
}

export interface ReadRoute {
  method: 'GET' | 'POST';
  url: string;
  summary: string;
  shape: z.ZodType;
  /** Whether it may be 204. */
  single?: boolean;
  tell(call: Call): Promise<Told> | Told;
}

const empty = (url: string, summary: string): ReadRoute => ({
  method: 'GET', url, summary, shape: nothing, tell: () => ({ body: [] }),
}); // biome-ignore format: a row

const subscriptionsOf = async ({ sql, provider, params }: Call) => {
  const { asOf, rows } = await readSubscriptions(sql, provider, params.customerId!, params.id);
  const { currency } = provider.settings;
  const record = subscriptionRecord(typeof currency === 'string' ? currency : null);
  return { asOf, records: rows.filter(isTold).map(record) };
};

export const reads: ReadRoute[] = [
  {
    method: 'GET',
    url: '/customers',
    summary: 'Customers',
    shape: z.array(customer),
    async tell({ sql, provider }) {
      const { asOf, rows } = await readCustomers(sql, provider);
      return { asOf, body: rows.map(customerRecord) };
    },
  },
  {
    method: 'GET',
    url: '/customers/:id',
    summary: 'A customer',
    shape: customer,
    single: true,
    async tell({ sql, provider, params }) {
      const { asOf, rows } = await readCustomers(sql, provider, params.id!);
      return { asOf, body: rows.map(customerRecord)[0] };
    },
  },
  {
    method: 'GET',
    url: '/customers/:customerId/subscriptions',
    summary: "A customer's subscriptions",
    shape: z.array(subscription),
    async tell(call) {
      const { asOf, records } = await subscriptionsOf(call);
      return { asOf, body: records };
    },
  },
  {
    method: 'GET',
    url: '/customers/:customerId/subscriptions/:id',
    summary: 'A subscription',
    shape: subscription,
    single: true,
    async tell(call) {
      const { asOf, records } = await subscriptionsOf(call);
      return { asOf, body: records[0] };
    },
  },
  {
    method: 'GET',
    url: '/utilities/provider-properties',
    summary: 'What this provider can do',
    shape: providerProperties,
    tell: () => ({ body: noProperties }),
  },
  {
    method: 'GET',
    url: '/utilities/domain-check/:domain',
    summary: 'Whether a domain is free: never known here',
    shape: z.boolean(),
    tell: () => ({ body: false }),
  },
  {
    method: 'POST',
    url: '/utilities/validate-address',
    summary: 'Validate an address: never done here',
    shape: addressValidation,
    tell: ({ body }) => ({ body: notValidated(body) }),
  },
  {
    method: 'GET',
    url: '/countries/:countryCode/validation-rules',
    summary: 'Rules for addresses of a country',
    shape: validationRules,
    tell: () => ({ body: noRules }),
  },
  empty('/customers/:id/agreements', 'Agreements of a customer'),
  empty('/invoices', 'Invoices'),
  {
    method: 'GET',
    url: '/invoices/:id',
    summary: 'An invoice',
    shape: z.unknown(),
    single: true,
    tell: () => ({ body: undefined }),
  },
  empty('/invoices/:id/licensesummary', 'Licence lines of an invoice'),
  empty('/invoices/:id/billedusages', 'Billed usage of an invoice'),
  empty('/invoices/:id/nonrecurringitemsummary', 'One-time lines of an invoice'),
  empty('/unbilledusages', 'Usage not billed yet'),
  empty('/nonrecurringitems', 'One-time items'),
  empty('/pricelists/:market/:type/:timeline', 'Prices'),
];

export interface WriteRoute {
  method: 'POST' | 'PATCH' | 'DELETE';
  url: string;
  summary: string;
  /**
   * The changes it asks for at the distributor; null where the contract has a route and the distributor has nothing
   * that could be asked.
   */
  asks: ((call: { id?: string; body: Record<string, unknown>; now: ServedNow }) => Asked[]) | null;
}

/** What a subscription has now, as it is served. */
export interface ServedNow {
  quantity: string | null;
  autoRenew: boolean | null;
}

export interface Asked {
  kind: 'quantity' | 'auto-renew' | 'cancel' | 'suspend' | 'activate';
  wanted: Wanted;
}

const always =
  (kind: Asked['kind'], wanted: Wanted = {}) =>
  () => [{ kind, wanted }];

/** Only what differs from what is served is a change: the model is sent whole. */
function differences({ body, now }: { body: Record<string, unknown>; now: ServedNow }): Asked[] {
  const { quantity, autoRenew } = body;
  const asked: Asked[] = [];
  const wanted = decimal(quantity, 4);
  if (wanted !== null && wanted !== now.quantity)
    asked.push({ kind: 'quantity', wanted: { quantity: wanted } });
  if (typeof autoRenew === 'boolean' && autoRenew !== (now.autoRenew ?? false))
    asked.push({ kind: 'auto-renew', wanted: { autoRenew } });
  return asked;
}

/** What changes something: refused while write-back is off, else asked for at the distributor. */
export const writes: WriteRoute[] = [
  { method: 'POST', url: '/customers', summary: 'Create a customer', asks: null },
  { method: 'POST', url: '/subscriptions', summary: 'Create a subscription', asks: null },
  { method: 'PATCH', url: '/subscriptions', summary: 'Change a subscription', asks: differences },
  {
    method: 'DELETE',
    url: '/subscriptions/:id/cancel',
    summary: 'Cancel a subscription',
    asks: always('cancel'),
  },
  {
    method: 'PATCH',
    url: '/subscriptions/:id/activate',
    summary: 'Activate a subscription',
    asks: always('activate'),
  },
  {
    method: 'PATCH',
    url: '/subscriptions/:id/suspend',
    summary: 'Suspend a subscription',
    asks: always('suspend'),
  },
  {
    method: 'PATCH',
    url: '/subscriptions/:id/expire',
    summary: 'Let a subscription expire at the end of its term',
    asks: always('auto-renew', { autoRenew: false }),
  },
  { method: 'POST', url: '/agreements', summary: 'Accept an agreement', asks: null },
  { method: 'POST', url: '/nonrecurringitems', summary: 'Send one-time items', asks: null },
];
