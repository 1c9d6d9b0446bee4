import type { CustomerFields } from './change.ts';
import type { Address } from './customer.ts';

/** What a distributor requires for a new customer, besides its name. */
export type CustomerNeed = 'email' | 'phone' | `address.${keyof Address}`;

const words: Record<CustomerNeed, string> = {
  email: 'an e-mail address',
  phone: 'a telephone number',
  'address.line1': 'a street',
  'address.line2': 'a second line of the address',
  'address.city': 'a city',
  'address.state': 'a state or region',
  'address.postcode': 'a postal code',
  'address.country': 'a country',
};

/** The required fields that are missing, as words of a sentence. */
export const lacking = (needs: readonly CustomerNeed[], customer: CustomerFields): string[] =>
  needs.filter((need) => !given(need, customer)).map((need) => words[need]);

function given(need: CustomerNeed, { email, phone, address }: CustomerFields): boolean {
  if (need === 'email') return Boolean(email);
  if (need === 'phone') return Boolean(phone);
  return Boolean(address?.[need.slice('address.'.length) as keyof Address]);
}
