import type { Client } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import type { Licence, Link } from '../../domain/licence.ts';
import type { Agent, Listing, ListPage, ListRequest, Offer } from '../contract.ts';
import {
  get,
  type HaloContext,
  listKey,
  PAGE_SIZE,
  type Query,
  readAll,
  readOne,
  readPage,
} from './client.ts';
import type { HaloCredentials, HaloSettings } from './definition.ts';
import type { Resource } from './errors.ts';
import {
  listed,
  type MarkedClient,
  type Reader,
  readAgent,
  readClient,
  readLicence,
  readLink,
  readTopLevel,
} from './wire.ts';

/** Inactive rows are hidden unless requested. */
const all = { includeactive: true, includeinactive: true } as const;

function listing<Row extends { id: string; unreadable: string[] }>(
  resource: Resource,
  query: Query,
  reader: Reader<Row>,
): Listing<Row, HaloSettings, HaloCredentials> {
  return {
    scopes: async () => 'account',
    page: async (context, { cursor }: ListRequest): Promise<ListPage<Row>> => {
      const at = place(cursor);
      const { rows, declared } = await readPage(context, resource, query, at.page);
      const size = at.page === 1 ? rows.length : at.size;
      return {
        records: rows.map((raw) => ({ id: null, raw, read: () => listed(resource, raw, reader) })),
        declared,
        next: next(at.page, size, rows.length, declared),
        pages: declared === null || !size ? null : Math.ceil(declared / size),
      };
    },
  };
}

/**
 * A cursor is `<page>` or `<page>:<rows on page 1>`: a server may send smaller pages than requested, so only the rows
 * received show how far a page reaches.
 */
function place(cursor: string | null): { page: number; size: number | null } {
  const [page, size] = (cursor ?? '1').split(':').map(Number);
  return { page: page!, size: size ?? null };
}

function next(page: number, size: number | null, received: number, declared: number | null): string | null {
  if (received === 0) return null;
  if (declared === null) return `${page + 1}`;
  if (!size) {
    const last = page * received >= declared || (page - 1) * PAGE_SIZE + received === declared;
    return last ? null : `${page + 1}`;
  }
  return (page - 1) * size + received >= declared ? null : `${page + 1}:${size}`;
}

export const clients = listing<Client>('Client', all, readClient);
export const licences = listing<Licence>('SoftwareLicence', { includeinactive: true }, readLicence);
export const links = listing<Link>('ExternalLink', {}, readLink);

/** The rows that can be read; an unreadable row of somebody else must not stop a read-back. */
const readable = <Row>(rows: unknown[], reader: Reader<Row>): Row[] =>
  rows.map(reader).filter((row) => row !== null);

export async function topLevels(context: HaloContext): Promise<Offer[]> {
  return readable<Offer>(await readAll(context, 'TopLevel', {}), readTopLevel);
}

/** Halo answers with a bare array or an object with `results`; this list has no pages. */
export async function allAgents(context: HaloContext) {
  const read = (json: unknown) => {
    const rows = Array.isArray(json)
      ? json
      : ((json as Record<string, unknown> | undefined)?.[listKey.Agent] ??
        (json as Record<string, unknown> | undefined)?.agents);
    const found = Array.isArray(rows) ? readable(rows, readAgent) : null;
    // A list without one agent is somebody else's: the caller is an agent itself.
    if (found && (found.length > 0 || (rows as unknown[]).length === 0)) return found;
    throw new Failure('bad-answer', "HaloPSA's list of agents does not have its documented form.", {
      status: 200,
    });
  };
  return await get(context, 'Agent', { includeenabled: true, includedisabled: true }, '', read);
}

export async function agents(context: HaloContext): Promise<Agent[]> {
  return (await allAgents(context)).map(({ apiOnly: _, ...agent }) => agent);
}

/** An unreadable row may be the one sought, so the result must not be "not found". */
const unsure = (resource: Resource) =>
  new Failure('bad-answer', `HaloPSA returned a ${resource} that cannot be read.`, { retryable: false });

/** An unreadable record must not be mistaken for a deleted one. */
async function whole<Row>(
  context: HaloContext,
  resource: Resource,
  id: string,
  reader: Reader<Row>,
): Promise<Row | null> {
  const row = await readOne(context, resource, id);
  if (row === null) return null;
  const read = reader(row);
  if (read) return read;
  throw unsure(resource);
}

