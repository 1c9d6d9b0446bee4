import fc from 'fast-check';
import { readCustomer as arrowCustomer, readFound, readListed } from '../../connectors/arrowsphere/wire.ts';
import type { Listed } from '../../connectors/contract.ts';
import { listed, readClient, readLicence, readLink } from '../../connectors/halopsa/wire.ts';
import {
  readCustomer as ionCustomer,
  readSubscription as ionSubscription,
} from '../../connectors/streamone-ion/wire.ts';
import {
  readCustomer as stellrCustomer,
  readSubscription as stellrSubscription,
} from '../../connectors/streamone-stellr/wire.ts';
import type { ListingKind } from '../../domain/kinds.ts';
import * as arrow from './arrowsphere/samples.ts';
import * as halo from './halopsa/samples.ts';
import * as ion from './streamone-ion/samples.ts';
import * as stellr from './streamone-stellr/samples.ts';

/** Valid records of every kind that is listed, and what one field of them may turn into. */
export type Row = Record<string, unknown> & { id: string; unreadable: string[] };

export interface Specimen {
  name: string;
  kind: ListingKind;
  /** The path of its id. */
  id: string;
  record: Record<string, unknown>;
  read(raw: unknown): Listed<Row>;
  /** What it cannot do without. */
  needed: string[];
  /** The canonical fields that a field of the record is read for, by its path. Fields not named are read for nothing. */
  readFor: Record<string, string[]>;
}

const address = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, ['address']]));
const reader = (read: (raw: unknown) => Listed<never>) => read as (raw: unknown) => Listed<Row>;

export const specimens: Specimen[] = [
  {
    name: 'an ArrowSphere customer', kind: 'customers', id: 'Reference', record: arrow.customer,
    read: reader((raw) => arrowCustomer(raw, 'XSP1') as never), needed: ['Reference', 'CompanyName'],
    readFor: {
      DeletedAt: ['status'], EmailContact: ['email'], ReceptionPhone: ['phone'], Details: ['domain', 'tenantId'],
      'Details.DomainName': ['domain'], 'Details.TenantId': ['tenantId'], Contact: ['email', 'phone'],
      ...address('AddressLine1', 'AddressLine2', 'City', 'State', 'Zip', 'CountryCode'),
    },
  },
  {
    name: 'an ArrowSphere licence found', kind: 'subscriptions', id: 'partner_ref', record: arrow.found,
    read: reader((raw) => readFound(raw) as never), needed: ['partner_ref', 'customer_ref'],
    readFor: {
      offer: ['name'], sku: ['sku'], isEnabled: ['status'], status_label: ['status'], seat: ['quantity'],
      type: [], periodicity: ['billingCycle'], term: ['term'], trial: ['trial'], price: ['unitCost', 'unitPrice', 'currency'],
      'price.buy_price': ['unitCost'], 'price.sell_price': ['unitPrice'], 'price.currency': ['currency'],
      start_date: ['startDate'], end_date: ['endDate'], next_renewal_date: ['renewalDate'], auto_renew: ['autoRenew'],
      vendor_name: ['vendor'], priceband_vendor_sku: ['vendorSku'], category: [], cloud_type: [],
      priceBand: ['renewalCost', 'renewalPrice', 'minQuantity', 'maxQuantity'],
      'priceBand.prices': ['renewalCost', 'renewalPrice'], 'priceBand.prices.buy': ['renewalCost'], 'priceBand.prices.sell': ['renewalPrice'],
      'priceBand.saleConstraints': ['minQuantity', 'maxQuantity'], 'priceBand.saleConstraints.minQuantity': ['minQuantity'],
      'priceBand.saleConstraints.maxQuantity': ['maxQuantity'],
    },
  },
  {
    name: 'an ArrowSphere licence listed', kind: 'subscriptions', id: 'license_id', record: arrow.licence,
    read: reader((raw) => readListed(raw) as never), needed: ['license_id', 'customer_ref'],
    readFor: {
      name: ['name'], sku: ['sku'], state: ['status'], isEnabled: ['status'], seats: ['quantity'], isTrial: ['trial'],
      price: ['unitCost', 'unitPrice', 'currency'], 'price.unit': ['unitCost', 'unitPrice'], 'price.unit.buy': ['unitCost'],
      'price.unit.sell': ['unitPrice'], 'price.currency': ['currency'], periodicityCode: ['billingCycle'], termCode: ['term'],
      activation_datetime: ['startDate'], expiry_datetime: ['endDate'], endDate: [], nextRenewalDate: ['renewalDate'],
      autoRenew: ['autoRenew'], vendor_code: ['vendor'], vendorSku: ['vendorSku'], category: [],
      priceBand: ['renewalCost', 'renewalPrice', 'minQuantity', 'maxQuantity'], 'priceBand.saleConstraints': ['minQuantity', 'maxQuantity'],
      'priceBand.saleConstraints.minQuantity': ['minQuantity'], 'priceBand.saleConstraints.maxQuantity': ['maxQuantity'],
      actionMessages: ['cancelUntil'],
    },
  },
  {
    name: 'an Ion customer', kind: 'customers', id: 'name', record: ion.customer,
    read: reader((raw) => ionCustomer(raw, {}) as never), needed: ['name', 'customerOrganization'],
    readFor: {
      customerStatus: ['status'], customerEmail: ['email'], customerPhone: ['phone'], customerAddress: ['address'],
      ...address(...Object.keys(ion.customer.customerAddress).map((key) => `customerAddress.${key}`)),
    },
  },
  {
    name: 'an Ion subscription', kind: 'subscriptions', id: 'id', record: ion.subscription,
    read: reader((raw) => ionSubscription(raw, {}) as never), needed: ['id', 'customerId'],
    readFor: {
      subscriptionName: ['name'], resourceType: ['vendor'], cloudProviderId: ['vendor'], ccpSkuId: ['sku'],
      mfgPartNumber: ['vendorSku'], subscriptionTotalLicenses: ['quantity'], subscriptionStatus: ['status'],
      subscriptionStartDate: ['startDate'], subscriptionEndDate: ['endDate'], renewalDate: ['renewalDate'],
      cancellationAllowedUntilDate: ['cancelUntil'], subscriptionBillingType: ['usage'], subscriptionBillingCycle: ['billingCycle'], subscriptionBillingTerm: ['term'],
      autoRenew: ['autoRenew'], isTrial: ['trial'], price: ['unitPrice'], cost: ['unitCost'], currency: ['currency'],
    },
  },
  {
    name: 'a Stellr customer', kind: 'customers', id: 'customerNo', record: stellr.customer,
    read: reader((raw) => stellrCustomer(raw) as never), needed: ['customerNo', 'name'],
    readFor: {
      email: ['email'], phone: ['phone'], status: ['status'], domain: ['domain'], tenantId: ['tenantId'],
      ...address('address1', 'address2', 'city', 'state', 'zipCode', 'country'),
    },
  },
  {
    name: 'a Stellr subscription', kind: 'subscriptions', id: 'subscriptionId', record: stellr.subscription,
    read: reader((raw) => stellrSubscription(raw, null) as never), needed: ['subscriptionId', 'customerNo', 'productName'],
    readFor: {
      vendorName: ['vendor'], skuNo: ['sku'], mfgPartNo: ['vendorSku'], quantity: ['quantity'], unitPrice: ['unitCost'],
      customerPrice: ['unitPrice'], currency: ['currency'], billingFrequency: ['billingCycle'], startDate: ['startDate'],
      endDate: ['endDate', 'renewalDate'], cancellationDeadline: ['cancelUntil'], status: ['status'],
    },
  },
  {
    name: 'a HaloPSA client', kind: 'clients', id: 'id', record: halo.client,
    read: reader((raw) => listed('Client', raw, readClient) as never), needed: ['id'],
    readFor: { name: ['name'], inactive: ['inactive'], toplevel_id: ['topLevelId'], main_site_id: ['mainSiteId'] },
  },
  {
    name: 'a HaloPSA licence', kind: 'licences', id: 'id', record: halo.licence,
    read: reader((raw) => listed('SoftwareLicence', raw, readLicence) as never), needed: ['id'],
    readFor: {
      name: ['name'], client_id: ['clientId'], count: ['quantity'], purchase_price: ['unitCost'], price: ['unitPrice'],
      status: ['status'], billing_cycle: ['billingCycle'], term_duration: ['term'], start_date: ['startDate'], end_date: ['endDate'],
      autorenew: ['autoRenew'], distributor: ['distributor'], product_sku: ['sku'], vendor_product_sku: ['vendorSku'],
      vendor: ['vendor'], tenant_id: ['tenantId'], thirdparty_client_id: ['customerId'], is_active: ['active'],
      deleted: ['deleted'], external_link_id: ['linkId'],
    },
  },
  {
    name: 'a HaloPSA link', kind: 'links', id: 'id', record: halo.link,
    read: reader((raw) => listed('ExternalLink', raw, readLink) as never), needed: ['id'],
    readFor: { halo_id: ['recordId'], third_party_id: ['thirdPartyId'], third_party_type: ['thirdPartyType'] },
  },
]; // biome-ignore format: a table

