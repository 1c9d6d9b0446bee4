import { z } from 'zod';
import { Failure, type FailureKind, wayFaults } from '../../domain/failure.ts';
import type { TokenAnswer } from '../contract.ts';
import { call, type Explain } from '../http.ts';
import { clientCredentials, notIssuer, refusesCredentials } from '../token-answer.ts';
import type { HaloContext } from './client.ts';
import { explainer, said, without } from './errors.ts';

type Tokenless = Omit<HaloContext, 'token'>;

/** Client credentials: instead of refreshing, a new token is requested. */
export async function exchange(context: Tokenless): Promise<TokenAnswer> {
  const { clientId, clientSecret } = context.credentials;
  const { url, says } = await tokenEndpoint(context);
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'all',
  };
  const remedy = 'Check the base URL and, if it is set, the token URL.';
  return await call(
    { ...context, token: none },
    { method: 'POST', url, form },
    refusal(context, says),
    ({ json, status }) => clientCredentials(json, 3_600, 'HaloPSA', { status, remedy }),
  );
}

/** `says`: the tenant the instance names as its own, if it was asked. */
function refusal({ settings, credentials }: Tokenless, says: string | null): Explain {
  const tenantHint = settings.tenant ? ` and that the tenant is ${settings.tenant}` : '';
  return (answer) => {
    const { status, json } = answer;
    const code = (json as { error?: unknown } | undefined)?.error;
    if (code === 'invalid_scope') {
      return {
        kind: 'forbidden',
        message: 'HaloPSA does not grant this application the scope all.',
        remedy: 'In HaloPSA give the API application the permission all.',
      };
    }
    if ((status === 401 || status === 403 || status === 400) && !refusesCredentials(json))
      return notIssuer('HaloPSA', status);
    if (status === 401 || status === 403 || (status === 400 && code)) {
      const reason = without(said(json) ?? '', [credentials.clientSecret]);
      return {
        kind: 'unauthorised',
        message: `HaloPSA refused the Client ID and Secret${reason ? `: ${reason}` : '.'}`,
        remedy: `Check both in Configuration > Integrations > Halo API, that the application uses the method Client ID and Secret (Services) with login type Agent${tenantHint}.`,
      };
    }
    if (status === 500 && settings.tenant) {
      const other = otherTenant(settings, says);
      return {
        // The instance names another tenant, so this is not an outage to retry.
        ...(other && { kind: 'invalid' }),
        message: 'HaloPSA failed on the token request (500); a wrong tenant causes this error.',
        remedy: `Check the tenant (${settings.tenant}) against Configuration > Integrations > Halo API > API Details.${other}`,
      };
    }
    return { ...explainer(null, false)(answer), ...(status === 404 && wrongUrl) };
  };
}

/** A sentence if the instance names another tenant than was entered; otherwise empty. */
export const otherTenant = ({ tenant }: HaloContext['settings'], says: string | null): string =>
  tenant && says && tenant.toLowerCase() !== says.toLowerCase()
    ? ` HaloPSA says that its tenant is ${says}.`
    : '';

const none = () => Promise.reject(new Error('This call uses no token.'));

const wrongUrl = {
  message: 'There is no token endpoint at the base URL (404).',
  remedy: 'Check the base URL and, if it is set, the token URL.',
};

interface Discovered {
  authUrl: string | null;
  tenant: string | null;
}

/** What a host says about itself does not change while we run; caching it saves a call of the budget each hour. */
const discovered = new Map<string, Discovered>();

async function tokenEndpoint(context: Tokenless): Promise<{ url: string; says: string | null }> {
  const { baseUrl, tokenUrl, tenant } = context.settings;
  if (tokenUrl) return { url: withTenant(tokenUrl, tenant), says: null };
  const found = await discover(context);
  const url = withTenant(`${found.authUrl ?? `${baseUrl}/auth`}/token`, tenant ?? found.tenant);
  return { url, says: found.tenant };
}

function withTenant(text: string, tenant: string | null | undefined): string {
  const url = new URL(text);
  if (tenant && !url.searchParams.has('tenant')) url.searchParams.set('tenant', tenant);
  return url.href;
}

async function discover(context: Tokenless): Promise<Discovered> {
  const { baseUrl } = context.settings;
  const known = discovered.get(baseUrl);
  if (known) return known;
  try {
    const { json } = await unsigned(context, 'authinfo');
    const info = authInfo.parse(json);
    const authUrl = trusted(info.auth_url, baseUrl);
    const answer = { authUrl, tenant: info.tenant_id || null };
    // Cached only if it holds the URL: an odd answer must not persist.
    if (authUrl) discovered.set(baseUrl, answer);
    return answer;
  } catch (error) {
    context.signal.throwIfAborted();
    // If this host is unreachable or throttling, the token request would fail too.
    if (error instanceof Failure && hopeless.has(error.kind)) throw error;
    return { authUrl: null, tenant: null };
  }
}

const hopeless = new Set<FailureKind>([...wayFaults, 'timeout', 'rate-limited', 'intermediary']);

const authInfo = z.object({
  auth_url: z.string().nullish().catch(null),
  tenant_id: z.string().trim().nullish().catch(null),
});

/** The secret is sent to the URL Halo names, but never from https to http. */
function trusted(authUrl: string | null | undefined, baseUrl: string): string | null {
  if (!authUrl || !URL.canParse(authUrl)) return null;
  const url = new URL(authUrl);
  const safe = url.protocol === 'https:' || url.protocol === new URL(baseUrl).protocol;
  return safe ? authUrl.replace(/\/+$/, '') : null;
}

/** The two paths that need no token. */
export function unsigned(context: Tokenless, path: 'authinfo' | 'InstanceInfo') {
  return call(
    { ...context, token: none },
    { url: `${context.settings.baseUrl}/api/${path}` },
    explainer(null, false),
  );
}
