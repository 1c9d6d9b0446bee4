import { z } from 'zod';
import type { Sql } from '../../db/client.ts';
import { type Provider, readCustomers, readSubscriptions } from '../../db/ledger/work365.ts';
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

/** What changes something: all refused, nothing is changed. */
export const writes = [
  ['POST', '/customers', 'Create a customer'],
  ['POST', '/subscriptions', 'Create a subscription'],
  ['PATCH', '/subscriptions', 'Change a subscription'],
  ['DELETE', '/subscriptions/:id/cancel', 'Cancel a subscription'],
  ['PATCH', '/subscriptions/:id/activate', 'Activate a subscription'],
  ['PATCH', '/subscriptions/:id/suspend', 'Suspend a subscription'],
  ['PATCH', '/subscriptions/:id/expire', 'Let a subscription expire'],
  ['POST', '/agreements', 'Accept an agreement'],
  ['POST', '/nonrecurringitems', 'Send one-time items'],
] as const;
