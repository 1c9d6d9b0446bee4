import { hash as digest } from 'node:crypto';
import type { Client, Customer } from '../../domain/customer.ts';
import type { ListingKind, MirrorKind } from '../../domain/kinds.ts';
import { type Licence, type LicenceFields, type Link, licenceFields } from '../../domain/licence.ts';
import { matchKey } from '../../domain/names.ts';
import type { Subscription } from '../../domain/subscription.ts';

/** Prepares records for the ledger: each is rendered once, as text for PostgreSQL. */
export interface LedgerRow {
  id: string;
  hash: string;
  /** The row as JSON text. */
  columns: string;
  /** The raw record as JSON text; null if it is not kept. */
  raw: string | null;
}

/** Increase it when a canonical field changes its meaning: every row is then rewritten. */
const shape = 4;

interface Ledger<Row> {
  /** Its columns besides id and hash, in camelCase; the database uses snake_case. */
  columns: Record<string, 'text' | 'text[]' | 'boolean' | 'numeric' | 'jsonb'>;
  /** Fields of the canonical record; those without a column are dropped if the raw record is kept. */
  row(record: Row): object;
  /** Whether the raw record is kept. If not, versions are distinguished by the row's text. */
  raw: boolean;
}

const customers: Ledger<Customer> = {
  columns: {
    name: 'text', matchKey: 'text', status: 'text', own: 'boolean', email: 'text', phone: 'text', domain: 'text',
    tenantId: 'text', address: 'jsonb', unreadable: 'text[]',
  }, // biome-ignore format: a table
  row: (customer) => ({ ...customer, matchKey: indexed(matchKey(customer.name)) }),
  raw: true,
};

const subscriptions: Ledger<Subscription> = {
  columns: {
    customerId: 'text', name: 'text', status: 'text', statusText: 'text', quantity: 'numeric', usage: 'boolean',
    trial: 'boolean', unitCost: 'numeric', unitPrice: 'numeric', currency: 'text', billingCycle: 'text', term: 'text',
    startDate: 'text', endDate: 'text', renewalDate: 'text', autoRenew: 'boolean', cancelUntil: 'text',
    renewalCost: 'numeric', renewalPrice: 'numeric', minQuantity: 'numeric', maxQuantity: 'numeric', vendor: 'text',
    sku: 'text', vendorSku: 'text', tenantId: 'text', unreadable: 'text[]',
  }, // biome-ignore format: a table
  row: (subscription) => subscription,
  raw: true,
};

const clients: Ledger<Client> = {
  columns: {
    name: 'text', matchKey: 'text', inactive: 'boolean', topLevelId: 'text', mainSiteId: 'text', unreadable: 'text[]',
  }, // biome-ignore format: a table
  row: ({ id, name, inactive, topLevelId, mainSiteId, unreadable }) => ({
    id, name, matchKey: indexed(matchKey(name)), inactive, topLevelId, mainSiteId, unreadable,
  }), // biome-ignore format: a row
  raw: false,
};

const licences: Ledger<Licence> = {
  columns: {
    clientId: 'text', distributor: 'text', active: 'boolean', deleted: 'boolean', linkId: 'text', fields: 'jsonb',
    unreadable: 'text[]',
  }, // biome-ignore format: a table
  row: ({ id, clientId, deleted, linkId, marker: _, unreadable, ...fields }) => ({
    id, clientId, distributor: fields.distributor, active: fields.active, deleted, linkId, fields: inOrder(fields), unreadable,
  }), // biome-ignore format: a row
  raw: false,
};

/** Always in the same order, because versions are distinguished by their text. */
const inOrder = (fields: LicenceFields) =>
  Object.fromEntries(licenceFields.map((name) => [name, fields[name]]));

const links: Ledger<Link> = {
  columns: { recordId: 'text', thirdPartyId: 'text', thirdPartyType: 'text', unreadable: 'text[]' },
  row: ({ id, recordId, thirdPartyId, thirdPartyType, unreadable }) => ({
    id, recordId, thirdPartyId, thirdPartyType, unreadable,
  }), // biome-ignore format: a row
  raw: false,
};

/** A key short enough for an index: longer ones are replaced by their digest. */
export const indexed = (key: string) =>
  key.length <= 500 ? key : `${key.slice(0, 400)} #${digest('sha1', key, 'base64url')}`;

export const ledgers: Record<ListingKind, Ledger<never>> = {
  customers,
  subscriptions,
  clients,
  licences,
  links,
};

/** The row of a kind without raw records; its hash is its own. */
export const ledgerRow = (kind: MirrorKind, record: { id: string }): LedgerRow => render(kind, record);

/** With the raw record's text if that is kept; its hash is then the row's hash. */
function render(kind: ListingKind, record: { id: string }, raw?: Received): LedgerRow {
  const text = storable(JSON.stringify((ledgers[kind] as Ledger<unknown>).row(record)));
  const hash = raw?.hash ?? fingerprint(text);
  return {
    id: storableText(record.id),
    hash,
    columns: `${text.slice(0, -1)},"hash":"${hash}"}`,
    raw: raw?.text ?? null,
  };
}