const nested = (depth: number) => {
  let inner: unknown = 1;
  for (let i = 0; i < depth; i++) inner = i % 2 ? [inner] : { inner };
  return inner;
};

/** What odd sources have been seen to send, and more. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom<unknown>(
      null, undefined, '', ' ', 'n/a', 'N/A', '-', 'null', 'NaN', 'Infinity', 'true', 'FALSE', 'yes', '0', '1,000', '10 seats', '1e3',
      '1e999', '-1', '9223372036854775807', '09/11/2026', '2028-12-06 00:00:00+00', '2026-02-30', '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z', '1782950400001', '\0', 'a\0b', '\ud83d', 'cut off \ud83d', '__proto__', 'constructor', 'toString',
      true, false, 0, -0, -1, -5, 0.1 + 0.2, 1e13, 1e14, 1e15, -1e15, 1e21, 1e308, 2 ** 53, 1782950400, 1843344000001, 20261109,
      Number.NaN, Number.POSITIVE_INFINITY, [], {}, [1], ['x'], [null], { value: 1 }, { toString: 1 }, { length: 3 },
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 400, maxLength: 3000 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(500, 3_000, 20_000).map(nested) },
  { weight: 1, arbitrary: fc.constantFrom('x', '漢', '🚲', '\0').map((sign) => sign.repeat(300_000)) },
); // biome-ignore format: a table

/** Every path of a record, whole parts among them. */
export function pathsOf(record: object, under = ''): string[] {
  return Object.entries(record).flatMap(([key, value]) => {
    const path = `${under}${key}`;
    const part = typeof value === 'object' && value !== null && !Array.isArray(value);
    return part ? [path, ...pathsOf(value, `${path}.`)] : [path];
  });
}

/** A copy with the value at a path replaced; absent where it is undefined. */
export function changed(record: object, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(record) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const place = keys.reduce((part, key) => part[key] as Record<string, unknown>, copy);
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

export const mutation = ({ record }: Specimen) =>
  fc.record({ path: fc.constantFrom(...pathsOf(record)), value: oddValue });
