import type { ImportKind } from '../kinds.ts';
import { counted, listed, type MoneyOf, named, valued } from '../wording.ts';
import { define, type OfIntegration, perIntegration } from './definition.ts';

interface Named {
  id: string;
  name: string | null;
}

/** What would be removed at once. */
export interface Shrink {
  externalIds: string[];
  deactivations: number;
  active: number;
  /** Decimal string. */
  quantityFall: string;
  limitPercent: number;
  customers: Named[];
  /** The cost of the licences that would be deactivated. */
  money: MoneyOf[];
}

const customersOf = (customers: Named[]) =>
  listed(customers.map(({ id, name }) => named('customer', id, name)));
const record = (kind: ImportKind) => (kind === 'customers' ? 'customer' : 'subscription');

/** Findings about a whole import, or about a record of which only the id is known. */
export const integrationFindings = {
  shrink: define<
    OfIntegration &
      (({ served: true } & Pick<Shrink, 'externalIds' | 'limitPercent'>) | ({ served: false } & Shrink))
  >({
    severity: 'critical',
    actions: ({ served }) => (served ? ['approve'] : ['approve', 'reject']),
    about: 'subscription',
    key: perIntegration,
    message: (f) =>
      f.served
        ? `${counted(f.externalIds.length, 'subscription')} disappeared from the distributor's list at once, more than ${f.limitPercent} %: ${listed(f.externalIds)}. Work 365 still sees them as they were. Approve to show them as cancelled.`
        : `This import would deactivate ${f.deactivations} of ${counted(f.active, 'active licence')}${valued(f.money)} and lower quantities by ${f.quantityFall}, for ${customersOf(f.customers)}. That is more than ${f.limitPercent} % at once, so none of it was written. Approve it, or reject it to keep the licences.`,
  }),

  'licences-gone': define<OfIntegration & { externalIds: string[]; active: number; customers: Named[] }>({
    severity: 'critical',
    actions: ['approve', 'reject'],
    about: 'subscription',
    key: perIntegration,
    message: (f) =>
      `${f.externalIds.length} of ${counted(f.active, 'licence')} of this integration ${f.externalIds.length === 1 ? 'is' : 'are'} gone in the PSA, for ${customersOf(f.customers)}. None was created again. Check what the API agent may see in the PSA, then approve to create them again, or reject to leave them out.`,
  }),

  currency: define<
    OfIntegration & {
      currency: string;
      found: { currency: string | null; count: number }[];
      customers: Named[];
    }
  >({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: perIntegration,
    message: (f) => {
      const found = f.found.map(({ count, currency }) => `${count} in ${currency ?? 'no currency'}`);
      return `This integration writes prices in ${f.currency} only. Of the subscriptions of ${customersOf(f.customers)}, ${listed(found, 10)} were written without prices. Enter these prices in the PSA, or change the currency of the integration.`;
    },
  }),

  'listed-twice': define<
    OfIntegration & {
      of: ImportKind;
      externalId: string;
      name: string | null;
      customerId: string | null;
      customerName: string | null;
      count: number;
    }
  >({
    severity: 'info',
    actions: ['dismiss'],
    about: 'nothing',
    key: (f) => [f.integrationId, f.of, f.externalId],
    cause: ({ of }) => of,
    message: (f) => {
      const whose =
        f.of === 'subscriptions' && f.customerId !== null
          ? ` of ${named('customer', f.customerId, f.customerName)}`
          : '';
      return `The distributor lists ${named(record(f.of), f.externalId, f.name)}${whose} ${f.count} times under one id. The last entry was used. Ask the distributor which one is right.`;
    },
  }),

  quarantined: define<
    OfIntegration & { of: ImportKind; externalId: string | null; problem: string; count: number }
  >({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: (f) => [f.integrationId, f.of, f.externalId ?? ''],
    cause: ({ problem }) => problem,
    message: (f) =>
      f.externalId === null
        ? `${counted(f.count, 'record')} in the distributor's list of ${f.of} came without a readable id and ${f.count === 1 ? 'was' : 'were'} set aside: ${f.problem} Correct ${f.count === 1 ? 'it' : 'them'} at the distributor.`
        : `${named(record(f.of), f.externalId)} could not be read and was set aside: ${f.problem} What is in the PSA was kept. Correct the record at the distributor.`,
  }),

  doubles: define<
    OfIntegration & {
      externalId: string;
      name: string | null;
      entity: 'customer' | 'subscription';
      older: string;
      newer: string;
      clientId: string;
    }
  >({
    severity: 'info',
    actions: ['dismiss'],
    about: 'nothing',
    key: (f) => [f.integrationId, f.externalId],
    cause: ({ entity }) => entity,
    message: (f) => {
      const [what, at] = f.entity === 'customer' ? ['clients', ''] : ['licences', ` of client ${f.clientId}`];
      return `The PSA has two ${what}${at} for ${named(f.entity, f.externalId, f.name)}: ${f.older} and ${f.newer}. We deactivated the newer one, ${f.newer}. Delete it in the PSA once nothing refers to it.`;
    },
  }),

  'customers-not-listed': define<
    OfIntegration & {
      count: number;
      customers: { customerId: string; name: string | null; problem: string }[];
    }
  >({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: perIntegration,
    message: (f) => {
      const reasons = [...new Set(f.customers.map(({ problem }) => problem))].slice(0, 3).join(' ');
      const names = f.customers.map(({ customerId, name }) => named('customer', customerId, name));
      return `The subscriptions of ${listed(names, 3, f.count)} could not be listed: ${reasons} What is in the PSA was kept. The next import tries again.`;
    },
  }),

  'ledger-old': define<
    OfIntegration & {
      connectionId: string;
      integration: string;
      kinds: { kind: ImportKind; asOf: string | null }[];
      limitHours: number;
    }
  >({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: perIntegration,
    message: (f) => {
      const kinds = f.kinds.map(({ kind, asOf }) => `${kind} ${asOf ? `as of ${asOf}` : 'never listed'}`);
      return `Work 365 reads records of “${f.integration}” that are older than ${f.limitHours} h: ${listed(kinds)}. Look at the last imports of this integration, then import again.`;
    },
  }),
};
