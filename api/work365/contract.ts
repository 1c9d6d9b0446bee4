import { z } from 'zod';
import type { Definition } from '../../connectors/contract.ts';
import { definitions } from '../../connectors/definitions.ts';
import { changeTarget } from '../../db/changes/changes.ts';
import { knownProducts } from '../../db/changes/products.ts';
import type { Sql } from '../../db/client.ts';
import { type Provider, readCustomers, readSubscriptions } from '../../db/ledger/work365.ts';
import type { Wanted } from '../../domain/change.ts';
import { decimal } from '../../domain/money.ts';
import type { Context } from '../context.ts';
import {
  changeCustomer,
  customerOf,
  type Made,
  makeCustomer,
  makeSubscription,
  subscriptionIdOf,
} from './making.ts';
import { currencyOf, fieldOf } from './models.ts';
import {
  customerRecord,
  isTold,
  notValidated,
  priceRecord,
  properties,
  rulesOf,
  subscriptionRecord,
} from './records.ts';
import {
  addressValidation,
  customer,
  nothing,
  price,
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
  /** undefined: 204 without a body, as the contract answers for an unknown record. */
  body: unknown;
  /** When the data was last listed completely; absent if the ledger was not read. */
  asOf?: Date | null;
}

export interface ReadRoute {
  method: 'GET' | 'POST';
  url: string;
  summary: string;
  shape: z.ZodType;
  /** Whether the answer may be 204. */
  single?: boolean;
  tell(call: Call): Promise<Told> | Told;
}

const empty = (url: string, summary: string): ReadRoute => ({
  method: 'GET', url, summary, shape: nothing, tell: () => ({ body: [] }),
}); // biome-ignore format: a row

const subscriptionsOf = async ({ sql, provider, params }: Call) => {
  const customerId = (await customerOf(sql, provider, params.customerId!)) ?? params.customerId!;
  const id = params.id === undefined ? undefined : await subscriptionIdOf(sql, provider, params.id);
  const { asOf, rows } = await readSubscriptions(sql, provider, customerId, id);
  return { asOf, records: rows.filter(isTold).map(subscriptionRecord(currencyOfProvider(provider))) };
};

const currencyOfProvider = ({ settings: { currency } }: Provider) =>
  typeof currency === 'string' ? currency : null;

/** The distributor, if customers may be created there under the integration's policy; otherwise null. */
async function makerOf({ sql, provider }: Call): Promise<Definition | null> {
  const target = await changeTarget(sql, provider.integrationId);
  const found: Definition | undefined = definitions.find(({ kind }) => kind === target?.kind);
  const open = target?.policy.changes !== 'off' && target?.mode === 'apply';
  return open && found?.changes?.includes('create-customer') ? found : null;
}

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
      const id = (await customerOf(sql, provider, params.id!)) ?? params.id!;
      const { asOf, rows } = await readCustomers(sql, provider, id);
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
    tell: async (call) => ({ body: properties((await makerOf(call)) !== null) }),
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
    tell: async (call) => ({ body: rulesOf((await makerOf(call))?.customerNeeds ?? []) }),
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
  {
    method: 'GET',
    url: '/pricelists/:market/:type/:timeline',
    summary: 'What this account pays, by product, term and billing frequency',
    shape: z.array(price),
    async tell({ sql, provider, params }) {
      const { country } = provider.settings;
      const market = typeof country === 'string' ? country : '';
      const ours = params.type!.toLowerCase() === 'licensebased' && params.market!.toUpperCase() === market;
      const products = ours ? await knownProducts(sql, provider.sourceId) : [];
      const record = priceRecord(market, currencyOfProvider(provider));
      return { body: products.filter(({ unitCost }) => unitCost !== null).map(record) };
    },
  },
];

export interface WriteRoute {
  method: 'POST' | 'PATCH' | 'DELETE';
  url: string;
  summary: string;
  /** `subscription` or `customer`: the current record. `boolean`: whether it is done already. */
  answers: 'subscription' | 'customer' | 'boolean';
  /** The changes of a subscription to request at the distributor. */
  asks?(call: { body: unknown; now: ServedNow }): Asked[];
  /** What else it creates or changes; null: the id is unknown. Without either, no distributor supports the route. */
  makes?(call: { context: Context; provider: Provider; id?: string; body: unknown }): Promise<Made | null>;
}

/** A subscription's current values, as served. */
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
function differences({ body, now }: { body: unknown; now: ServedNow }): Asked[] {
  const autoRenew = fieldOf(body, 'autoRenew');
  const currency = currencyOf(fieldOf(body, 'pricing'));
  const asked: Asked[] = [];
  const quantity = decimal(fieldOf(body, 'quantity'), 4);
  if (quantity !== null && quantity !== now.quantity)
    asked.push({ kind: 'quantity', wanted: { quantity, ...(currency !== undefined && { currency }) } });
  if (typeof autoRenew === 'boolean' && autoRenew !== (now.autoRenew ?? false))
    asked.push({ kind: 'auto-renew', wanted: { autoRenew } });
  return asked;
}

const made = async (record: Promise<Record<string, unknown> | null>): Promise<Made | null> => {
  const found = await record;
  return found && { status: 200, record: found };
};

/** What changes something: refused while write-back is off, else asked for at the distributor. */
export const writes: WriteRoute[] = [
  {
    method: 'POST',
    url: '/customers',
    summary: 'Create a customer',
    answers: 'customer',
    makes: ({ context, provider, body }) => makeCustomer(context, provider, body),
  },
  // An extension: the public sample has no way to change a customer.
  ...['/customers', '/customers/:id'].map(
    (url): WriteRoute => ({
      method: 'PATCH',
      url,
      summary: 'Change a customer',
      answers: 'customer',
      makes: ({ context, provider, id, body }) => made(changeCustomer(context, provider, id, body)),
    }),
  ),
  {
    method: 'POST',
    url: '/subscriptions',
    summary: 'Create a subscription',
    answers: 'subscription',
    makes: ({ context, provider, body }) => makeSubscription(context, provider, body),
  },
  {
    method: 'PATCH',
    url: '/subscriptions',
    summary: 'Change a subscription',
    answers: 'subscription',
    asks: differences,
  },
  {
    method: 'DELETE',
    url: '/subscriptions/:id/cancel',
    summary: 'Cancel a subscription',
    answers: 'boolean',
    asks: always('cancel'),
  },
  {
    method: 'PATCH',
    url: '/subscriptions/:id/activate',
    summary: 'Activate a subscription',
    answers: 'subscription',
    asks: always('activate'),
  },
  {
    method: 'PATCH',
    url: '/subscriptions/:id/suspend',
    summary: 'Suspend a subscription',
    answers: 'subscription',
    asks: always('suspend'),
  },
  {
    method: 'PATCH',
    url: '/subscriptions/:id/expire',
    summary: 'Let a subscription expire at the end of its term',
    answers: 'subscription',
    asks: always('auto-renew', { autoRenew: false }),
  },
  { method: 'POST', url: '/agreements', summary: 'Accept an agreement', answers: 'boolean' },
  { method: 'POST', url: '/nonrecurringitems', summary: 'Send one-time items', answers: 'boolean' },
];
