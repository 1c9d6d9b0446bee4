import type { FindingAction } from '../kinds.ts';
import { named } from '../wording.ts';

/** `critical`: work has stopped or money is at stake; `warning`: a record is held; `info`: good to know. */
export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** Everything about one kind of finding. */
export interface Definition<Facts> {
  severity: Severity;
  actions: readonly FindingAction[] | ((facts: Facts) => readonly FindingAction[]);
  /** What an answer is remembered for; `nothing`: an answer only closes the finding. */
  about: 'customer' | 'subscription' | 'nothing';
  /** The parts after the kind that make a finding's key unique. */
  key: (facts: Facts) => string[];
  message: (facts: Facts) => string;
  /** What to group by, if one kind has several reasons. */
  cause?: (facts: Facts) => string;
}

export const define = <Facts>(definition: Definition<Facts>) => definition;

export interface OfIntegration {
  integrationId: string;
  importId?: string;
}

export interface OfConnection {
  connectionId: string;
  connectionName: string;
}

export interface CustomerFacts extends OfIntegration {
  customerId: string;
  customerName: string | null;
}

export interface ClientFacts {
  clientId: string | null;
  clientName: string | null;
}

export interface SubscriptionFacts extends CustomerFacts, ClientFacts {
  /** The distributor's subscription id. */
  externalId: string;
  name: string | null;
  /** The licence in the PSA, if there is one. */
  licenceId: string | null;
}

export const theCustomer = (f: CustomerFacts) => named('customer', f.customerId, f.customerName);
export const theSubscription = (f: SubscriptionFacts) =>
  `${named('subscription', f.externalId, f.name)} of ${theCustomer(f)}`;
export const theClient = (f: ClientFacts) =>
  f.clientId === null ? 'no client' : named('client', f.clientId, f.clientName);

/** A value as written in a sentence. */
export const quoted = (value: unknown): string =>
  value === null || value === undefined ? 'none' : typeof value === 'string' ? `“${value}”` : String(value);

export const perCustomer = (f: CustomerFacts) => [f.integrationId, f.customerId];
export const perSubscription = (f: SubscriptionFacts) => [f.integrationId, f.externalId];
export const perIntegration = (f: OfIntegration) => [f.integrationId];
export const perConnection = (f: OfConnection) => [f.connectionId];
