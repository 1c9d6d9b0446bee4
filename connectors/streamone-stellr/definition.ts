import { z } from 'zod';
import { baseUrl, type Definition, rateSettings } from '../contract.ts';

interface Hosts {
  baseUrl: string;
  tokenUrl: string;
}

const us = 'https://sso.us.tdsynnex.com/oauth2/v1/token';
const ca = 'https://sso.ca.tdsynnex.com/oauth2/v1/token';

/**
 * The publicly known hosts by `region/environment`. Brazil and Mexico have no known token host of their own; the US
 * one is said to serve all regions.
 */
const presets: Record<string, Hosts> = {
  'us/production': { baseUrl: 'https://api.us.tdsynnex.com', tokenUrl: us },
  'us/sandbox': { baseUrl: 'https://api-uat.us.tdsynnex.com', tokenUrl: us },
  'ca/production': { baseUrl: 'https://api.ca.tdsynnex.com', tokenUrl: ca },
  'ca/sandbox': { baseUrl: 'https://api-uat.ca.tdsynnex.com', tokenUrl: ca },
  'br/production': { baseUrl: 'https://api-br.lac.tdsynnex.com', tokenUrl: us },
  'mx/production': { baseUrl: 'https://api-mx.lac.tdsynnex.com', tokenUrl: us },
};

const settings = z
  .strictObject({
    region: z.enum(['us', 'ca', 'br', 'mx', 'custom']),
    environment: z.enum(['production', 'sandbox']).default('production'),
    baseUrl: baseUrl
      .optional()
      .describe('API base URL, if the region and environment have no known host or another is used.'),
    tokenUrl: baseUrl.optional().describe('Token URL, if it is not the default one.'),
    resellerNo: z
      .union([z.string().trim().min(1), z.number().int().positive()])
      .transform(String)
      .optional()
      .describe('For your own reference: the credentials decide which reseller is read.'),
    ...rateSettings,
  })
  .superRefine(({ region, environment, baseUrl }, context) => {
    if (baseUrl || presets[`${region}/${environment}`]) return;
    const message =
      region === 'custom'
        ? 'is needed for a custom region'
        : `is needed: no ${environment} host is known for region ${region}`;
    context.addIssue({ code: 'custom', path: ['baseUrl'], message });
  });

const credentials = z.strictObject({
  clientId: z.string().trim().min(1).describe('From the API center: My Account → Client Credentials.'),
  clientSecret: z
    .string()
    .trim()
    .min(1)
    .describe('Shown once. Sandbox and production have separate credentials.'),
});

export type StellrSettings = z.output<typeof settings>;
export type StellrCredentials = z.output<typeof credentials>;

/**
 * Resolved when used, not when saved, so that changing the region changes the hosts. For the operator's own base URL,
 * tokens are requested from that host: a secret is sent only where the operator pointed.
 */
export function hosts({ region, environment, baseUrl, tokenUrl }: StellrSettings): Hosts {
  const preset = baseUrl
    ? Object.values(presets).find((known) => known.baseUrl === baseUrl)
    : presets[`${region}/${environment}`];
  const base = baseUrl ?? preset?.baseUrl ?? '';
  return { baseUrl: base, tokenUrl: tokenUrl ?? preset?.tokenUrl ?? `${base}/oauth2/v1/token` };
}

export const definition = {
  kind: 'streamone-stellr',
  name: 'TD SYNNEX StreamOne Stellr',
  role: 'distributor',
  distributorName: 'StreamOne Stellr',
  auth: 'client-credentials',
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
  changes: ['quantity', 'cancel', 'suspend', 'activate', 'create', 'create-customer'],
  customerNeeds: ['email', 'address.line1', 'address.city', 'address.postcode', 'address.country'],
} as const satisfies Definition;