export interface Unreadable {
  id: string | null;
  problem: string;
  /** As JSON text. */
  raw: string;
}

/** A record of a page: read, or recognised by the hash of its text and not read until needed. */
export interface LedgerRecord {
  id: string | null;
  /** null if it must be read to know. */
  hash: string | null;
  read(): LedgerRow | Unreadable;
}

/** A connector's record, as the contract's `Unread` describes it. */
interface Incoming {
  id: string | null;
  raw: unknown;
  read(): { id: string | null; raw: unknown } & ({ row: { id: string } } | { problem: string });
}

export function ledgerRecord(kind: ListingKind, record: Incoming): LedgerRecord {
  const read = (raw?: Received): LedgerRow | Unreadable => {
    const read = record.read();
    if ('row' in read) return render(kind, read.row, raw);
    return {
      id: read.id && storableText(read.id),
      problem: storableText(read.problem),
      raw: (raw ?? received(read.raw)).text,
    };
  };
  if (!ledgers[kind].raw) return alreadyRead(read());
  const raw = received(record.raw);
  return { id: record.id && storableText(record.id), hash: raw.hash, read: () => read(raw) };
}

interface Received {
  text: string;
  /** null if it must be read to know what changed. */
  hash: string | null;
}

/** Larger or deeper records are compared by hash and not stored: PostgreSQL's parser is recursive. */
const longestRaw = 262_144;
const deepestRaw = 200;

/** A record's JSON text. */
function received(raw: unknown): Received {
  let json: string | undefined;
  try {
    json = JSON.stringify(raw);
  } catch {
    return { text: omitted('nested too deeply'), hash: null };
  }
  const text = storable(json ?? 'null');
  const hash = fingerprint(text);
  if (text.length > longestRaw) return { text: omitted(`${text.length} characters`), hash };
  return { text: depthOf(text) > deepestRaw ? omitted('nested too deeply') : text, hash };
}

const omitted = (why: string) => JSON.stringify({ omitted: `The record as received is not kept: ${why}.` });

/** The maximum nesting depth of JSON text. Short text is not checked. */
function depthOf(text: string): number {
  if (text.length < 4 * deepestRaw) return 0;
  let [depth, deepest] = [0, 0];
  for (const [sign] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (sign === '[' || sign === '{') deepest = Math.max(deepest, ++depth);
    else if (sign === ']' || sign === '}') depth--;
  }
  return deepest;
}

const alreadyRead = (row: LedgerRow | Unreadable): LedgerRecord => ({
  id: row.id,
  hash: 'hash' in row ? row.hash : null,
  read: () => row,
});

/** The result of a page. */
interface ReadPage {
  /** Every id that could be determined, including those of unreadable records. */
  ids: string[];
  unreadable: Unreadable[];
  /** Only the records not yet known. */
  rows: LedgerRow[];
}

/** The records of a page; those the ledger already knows are never read. */
export interface PageRecords {
  received: number;
  /** What to look up before reading: hashes by id. */
  hashes: [id: string, hash: string][];
  read(known: ReadonlyMap<string, string>): ReadPage;
}

export const pageRecords = (records: LedgerRecord[]): PageRecords => ({
  received: records.length,
  hashes: records.flatMap(({ id, hash }) => (id && hash ? [[id, hash]] : [])),
  read: (known) => readPage(records, known),
});

/** If nothing is known, all records will be read: do it at once, so that the page's memory is freed early. */
export function readAtOnce(records: LedgerRecord[]): PageRecords {
  const read = readPage(records, new Map());
  return { received: records.length, hashes: [], read: () => read };
}

function readPage(records: LedgerRecord[], known: ReadonlyMap<string, string>): ReadPage {
  const ids: string[] = [];
  const unreadable: Unreadable[] = [];
  const rows: LedgerRow[] = [];
  for (const record of records) {
    const isKnown = record.id !== null && record.hash !== null && known.get(record.id) === record.hash;
    const read = isKnown ? null : record.read();
    const { id } = read ?? record;
    if (id !== null) ids.push(id);
    if (!read) continue;
    if ('problem' in read) unreadable.push(read);
    else rows.push(read);
  }
  return { ids, unreadable, rows };
}

const fingerprint = (text: string) => digest('sha1', `${shape}${text}`, 'base64url');

/**
 * PostgreSQL can store neither NUL nor half a surrogate pair (a name cut within an emoji): NUL is removed, the other
 * becomes the replacement character.
 */
const storableText = (text: string) => text.replaceAll('\0', '').toWellFormed();

/** The same for JSON text, in which `JSON.stringify` escapes both, but never whole pairs. */
export const storable = (json: string) =>
  json.includes('\\u')
    ? json.replaceAll(/\\(?:u0000|u(d[89a-f][0-9a-f]{2})|.)/g, (found, half) =>
        half ? '\ufffd' : found === '\\u0000' ? '' : found,
      )
    : json;
