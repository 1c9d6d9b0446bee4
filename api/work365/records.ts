import type { KnownProduct } from '../../db/changes/products.ts';
import { type ServedCustomer, type ServedSubscription, servedId } from '../../db/ledger/work365.ts';
import type { CustomerNeed } from '../../domain/customer-needs.ts';
import { keyOf } from '../choose-product.ts';
import { exact } from './exact.ts';

/** Converts ledger rows to the contract's records. */
const unnamed = { id: null, name: null, createdOn: null, modifiedOn: null };

/** .NET's "no date", for required dates. */
const noDate = '0001-01-01T00:00:00';

const instant = (at: Date) => at.toISOString().replace(/\.\d+Z$/, 'Z');

export const customerRecord = ({ id, name, email, phone, domain, address, modifiedOn }: ServedCustomer) => ({
  id: servedId(id),
  name,
  createdOn: null,
  modifiedOn: instant(modifiedOn),
  email,
  language: null,
  culture: null,
  defaultAddress: address && {
    ...unnamed,
    country: address.country ?? null,
    city: address.city ?? null,
    regionOrState: address.state ?? null,
    addressLine1: address.line1 ?? null,
    addressLine2: address.line2 ?? null,
    postalOrZipCode: address.postcode ?? null,
  },
  domain,
  organizationRegistrationNumber: null,
  // Only creating a customer returns any.
  userCredentials: null,
  contact:
    email === null && phone === null
      ? null
      : { ...unnamed, firstName: null, lastName: null, phoneNumber: phone, email },
});

/** Pending exists but is not billed yet. An unknown status has no number: see `isTold`. */
const statuses: Record<string, number> = {
  active: 1, suspended: 2, pending: 2, cancelled: 3, deleted: 3, expired: 4,
}; // biome-ignore format: a table

/** Cycles without a number in the contract are served as unknown. */
const frequencies: Record<string, number> = { monthly: 1, annual: 2, 'one-time': 4, triennial: 5 };

/**
 * The contract cannot express an unknown status or quantity, and any number would change what is billed. Such a
 * subscription is left out until its distributor says more, just as an import to a PSA holds it.
 */
export const isTold = ({ status, quantity, usage, gone }: ServedSubscription) =>
  (gone || status in statuses) && (quantity !== null || usage);

export const subscriptionRecord =
  (currency: string | null) =>
  (row: ServedSubscription): Record<string, unknown> => ({
    id: servedId(row.id),
    name: row.name,
    createdOn: null,
    modifiedOn: instant(row.modifiedOn),
    partNumber: row.vendorSku ?? row.sku,
    autoRenew: row.autoRenew ?? false,
    provisioningFrequency: frequencies[row.billingCycle ?? ''] ?? 0,
    billingType: row.usage ? 2 : 1,
    customer: { id: servedId(row.customerId), name: row.customerName },
    // The contract has no field for a trial.
    friendlyName: row.trial ? `${row.name} (trial)` : row.name,
    startDate: startOf(row.startDate),
    status: row.gone ? 3 : statuses[row.status],
    quantity: exact(row.quantity ?? '1'),
    // The price is what we pay, the retail price what the customer pays; unknown is not 0.
    pricing:
      row.unitCost === null || (row.quantity === null && row.usage)
        ? null
        : {
            currency: row.currency ?? currency,
            price: exact(row.unitCost),
            retailPrice: row.unitPrice === null ? null : exact(row.unitPrice),
          },
  });

/** An instant keeps its `Z`; a date without a zone is midnight without one. */
function startOf(date: string | null): string {
  if (date === null) return noDate;
  return date.includes('T') ? date : `${date}T00:00:00`;
}

const spelt = ['country', 'city', 'regionOrState', 'addressLine1', 'addressLine2', 'postalOrZipCode'];

/** No distributor validates addresses: the address is returned as sent, marked as not validated. */
export function notValidated(given: unknown) {
  // Work 365 accepts field names in any case.
  const fields = new Map(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const original = spelt.map((name) => {
    const value = fields.get(name.toLowerCase());
    // NUL is removed, because `exact.ts` marks its numbers with it.
    return [name, typeof value === 'string' ? value.replaceAll('\0', '') : null];
  });
  return {
    originalAddress: { ...unnamed, ...Object.fromEntries(original) },
    suggestedAddresses: [],
    validationMessage: 'Addresses are not validated here.',
    addressValidationStatus: 2,
  };
}

export const properties = (customers: boolean) => ({
  supportsAgreementConfirmation: false,
  supportsAddressVerification: false,
  supportsCustomerCreation: customers,
});

/** What the distributor needs of a customer; nothing where none can be made. */
export const rulesOf = (needs: readonly CustomerNeed[]) => ({
  defaultSupportedLanguage: null,
  defaultCulture: null,
  isStateRequired: needs.includes('address.state'),
  isCityRequired: needs.includes('address.city'),
  isPostalCodeRequired: needs.includes('address.postcode'),
  stateList: [],
  phoneNumberRegex: null,
  postalCodeRegex: null,
  isTaxIdSupported: false,
  isVatIdSupported: false,
  vatIdRegex: null,
  taxIdFormat: null,
  isTaxIdOptional: true,
});

/** What the account pays now, under the key that an order may name: part number, term and billing frequency. */
export const priceRecord =
  (market: string, currency: string | null) =>
  (product: KnownProduct): Record<string, unknown> => ({
    id: servedId([keyOf(product), product.currency].filter(Boolean).join(':')),
    name: product.name,
    createdOn: null,
    modifiedOn: null,
    type: 'licensebased',
    productTitle: product.name,
    productId: product.sku,
    skuId: keyOf(product),
    skuTitle: product.name,
    publisher: product.vendor,
    skuDescription: null,
    unitOfMeasure: 'Licenses',
    termDuration: product.term,
    market,
    currency: product.currency ?? currency,
    unitPrice: exact(product.unitCost!),
    pricingTierRangeMin: null,
    pricingTierRangeMax: null,
    effectiveStartDate: noDate,
    effectiveEndDate: '9999-12-31T00:00:00',
    tags: null,
    meterIds: null,
    meterType: null,
    billingPlan: product.billingCycle,
    erpPrice: exact(product.unitPrice ?? product.unitCost!),
    segment: null,
  });
