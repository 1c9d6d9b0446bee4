/** A distributor's customer in canonical form. Texts are spelled as at the distributor. */
export interface Customer {
  /** The distributor's id: ArrowSphere `XSP…`; Ion last segment of `name`; Stellr `customerNo`. */
  id: string;
  name: string;
  status: 'active' | 'closed';
  /** The reseller's own company, which some distributors list among its customers. */
  own: boolean;
  email: string | null;
  phone: string | null;
  domain: string | null;
  /** Microsoft tenant id. */
  tenantId: string | null;
  address: Address | null;
  /** Fields that were given but cannot be read: null above, which does not mean "none". */
  unreadable: string[];
}

export interface Address {
  line1: string | null;
  line2: string | null;
  city: string | null;
  /** County, state or region. */
  state: string | null;
  postcode: string | null;
  /** ISO 3166-1 alpha-2 if the source gives it. */
  country: string | null;
}

/** A destination's client, as read. */
export interface Client {
  id: string;
  name: string;
  inactive: boolean;
  topLevelId: string | null;
  mainSiteId: string | null;
  /** Fields that were given but cannot be read; an unreadable name or id is empty above. */
  unreadable: string[];
}
