import { z } from 'zod';
import type { CustomerFields } from '../../domain/change.ts';
import { decimal } from '../../domain/money.ts';

/** What Work 365 sends, converted to our fields. Names are accepted in any case, as the public sample does. */
type Model = Record<string, unknown>;

const lowered = (value: unknown): Model =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one]))
    : {};

/** PostgreSQL holds no NUL, and no distributor accepts a longer text. */
const text = (value: unknown): string | undefined => {
  const trimmed = typeof value === 'string' ? value.replaceAll('\0', '').trim().slice(0, 254) : '';
  return trimmed === '' ? undefined : trimmed;
};

export function customerFields(given: unknown): CustomerFields {
  const model = lowered(given);
  const contact = lowered(model.contact);
  const address = lowered(model.defaultaddress);
  const language = text(model.language) ?? text(model.culture);
  const parts = {
    line1: text(address.addressline1),
    line2: text(address.addressline2),
    city: text(address.city),
    state: text(address.regionorstate),
    postcode: text(address.postalorzipcode),
    country: text(address.country)?.toUpperCase(),
  };
  return known({
    name: text(model.name),
    email: text(model.email) ?? text(contact.email),
    phone: text(contact.phonenumber),
    domain: text(model.domain),
    taxNumber: text(model.organizationregistrationnumber),
    // `de-AT` names a language and a country.
    language: /^[a-z]{2}(?![a-z])/i.exec(language ?? '')?.[0].toLowerCase(),
    firstName: text(contact.firstname),
    lastName: text(contact.lastname),
    address: Object.values(parts).some(Boolean) ? known(parts) : undefined,
  });
}

const known = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** Cycles of the contract; 0 and 3 name none. */
const cycles: Record<number, string> = { 1: 'monthly', 2: 'annual', 4: 'one-time', 5: 'triennial' };

export interface OrderedSubscription {
  customerId: string | undefined;
  partNumber: string | undefined;
  quantity: string | null;
  billingCycle: string | undefined;
  autoRenew: boolean | undefined;
  currency: string | undefined;
}

export function orderedSubscription(given: unknown): OrderedSubscription {
  const model = lowered(given);
  const { autorenew } = model;
  return {
    customerId: text(lowered(model.customer).id),
    partNumber: text(model.partnumber),
    quantity: decimal(model.quantity, 4),
    billingCycle: cycles[Number(model.provisioningfrequency)],
    autoRenew: typeof autorenew === 'boolean' ? autorenew : undefined,
    currency: currencyOf(model.pricing),
  };
}

/** The currency of a model's pricing; undefined if none is named. */
export const currencyOf = (pricing: unknown): string | undefined =>
  z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/)
    .safeParse(lowered(pricing).currency).data;

export const idOfModel = (given: unknown): string | undefined => text(lowered(given).id);
export const fieldOf = (given: unknown, name: string): unknown => lowered(given)[name.toLowerCase()];
