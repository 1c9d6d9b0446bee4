import { z } from 'zod';

/**
 * The models of the REST Provider contract as in its public sample: camelCase, nulls written, enums as integers. They
 * document the answers that `records.ts` builds.
 */
const date = z.string().describe('`2022-01-01T00:00:00`, with `Z` where it is an instant.');
const text = z.string().nullable();

const reference = { id: z.string().max(50).nullable(), name: text };
const model = { ...reference, createdOn: date.nullable(), modifiedOn: date.nullable() };
const ref = z.object(reference).nullable();

export const address = z.object({
  ...model,
  country: text,
  city: text,
  regionOrState: text,
  addressLine1: text,
  addressLine2: text,
  postalOrZipCode: text,
});

export const customer = z
  .object({
    ...model,
    email: text,
    language: text,
    culture: text,
    defaultAddress: address.nullable(),
    domain: text,
    organizationRegistrationNumber: text,
    userCredentials: z.null(),
    contact: z
      .object({ ...model, firstName: text, lastName: text, phoneNumber: text, email: text })
      .nullable(),
  })
  .meta({ id: 'Work365Customer' });

export const subscription = z
  .object({
    ...model,
    partNumber: text,
    autoRenew: z.boolean(),
    provisioningFrequency: z
      .int()
      .describe('0 unknown, 1 monthly, 2 annual, 3 none, 4 one time, 5 triennial'),
    billingType: z.int().describe('1 licence, 2 usage, 3 service, 4 tiered, 5 non-recurring item'),
    customer: ref,
    friendlyName: text,
    startDate: date,
    status: z.int().describe('1 active, 2 suspended, 3 cancelled, 4 expired'),
    quantity: z.number(),
    pricing: z.object({ currency: text, price: z.number(), retailPrice: z.number().nullable() }).nullable(),
  })
  .meta({ id: 'Work365Subscription' });

export const providerProperties = z.object({
  supportsAgreementConfirmation: z.boolean(),
  supportsAddressVerification: z.boolean(),
  supportsCustomerCreation: z.boolean(),
});

export const addressValidation = z.object({
  originalAddress: address,
  suggestedAddresses: z.array(address).nullable(),
  validationMessage: text,
  addressValidationStatus: z.int().describe('0 success, 1 error, 2 could not validate'),
});

export const validationRules = z.object({
  defaultSupportedLanguage: text,
  defaultCulture: text,
  isStateRequired: z.boolean(),
  isCityRequired: z.boolean(),
  isPostalCodeRequired: z.boolean(),
  stateList: z.array(z.string()),
  phoneNumberRegex: text,
  postalCodeRegex: text,
  isTaxIdSupported: z.boolean(),
  isVatIdSupported: z.boolean(),
  vatIdRegex: text,
  taxIdFormat: text,
  isTaxIdOptional: z.boolean(),
});

export const price = z
  .object({
    ...model,
    type: z.literal('licensebased'),
    productTitle: text,
    productId: text,
    skuId: text.describe('Part number, term and billing frequency: what the price is told by.'),
    skuTitle: text,
    publisher: text,
    skuDescription: text,
    unitOfMeasure: text,
    termDuration: text.describe('Such as `P1Y`.'),
    market: text,
    currency: text,
    unitPrice: z.number(),
    pricingTierRangeMin: text,
    pricingTierRangeMax: text,
    effectiveStartDate: date,
    effectiveEndDate: date,
    tags: text,
    meterIds: text,
    meterType: text,
    billingPlan: text.describe('The billing frequency.'),
    erpPrice: z.number(),
    segment: text,
  })
  .meta({ id: 'Work365Price' });

/** What no distributor's ledger can give. */
export const nothing = z.array(z.object(model)).max(0).describe('Always empty: no distributor gives it.');
