import { z } from 'zod';
import { type Budget, baseUrl, type Definition } from '../contract.ts';

/** Technicians paste what "API Details" shows (resource server, authorisation server) or the page they are on. */
const hostRoot = (url: string) => {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '').replace(/\/(api|auth|auth\/token)$/i, '');
};

const noUserInfo = (url: string) => {
  const { username, password } = new URL(url);
  return username === '' && password === '';
};
const userInfoError = { error: 'must not carry a user name or password' };

const settings = z.strictObject({
  baseUrl: baseUrl
    .refine(noUserInfo, userInfoError)
    .transform(hostRoot)
    .describe('Base URL of HaloPSA, e.g. https://acme.halopsa.com'),
  tokenUrl: baseUrl
    .refine(noUserInfo, userInfoError)
    .optional()
    .describe('Token URL, if it is not the one HaloPSA reports.'),
  tenant: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe('Tenant, as Configuration > Integrations > Halo API > API Details shows it.'),
  callsPerFiveMinutes: z
    .number()
    .int()
    .min(30)
    .default(300)
    .describe('API calls in any five minutes, shared by every connection to this tenant.'),
  batchSize: z.number().int().min(1).max(50).default(25).describe('Licences per write.'),
});

const credentials = z.strictObject({
  clientId: z.string().trim().min(1).describe('Client ID of the API application.'),
  clientSecret: z.string().trim().min(1).describe('Client Secret of the API application.'),
});

export type HaloSettings = z.output<typeof settings>;
export type HaloCredentials = z.output<typeof credentials>;

export const definition = {
  kind: 'halopsa',
  name: 'HaloPSA',
  role: 'destination',
  flow: 'push',
  auth: 'client-credentials',
  settings,
  credentials,
  capabilities: ['test', 'clients', 'licences', 'links', 'top-levels', 'agents', 'site-address', 'tickets'],
  budget: ({ baseUrl, tenant, callsPerFiveMinutes }: HaloSettings): Budget => ({
    key: `${new URL(baseUrl).host}/${tenant ?? ''}`,
    calls: callsPerFiveMinutes,
    seconds: 300,
  }),
} satisfies Definition;
