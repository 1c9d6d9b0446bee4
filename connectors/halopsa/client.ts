import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { ConnectorContext } from '../contract.ts';
import { call, type Explain, type HttpAnswer, type HttpRequest } from '../http.ts';
import type { HaloCredentials, HaloSettings } from './definition.ts';
import { explainer, type Resource, without } from './errors.ts';

export type HaloContext = ConnectorContext<HaloSettings, HaloCredentials>;
export type Query = Record<string, string | number | boolean>;

/** Rows requested per page; a server may send fewer. */
export const PAGE_SIZE = 100;

/** The key of each resource's list envelope. */
export const listKey: Record<Resource, string> = {
  Client: 'clients',
  Site: 'sites',
  SoftwareLicence: 'licences',
  ExternalLink: 'links',
  TopLevel: 'tree',
  Agent: 'results',
  Tickets: 'tickets',
};

/** `read` converts the answer, or throws if it is not what Halo should answer. */
export function get<T = unknown>(
  context: HaloContext,
  resource: Resource,
  query: Query = {},
  path = '',
  read: (json: unknown) => T = (json) => json as T,
): Promise<T> {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) search.set(key, String(value));
  const url = `${context.settings.baseUrl}/api/${resource}${path}?${search}`;
  return signed(context, { url }, resource, ({ json }) => read(json));
}

/** Halo always expects an array, even for one record. Returns the rows of the answer, [] for an empty one. */
export async function post(context: HaloContext, resource: Resource, objects: object[]): Promise<unknown[]> {
  const url = `${context.settings.baseUrl}/api/${resource}`;
  const request = { method: 'POST', url, json: objects, write: true } as const;
  return await signed(context, request, resource, ({ json }) => rowsIn(json, resource));
}

/** A call with the token; its failures never repeat a secret, even if Halo's text does. */
function signed<T>(
  context: HaloContext,
  request: HttpRequest,
  resource: Resource,
  read: (answer: HttpAnswer) => T,
): Promise<T> {
  const secrets = [context.credentials.clientSecret];
  const token: HaloContext['token'] = async (options) => {
    const value = await context.token(options);
    secrets.push(value);
    return value;
  };
  const explain = explainer(resource, request.write ?? false);
  const explained: Explain = (answer) => {
    const said = explain(answer);
    return { ...said, message: said.message && without(said.message, secrets) };
  };
  return call({ ...context, token }, { ...request, auth: 'bearer' }, explained, read);
}

/** The same for a record whose answer is not read: one that shows no record may not be Halo's. */
export async function postBlind(context: HaloContext, resource: Resource, object: object): Promise<void> {
  const rows = await post(context, resource, [object]);
  if (rows.some((row) => idOf(row) !== undefined)) return;
  throw new Failure('bad-answer', `HaloPSA's answer does not show the written ${resource}.`, {
    ambiguous: 'dropped',
  });
}

/** Halo answers a write or a read by id with one record, an array, or the list envelope. */
function rowsIn(json: unknown, resource: Resource): unknown[] {
  if (Array.isArray(json)) return json;
  if (!json || typeof json !== 'object') return [];
  const enveloped = (json as Record<string, unknown>)[listKey[resource]];
  return Array.isArray(enveloped) ? enveloped : [json];
}

export interface Page {
  rows: unknown[];
  /** `record_count`: the number of rows over all pages. */
  declared: number | null;
}

/** Without `pageinate` (Halo's spelling) the page parameters are ignored. */
export async function readPage(
  context: HaloContext,
  resource: Resource,
  query: Query,
  page: number,
  size = PAGE_SIZE,
): Promise<Page> {
  const paged = { ...query, pageinate: true, page_no: page, page_size: size };
  return await get(context, resource, paged, '', (json) => envelope(json, resource));
}

const counted = z.object({ record_count: z.number().int().min(0).nullish() });

function envelope(json: unknown, resource: Resource): Page {
  const head = counted.safeParse(json);
  const rows = (json as Record<string, unknown> | null | undefined)?.[listKey[resource]];
  if (!head.success || !Array.isArray(rows)) {
    throw new Failure('bad-answer', `HaloPSA's list of ${resource} does not have its documented form.`, {
      status: 200,
      remedy: 'Check that the base URL names HaloPSA itself.',
    });
  }
  return { rows, declared: head.data.record_count ?? null };
}

/** All rows of a short list, page by page until the declared count; stops when pages repeat. */
export async function readAll(context: HaloContext, resource: Resource, query: Query): Promise<unknown[]> {
  const rows: unknown[] = [];
  const seen = new Set<unknown>();
  for (let page = 1; ; page++) {
    const { rows: received, declared } = await readPage(context, resource, query, page);
    const fresh = received.filter((row) => !seen.has(idOf(row)));
    for (const row of fresh) {
      seen.add(idOf(row));
      rows.push(row);
    }
    if (received.length === 0 || (declared !== null && rows.length >= declared)) return rows;
    if (fresh.length === 0) {
      if (declared === null) return rows;
      throw new Failure('bad-answer', `HaloPSA returned the same page of ${resource} twice.`);
    }
  }
}

const idOf = (row: unknown) => (row as { id?: unknown } | null)?.id;

/** One whole record, or null if it no longer exists. */
export async function readOne(context: HaloContext, resource: Resource, id: string): Promise<unknown> {
  const read = (json: unknown) => {
    const rows = rowsIn(json, resource);
    const found = rows.find((row) => String(idOf(row)) === id);
    if (found) return found;
    if (rows.length === 0 && json !== undefined && json !== null) return null;
    throw new Failure('bad-answer', `HaloPSA returned something other than the requested ${resource}.`);
  };
  try {
    return await get(context, resource, { includedetails: true }, `/${encodeURIComponent(id)}`, read);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
