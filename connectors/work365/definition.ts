import { z } from 'zod';
import type { Definition } from '../contract.ts';

const settings = z.strictObject({
  displayName: z.string().trim().min(1).max(200).describe('What the provider is called in Work 365.'),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code such as DE')
    .describe('Country of the provider, as entered in Work 365.'),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
    .describe('Currency of the provider; used for prices without one from the distributor.'),
});

const credentials = z.strictObject({
  key: z
    .string()
    .min(16, 'must have 16 characters or more')
    .max(200)
    // The key is sent in a header, which trims blanks and cannot hold every character.
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')
    .describe('The secret Work 365 sends with each request; choose one, and enter it there too.'),
});

export type Work365Settings = z.output<typeof settings>;
export type Work365Credentials = z.output<typeof credentials>;

/** A definition without a connector: Work 365 calls us (`api/work365`), we never call it. */
export const definition = {
  kind: 'work365',
  name: 'Work 365',
  role: 'destination',
  flow: 'pull',
  auth: 'static',
  settings,
  credentials,
  // The contract's other data (invoices, usage, prices, agreements, …) is in no distributor's ledger.
  capabilities: ['test', 'customers', 'subscriptions', 'provider-properties'],
} satisfies Definition;
