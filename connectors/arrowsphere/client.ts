import { z } from 'zod';
import { Failure, type FailureKind } from '../../domain/failure.ts';
import type { ConnectorContext } from '../contract.ts';
import { call, type Explain, type HttpRequest } from '../http.ts';
import type { Credentials, Settings } from './definition.ts';
import {
  checkUrl,
  customersWire,
  foundWire,
  licenceOf,
  listedWire,
  ofCustomerWire,
  type RawPage,
  readPage,
  unreadable,
} from './pages.ts';

export type Context = ConnectorContext<Settings, Credentials>;

/** The reseller the key belongs to. */
export interface Account {
  reference: string;
  companyName: string;
}

/** The page size of every public client; the maximum is not documented (contract §3). */
export const pageSize = 100;

const accountWire = z.object({
  status: z.literal(200),
  data: z.object({ reference: z.string().min(1), companyName: z.string() }),
});

export async function whoami(context: Context): Promise<Account> {
  return await ask(context, 'your account', { path: '/whoami' }, (answer) => {
    const parsed = accountWire.safeParse(answer);
    if (!parsed.success) throw unreadable('your account');
    return parsed.data.data;
  });
}

export async function customersPage(context: Context, page: number, size = pageSize): Promise<RawPage> {
  const path = `/customers?page=${page}&per_page=${size}`;
  return await ask(context, 'customers', { path }, (answer) =>
    readPage(customersWire, (wire) => wire.data.customers, answer, page, 'customers'),
  );
}

/**
 * Searches licences ordered by id, so that pages stay stable. There is no filter on `isEnabled`: ended licences are
 * wanted too, as far as the search returns them.
 */
export async function findLicences(
  context: Context,
  page: number,
  customer: string | null,
  size = pageSize,
): Promise<RawPage> {
  const path = `/licenses/v2/find?page=${page}&per_page=${size}`;
  const json = {
    ...(customer !== null && { filters: { 'license.customer_ref': [customer] } }),
    sort: { 'license.id': 'asc' },
  };
  return await ask(context, 'licences', { method: 'POST', path, json }, (answer) =>
    readPage(foundWire, (wire) => wire.results.map(licenceOf), answer, page, 'licences'),
  );
}

/** Licences of the account or one customer, used if the search is forbidden or missing. */
export async function listLicences(
  context: Context,
  page: number,
  customer: string | null,
): Promise<RawPage> {
  if (customer === null) {
    const path = `/v2/licenses?page=${page}&per_page=${pageSize}`;
    return await ask(context, 'licences', { path }, (answer) =>
      readPage(listedWire, (wire) => wire.data.licenses, answer, page, 'licences'),
    );
  }
  // No public client pages this endpoint: the first request has no page, and pages are followed if there are any.
  const path = `/v2/customers/${encodeURIComponent(customer)}/licenses${page > 1 ? `?page=${page}` : ''}`;
  return await ask(context, 'licences', { path }, (answer) =>
    readPage(ofCustomerWire, (wire) => wire.data.licenses, answer, page, 'licences'),
  );
}

// --- Asking --------------------------------------------------------------------------------------------------

export async function ask<T = unknown>(
  context: Context,
  what: string,
  { path, ...request }: Omit<HttpRequest, 'url'> & { path: string },
  read: (json: unknown) => T = (json) => json as T,
): Promise<T> {
  const explain: Explain = ({ status, json }) => ({
    ...refusal(status, what),
    reference: reference(json, context),
  });
  const url = context.settings.baseUrl + path;
  const headers = { apiKey: context.credentials.apiKey };
  return await call(context, { ...request, url, headers }, explain, ({ json }) => {
    // An error may come with HTTP 200: the body's own status counts too.
    const status = (json as { status?: unknown } | null | undefined)?.status;
    if (typeof status === 'number' && status >= 400) {
      const { kind, message, remedy } = refusal(status, what);
      throw new Failure(kind, message, { status, remedy, reference: reference(json, context) });
    }
    return read(json);
  });
}

const newKey = 'Copy a valid key from the partner portal (API > API Keys) into this connection.';

/**
 * Our text for a status. ArrowSphere's own (`messages`, `error`) may repeat the request and name people, so only its
 * correlation id and error code are kept.
 */
function refusal(status: number, what: string): { kind: FailureKind; message: string; remedy?: string } {
  // It is undocumented whether a bad key gets 401 or 403; as every key may call whoami, a 403 there means a bad key.
  if (status === 401 || (status === 403 && what === 'your account'))
    return { kind: 'unauthorised', message: `ArrowSphere refused the API key (${status}).`, remedy: newKey };
  if (status === 403)
    return {
      kind: 'forbidden',
      message: `ArrowSphere does not let this API key read ${what} (403).`,
      remedy: `Give the key's user access to ${what} in the partner portal, or use another key.`,
    };
  if (status === 404)
    return {
      kind: 'not-found',
      message: `ArrowSphere has no such path (404) for ${what}.`,
      remedy: checkUrl,
    };
  if (status === 429)
    return {
      kind: 'rate-limited',
      message: 'ArrowSphere asks for fewer requests (429).',
      remedy: 'Wait a moment; if it recurs, lower callsPerSecond.',
    };
  if (status === 408 || status === 504)
    return {
      kind: 'timeout',
      message: `ArrowSphere did not answer in time (${status}).`,
      remedy: 'Try again later.',
    };
  if (status >= 500)
    return {
      kind: 'unavailable',
      message: `ArrowSphere reported an internal error (${status}).`,
      remedy: 'Try again later.',
    };
  return {
    kind: 'invalid',
    message: `ArrowSphere refused the request for ${what} (${status}).`,
    remedy: checkUrl,
  };
}

/** Codes for ArrowSphere's support, if they look like codes. */
function reference(json: unknown, { credentials }: Context): string | undefined {
  const { correlationId, errorCode } = (json ?? {}) as Record<string, unknown>;
  const codes = [errorCode, correlationId].filter(
    (code) => /^[\w.:-]{1,64}$/.test(String(code ?? '')) && !String(code).includes(credentials.apiKey),
  );
  return codes.join(' ') || undefined;
}

/** The key may not search licences, or this ArrowSphere does not support it. */
export const searchRefused = (error: unknown) =>
  error instanceof Failure && (error.kind === 'forbidden' || error.kind === 'not-found');
