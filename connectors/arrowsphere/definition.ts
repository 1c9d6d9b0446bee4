import { z } from 'zod';
import { baseUrl, type Definition, rateSettings } from '../contract.ts';

export const settings = z.strictObject({
  // Several hosts are in use and none is documented as the sandbox, so there is no default.
  baseUrl: baseUrl.describe('The API, for example https://xsp.arrow.com/index.php/api'),
  ...rateSettings,
});

export const credentials = z.strictObject({
  apiKey: z
    .string()
    .trim()
    // A header cannot carry other characters, and the resulting error would repeat the key.
    .regex(/^[\x21-\x7e]+$/, 'must be one word without spaces or accents')
    .describe('A key made in the partner portal under API > API Keys.'),
});

export type Settings = z.infer<typeof settings>;
export type Credentials = z.infer<typeof credentials>;

export const definition = {
  kind: 'arrowsphere',
  name: 'ArrowSphere',
  role: 'distributor',
  distributorName: 'ArrowSphere',
  auth: 'static',
  settings,
  credentials,
  capabilities: [
    'test',
    'customers',
    'subscriptions',
    'chosen-customers',
    'parallel-pages',
    'changes',
    'charges',
  ],
  pageSize: 100,
  changes: [
    'quantity',
    'auto-renew',
    'cancel',
    'suspend',
    'activate',
    'create',
    'create-customer',
    'update-customer',
  ],
  customerNeeds: ['phone', 'address.line1', 'address.city', 'address.postcode', 'address.country'],
  taxNumberFields: ['TaxNumber', 'RegistrationNumber'],
} as const satisfies Definition;
