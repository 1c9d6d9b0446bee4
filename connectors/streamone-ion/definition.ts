import { z } from 'zod';
import { baseUrl, type Definition, rateSettings } from '../contract.ts';

const digits = z
  .union([z.string().trim().regex(/^\d+$/, 'must be digits only'), z.number().int().positive()])
  .transform(String);

const settings = z.strictObject({
  // People copy the address including the API's path; the token endpoint is at the root of the host.
  baseUrl: baseUrl
    .transform((url) => url.replace(/\/api\/v3$/, ''))
    // Before the transform, so that the JSON Schema shows the default.
    .prefault('https://ion.tdsynnex.com')
    .describe('One host serves every country.'),
  tokenUrl: baseUrl.optional().describe('Token URL, if it is not /oauth/token on the host.'),
  accountId: digits.describe('The number under Account Information in the portal.'),
  reportId: digits
    .optional()
    .describe('The saved billing report that charges are read from, where there are several.'),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'must be a two-letter country code')
    .optional()
    .describe('Country of addresses without one.'),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, 'must be a three-letter currency code')
    .optional()
    .describe('Currency of subscriptions without one.'),
  ...rateSettings,
});

const secret = z.string().trim().min(1);

const credentials = z
  .strictObject({
    refreshToken: secret.describe(
      'Shown once under Settings → Users → OAuth credentials. Spent at first use.',
    ),
    accessToken: secret.optional().describe('Shown beside the refresh token; used until it expires.'),
    apiKey: secret.optional().describe('Key of the older v1 API, for the systems check.'),
    apiSecret: secret.optional().describe('Secret of the older v1 API.'),
  })
  .refine((given) => !given.apiKey === !given.apiSecret, {
    path: ['apiSecret'],
    error: 'apiKey and apiSecret belong together: give both or neither',
  });

export type IonSettings = z.output<typeof settings>;
export type IonCredentials = z.output<typeof credentials>;

export const definition = {
  kind: 'streamone-ion',
  name: 'TD SYNNEX StreamOne Ion',
  role: 'distributor',
  distributorName: 'StreamOne Ion',
  auth: 'rotating',
  settings,
  credentials,
  capabilities: ['test', 'customers', 'subscriptions', 'chosen-customers', 'changes', 'charges'],
  pageSize: 200,
  changes: ['quantity', 'auto-renew', 'create', 'create-customer', 'update-customer'],
  customerNeeds: ['email', 'address.line1', 'address.city', 'address.postcode', 'address.country'],
} as const satisfies Definition;
