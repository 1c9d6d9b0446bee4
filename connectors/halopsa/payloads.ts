import type { Address } from '../../domain/customer.ts';
import type { LicenceFields, NewLink } from '../../domain/licence.ts';
import type { LicenceChange, NewClient, NewLicence } from '../contract.ts';
import { clip, haloDate, haloId, haloNumber, words } from './values.ts';

/**
 * What is written to Halo, field by field. Unknown numbers and flags are left out, because null is not 0; absent texts
 * and dates are written as empty. The lengths are those of Halo's columns.
 */
const fieldToHalo: { [K in keyof LicenceFields]: (value: LicenceFields[K]) => Record<string, unknown> } = {
  name: (v) => ({ name: clip(v, 500) }),
  quantity: (v) => (v === null ? {} : { count: haloNumber(v) }),
  unitCost: (v) => (v === null ? {} : { purchase_price: haloNumber(v) }),
  unitPrice: (v) => (v === null ? {} : { price: haloNumber(v) }),
  status: (v) => ({ status: clip(v === null ? '' : words.status.toHalo(v), 100) }),
  billingCycle: (v) => ({ billing_cycle: clip(v === null ? '' : words.billingCycle.toHalo(v), 100) }),
  term: (v) => ({ term_duration: clip(v ?? '', 100) }),
  startDate: (v) => ({ start_date: haloDate(v) }),
  endDate: (v) => ({ end_date: haloDate(v) }),
  autoRenew: (v) => (v === null ? {} : { autorenew: v }),
  distributor: (v) => ({ distributor: clip(v ?? '', 100) }),
  sku: (v) => ({ product_sku: clip(v ?? '', 1000) }),
  vendorSku: (v) => ({ vendor_product_sku: clip(v ?? '', 1000) }),
  vendor: (v) => ({ vendor: clip(v ?? '', 500) }),
  tenantId: (v) => ({ tenant_id: clip(v ?? '', 100) }),
  customerId: (v) => ({ thirdparty_client_id: v ?? '' }),
  active: (v) => ({ is_active: v }),
};

function fieldsToHalo(fields: Partial<LicenceFields>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const write = fieldToHalo[key as keyof LicenceFields] as ((v: unknown) => object) | undefined;
    if (write && value !== undefined) Object.assign(out, write(value));
  }
  return out;
}

/** Ids and types are never truncated: a shortened one would name another record. */
const linkToHalo = (link: NewLink) => ({
  third_party_id: link.thirdPartyId,
  ...(link.secondaryId !== null && { third_party_secondary_id: link.secondaryId }),
  third_party_desc: clip(link.description, 4000),
  third_party_type: link.type,
});

/** Type 1 is a subscription; site -1 means the whole client. */
export const newLicence = (licence: NewLicence) => ({
  type: 1,
  client_id: haloId(licence.clientId),
  site_id: -1,
  ...fieldsToHalo(licence.fields),
  ...(licence.fields.vendor && { manufacturer: clip(licence.fields.vendor, 500) }),
  new_external_link: linkToHalo(licence.link),
  ...(licence.marker !== null && { notes: licence.marker }),
});

export const licenceChange = (change: LicenceChange) => ({
  id: haloId(change.id),
  client_id: haloId(change.clientId),
  ...fieldsToHalo(change.fields),
  ...(change.link && { new_external_link: linkToHalo(change.link) }),
});

/** Lines 1 and 2 are the street, 3 the city, 4 the state. Empty lines are sent too, to clear Halo's. */
export const addressToHalo = (address: Address) => ({
  line1: address.line1 ?? '',
  line2: address.line2 ?? '',
  line3: address.city ?? '',
  line4: address.state ?? '',
  postcode: address.postcode ?? '',
});

export const newClient = (client: NewClient) => ({
  name: clip(client.name, 4000),
  ...(client.topLevelId !== null && { toplevel_id: haloId(client.topLevelId) }),
  newclient_sitename: 'Main',
  ...(client.address && { newclient_delivery_address: addressToHalo(client.address) }),
  ...(client.address?.country && { newclient_countrycode: client.address.country }),
  ...(client.phone && { newclient_phonenumber: client.phone }),
  ...(client.domain && { newclient_domain: client.domain }),
  new_external_link: linkToHalo(client.link),
  ...(client.marker !== null && { notes: client.marker }),
  _isimport: true,
});
