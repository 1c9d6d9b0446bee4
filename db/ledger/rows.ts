import { hash as digest } from 'node:crypto';
import type { Client, Customer } from '../../domain/customer.ts';
import type { ListingKind, MirrorKind } from '../../domain/kinds.ts';
import { type Licence, type LicenceFields, type Link, licenceFields } from '../../domain/licence.ts';
import { matchKey } from '../../domain/names.ts';
import type { Subscription } from '../../domain/subscription.ts';

/** What becomes of a record on its way into the ledger: it is rendered once, as text ready for PostgreSQL. */
export interface LedgerRow {
  id: string;
  hash: string;
  /** The row as JSON text. */
  columns: string;
  /** The record as received, as JSON text; null where it is not kept. */
  raw: string | null;
}

/** Raise with the meaning of a canonical field: every row is then written anew. */
const shape = 4;

interface Ledger<Row> {
  /** Its columns beside id and hash, as the row names them; in the database they are written_so. */
  columns: Record<string, 'text' | 'text[]' | 'boolean' | 'numeric' | 'jsonb'>;
  /** Of a canonical record; members without a column are passed over where the record as received is kept. */
  row(record: Row): object;
  /** Whether the record as received is kept. Where not, the row's text is what tells two versions apart. */
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

/** Always in one order: the text is what tells two versions apart, whoever built the object. */
const inOrder = (fields: LicenceFields) =>
  Object.fromEntries(licenceFields.map((name) => [name, fields[name]]));

const links: Ledger<Link> = {
  columns: { recordId: 'text', thirdPartyId: 'text', thirdPartyType: 'text', unreadable: 'text[]' },
  row: ({ id, recordId, thirdPartyId, thirdPartyType, unreadable }) => ({
    id, recordId, thirdPartyId, thirdPartyType, unreadable,
  }), // biome-ignore format: a row
  raw: false,
};

/** A key that fits into an index: what is longer is told by its digest. */
export const indexed = (key: string) =>
  key.length <= 500 ? key : `${key.slice(0, 400)} #${digest('sha1', key, 'base64url')}`;

export const ledgers: Record<ListingKind, Ledger<never>> = {
  customers,
  subscriptions,
  clients,
  licences,
  links,
};

/** The row of a kind that keeps no record as received; its hash is its own. */
export const ledgerRow = (kind: MirrorKind, record: { id: string }): LedgerRow => render(kind, record);

/** With the record's text where that is kept, whose hash is then the row's. */
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

/** A record of a page: read, or known by the hash of its text and left unread until somebody asks. */
export interface LedgerRecord {
  id: string | null;
  /** null where only reading tells. */
  hash: string | null;
  read(): LedgerRow | Unreadable;
}

/** A connector's record, as `Unread` of the contract describes it. */
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
  /** null where only reading tells what changed. */
  hash: string | null;
}

/** Beyond these a record is told from others by its hash and not kept: PostgreSQL's parser is recursive. */
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

/** How deep JSON text is nested, at most. Short text is not looked at. */
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

/** What a page came to. */
interface ReadPage {
  /** Every id that could be made out, those of unreadable records included. */
  ids: string[];
  unreadable: Unreadable[];
  /** Of the records that were not known. */
  rows: LedgerRow[];
}

/** The records of a page, most of which are never read where the ledger knows them. */
export interface PageRecords {
  received: number;
  /** What to look up before it is read: hashes by id. */
  hashes: [id: string, hash: string][];
  read(known: ReadonlyMap<string, string>): ReadPage;
}

export const pageRecords = (records: LedgerRecord[]): PageRecords => ({
  received: records.length,
  hashes: records.flatMap(({ id, hash }) => (id && hash ? [[id, hash]] : [])),
  read: (known) => readPage(records, known),
});

/** Where nothing is known all will be read: at once, so that what came with the page goes while it is young. */
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
 * PostgreSQL stores neither NUL nor half a surrogate pair (a name cut off within an emoji): the one is left out, the
 * other becomes the replacement character.
 */
const storableText = (text: string) => text.replaceAll('\0', '').toWellFormed();

/** The same of JSON text: `JSON.stringify` escapes both, and whole pairs never. */
export const storable = (json: string) =>
  json.includes('\\u')
    ? json.replaceAll(/\\(?:u0000|u(d[89a-f][0-9a-f]{2})|.)/g, (found, half) =>
        half ? '\ufffd' : found === '\\u0000' ? '' : found,
      )
    : json;
