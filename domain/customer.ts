/** A distributor's customer in canonical form. Texts are as the distributor spells them. */
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
  /** Fields that were given and cannot be read: null above, and not "none". */
  unreadable: string[];
}

export interface Address {
  line1: string | null;
  line2: string | null;
  city: string | null;
  /** County, state or region. */
  state: string | null;
  postcode: string | null;
  /** ISO 3166-1 alpha-2 where the source gives it. */
  country: string | null;
}

/** A destination's client, as it reads it to us. */
export interface Client {
  id: string;
  name: string;
  inactive: boolean;
  topLevelId: string | null;
  mainSiteId: string | null;
  /** Fields that were given and cannot be read; a name or id that cannot be read is empty above. */
  unreadable: string[];
}
