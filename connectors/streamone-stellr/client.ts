import { Failure } from '../../domain/failure.ts';
import type { ConnectorContext, TokenAnswer } from '../contract.ts';
import { call, type Explain, type Explanation, type HttpRequest } from '../http.ts';
import { withoutSecrets } from '../secrets.ts';
import { clientCredentials, notIssuer, refusesCredentials } from '../token-answer.ts';
import { hosts, type StellrCredentials, type StellrSettings } from './definition.ts';
import { businessError } from './errors.ts';

export type StellrContext = ConnectorContext<StellrSettings, StellrCredentials>;

/** The permissions of an application, as the API center names them. */
export type Permission =
  | 'List Customers'
  | 'Get Customer Details'
  | "List Customers' Subscriptions"
  | 'Get Subscription Details'
  | "List Reseller's Subscriptions"
  | 'Manage Subscriptions'
  | 'Create Subscriptions'
  | 'Create Customer'
  | 'Get Operation Status'
  | 'List Invoices'
  | 'Invoice Report';

/** A request; `read` gets the answer without secrets. `permission` is what it needs, named if it is refused. */
export async function ask<T = unknown>(
  context: StellrContext,
  path: string,
  permission: Permission,
  request: Omit<HttpRequest, 'url' | 'auth'> = {},
  read: (json: unknown) => T = (json) => json as T,
): Promise<T> {
  const url = `${hosts(context.settings).baseUrl}/api/v1/${path}`;
  const explain: Explain = ({ status, json }) => ({
    ...refusal(status, permission),
    reference: referenceOf(json),
  });
  return await call(context, { ...request, url, auth: 'bearer' }, explain, ({ status, json }) => {
    const error = businessError(json);
    if (!error) return read(withoutSecrets(json));
    const said = error.kind === 'forbidden' ? refusal(403, permission) : {};
    const code = error.code ? ` ${error.code}` : '';
    throw new BusinessFailure(
      error.kind,
      said.message ?? `Stellr reports error${code} under HTTP ${status}.`,
      {
        status,
        remedy: said.remedy ?? 'If the error persists, give this reference to TD SYNNEX support.',
        reference: referenceOf(json),
      },
    );
  });
}

/** Stellr's own refusal under a status that says success. */
export class BusinessFailure extends Failure {}

function refusal(status: number, permission: Permission): Explanation {
  if (status === 401) return { message: 'Stellr refused the access token (401).', remedy: checkCredentials };
  if (status === 403) {
    return {
      message: `The application lacks the permission "${permission}".`,
      remedy: `Grant "${permission}" to this application in the API center (My Account → Applications).`,
    };
  }
  if (status === 404) return { message: 'Stellr has no such path or record (404).' };
  return {};
}

// --- Token ---------------------------------------------------------------------------------------------------

export async function exchange(context: Omit<StellrContext, 'token'>): Promise<TokenAnswer> {
  const { clientId, clientSecret } = context.credentials;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const request = { method: 'POST', url: hosts(context.settings).tokenUrl, form } as const;
  return await call({ ...context, token: noToken }, request, explainToken, ({ json, status }) =>
    clientCredentials(json, 3_600, 'Stellr', { status, remedy: 'Check the token URL.' }),
  );
}

const noToken = () => Promise.reject(new Error('the token endpoint takes no bearer token'));

const checkCredentials =
  'Check client id, client secret, region and environment; new credentials take up to ten minutes to work.';

const explainToken: Explain = ({ status, json }) => {
  const error = (json as { error?: unknown } | null | undefined)?.error;
  if (![400, 401, 403].includes(status) || error === 'invalid_request') return {};
  return refusesCredentials(json)
    ? { kind: 'unauthorised', message: 'Stellr refused the client credentials.', remedy: checkCredentials }
    : notIssuer('Stellr', status);
};

function referenceOf(json: unknown): string | undefined {
  const id = (json as { requestId?: unknown } | null | undefined)?.requestId;
  return typeof id === 'string' && /^[\w.:-]{1,64}$/.test(id) ? id : undefined;
}