export const client = (context: HaloContext, id: string) => whole(context, 'Client', id, readClient);
export const licence = (context: HaloContext, id: string) =>
  whole(context, 'SoftwareLicence', id, readLicence);

/** Halo ignores unknown filters, so the rows are filtered again. */
export async function linksOf(
  context: HaloContext,
  thirdPartyId: string,
  type: string | null,
): Promise<Link[]> {
  const query: Query = { third_party_id: thirdPartyId, ...(type !== null && { third_party_type: type }) };
  const found = (await readAll(context, 'ExternalLink', query)).map(readLink);
  const same = found.filter(
    (link) => link?.thirdPartyId === thirdPartyId && (type === null || link.thirdPartyType === type),
  );
  if (same.some((link) => !link?.recordId)) throw unsure('ExternalLink');
  return same.filter((link) => link !== null);
}

export async function clientsNamed(context: HaloContext, name: string): Promise<MarkedClient[]> {
  const rows = await readAll(context, 'Client', {
    ...all,
    search: searchable(name),
    search_name_only: true,
    includenotes: true,
  });
  const named = rows.filter((row) => {
    const read = readClient(row);
    return !read || read.unreadable.includes('name') || (row as { name?: unknown }).name === name;
  });
  return wholeWhere(context, 'Client', named, readClient, () => true);
}

/** The longest part of a name without LIKE wildcards, with which a search would not find the name itself. */
const searchable = (name: string) =>
  name
    .split(/[%_[\]^]/)
    .map((part) => part.trim())
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '');

/**
 * Read-back without links: list rows may be thin, so each is read whole for the marker in its notes. A row with a link
 * has no marker and costs no call.
 */
export async function licencesOf(context: HaloContext, clientId: string): Promise<Licence[]> {
  const rows = await rowsOfClient(context, clientId);
  return wholeWhere(context, 'SoftwareLicence', rows, readLicence, (row) => row.linkId === null);
}

export const licencesListed = async (context: HaloContext, clientId: string): Promise<(Licence | null)[]> =>
  (await rowsOfClient(context, clientId)).map(readLicence);

export async function newestLicences(
  context: HaloContext,
  floor: string | null,
  pages: number,
): Promise<Licence[] | null> {
  const query = { includeinactive: true, order: 'id', orderdesc: true };
  const rows: Licence[] = [];
  for (let page = 1; page <= pages; page++) {
    const { rows: received, declared } = await readPage(context, 'SoftwareLicence', query, page);
    const read = received.map(readLicence);
    if (read.includes(null)) return null;
    rows.push(...(read as Licence[]));
    const above = rows.filter(({ id }) => floor === null || Number(id) > Number(floor));
    if (declared === rows.length && page === 1) return above;
    // A server may not support the order: check it on the rows received.
    if (rows.length < 2 || rows.some(({ id }, n) => n > 0 && Number(id) >= Number(rows[n - 1]!.id)))
      return null;
    if (above.length < rows.length || declared === rows.length) return above;
    if (received.length === 0) return null;
  }
  return null;
}

/** What may be a licence of this client, whether or not the server supports the filter. */
async function rowsOfClient(context: HaloContext, clientId: string): Promise<unknown[]> {
  const query = { client_id: clientId, includeinactive: true };
  const rows = await readAll(context, 'SoftwareLicence', query);
  return rows.filter((row) => {
    const read = readLicence(row);
    return !read || read.unreadable.includes('clientId') || read.clientId === clientId;
  });
}

async function wholeWhere<Row extends { id: string; unreadable: string[] }>(
  context: HaloContext,
  resource: Resource,
  rows: unknown[],
  reader: Reader<Row>,
  wanted: (row: Row) => boolean,
): Promise<Row[]> {
  const found: Row[] = [];
  for (const raw of rows) {
    const row = reader(raw);
    if (!row) throw unsure(resource);
    const thin = !('notes' in (raw as object));
    const read = thin && wanted(row) ? await whole(context, resource, row.id, reader) : row;
    if (read?.unreadable.includes('marker')) throw unsure(resource);
    if (read) found.push(read);
  }
  return found;
}
