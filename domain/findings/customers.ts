import { counted, listed, type MoneyOf, named, valued } from '../wording.ts';
import {
  type ClientFacts,
  type CustomerFacts,
  define,
  perCustomer,
  theClient,
  theCustomer,
} from './definition.ts';

export interface Candidate {
  id: string;
  name: string;
  inactive: boolean;
}

/** Why a customer is not created. */
export type HeldBecause = 'similar-client' | 'similar-in-import' | 'created-elsewhere' | 'unreadable-client';

const why = ({ reason, candidates }: { reason: HeldBecause; candidates: Candidate[] }): string => {
  const clients = listed(
    candidates.map(({ id, name, inactive }) => `${named('client', id, name)}${inactive ? ', inactive' : ''}`),
  );
  const one = candidates.length === 1;
  switch (reason) {
    case 'similar-client':
      return `${one ? 'a client with a similar name exists' : 'clients with a similar name exist'}: ${clients}`;
    case 'similar-in-import':
      return 'the same import creates another customer with a similar name';
    case 'created-elsewhere':
      return 'another import is creating a client with a similar name';
    case 'unreadable-client':
      return `the PSA has ${one ? 'a client' : 'clients'} that could not be read and may be this customer: ${clients}`;
  }
};

/** Findings about one of the distributor's customers. */
export const customerFindings = {
  'customer-held': define<CustomerFacts & { reason: HeldBecause; candidates: Candidate[] }>({
    severity: 'warning',
    actions: ['map', 'create', 'dismiss'],
    about: 'customer',
    key: perCustomer,
    cause: ({ reason }) => reason,
    message: (f) =>
      `${theCustomer(f)} was not created because ${why(f)}. Map the customer to the right client, create it anyway, or dismiss this finding.`,
  }),

  'client-missing': define<CustomerFacts & ClientFacts & { inactive: boolean }>({
    severity: 'warning',
    actions: ['map', 'dismiss'],
    about: 'customer',
    key: perCustomer,
    cause: ({ inactive }) => (inactive ? 'inactive' : 'gone'),
    message: (f) =>
      `${theCustomer(f)} belongs to ${theClient(f)}, which is ${f.inactive ? 'inactive' : 'gone'} in the PSA. The customer's subscriptions are held. ${f.inactive ? 'Reactivate' : 'Restore'} the client, or map the customer to another one.`,
  }),

  'customer-left': define<
    CustomerFacts & ClientFacts & { externalIds: string[]; since: string; money: MoneyOf[] }
  >({
    severity: 'critical',
    actions: ['deactivate', 'reject'],
    about: 'subscription',
    key: perCustomer,
    message: (f) => {
      const one = f.externalIds.length === 1;
      return `${theCustomer(f)} has been missing from the distributor's list of customers since ${f.since.slice(0, 10)}. ${counted(f.externalIds.length, 'active licence')} of ${theClient(f)}${valued(f.money)} ${one ? 'was' : 'were'} kept. Deactivate ${one ? 'it' : 'them'} if the customer has left, or reject to keep ${one ? 'it' : 'them'}.`;
    },
  }),
};
