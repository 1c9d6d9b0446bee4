/**
 * A destination's licence with the same fields as a subscription, so that the two can be compared. `status`,
 * `billingCycle` and `term` are canonical if the destination's text is one we write, otherwise its own text. Dates are
 * local times of the integration's zone, `YYYY-MM-DDTHH:MM:SS`: the destination stores no zone.
 */
export interface LicenceFields {
  name: string;
  /** Decimal string. */
  quantity: string | null;
  unitCost: string | null;
  unitPrice: string | null;
  status: string | null;
  billingCycle: string | null;
  term: string | null;
  startDate: string | null;
  endDate: string | null;
  autoRenew: boolean | null;
  /** On our rows exactly `ArrowSphere`, `StreamOne Ion` or `StreamOne Stellr`. */
  distributor: string | null;
  sku: string | null;
  vendorSku: string | null;
  vendor: string | null;
  tenantId: string | null;
  /** The distributor's customer id. */
  customerId: string | null;
  active: boolean;
}

/** The field names, in the order they are stored. */
export const licenceFields = [
  'name', 'quantity', 'unitCost', 'unitPrice', 'status', 'billingCycle', 'term', 'startDate', 'endDate', 'autoRenew',
  'distributor', 'sku', 'vendorSku', 'vendor', 'tenantId', 'customerId', 'active',
] as const satisfies readonly (keyof LicenceFields)[]; // biome-ignore format: a list

export interface Licence extends LicenceFields {
  id: string;
  clientId: string;
  deleted: boolean;
  /** The row's external link, if it has one. */
  linkId: string | null;
  /** Our marker in its notes; null if list rows have no notes. */
  marker: string | null;
  /** Fields that were given but cannot be read: null (flags: false, `active`: true, `clientId`: empty) above. */
  unreadable: string[];
}

/** An external id stored at the destination. */
export interface Link {
  id: string;
  /** The client's or licence's id. */
  recordId: string;
  thirdPartyId: string;
  thirdPartyType: string | null;
  /** Fields that were given but cannot be read: empty above. */
  unreadable: string[];
}

/** What we attach to everything we create. `type` is `<kind>:<account>:<customer|subscription>`. */
export interface NewLink {
  thirdPartyId: string;
  secondaryId: string | null;
  type: string;
  description: string;
}

export const linkType = (kind: string, account: string, entity: 'customer' | 'subscription') =>
  `${kind}:${account}:${entity}`;

/** Our marker in `notes`, used if a destination does not keep external links. */
export const marker = (type: string, id: string) => `[tributary ${type} ${id}]`;
