import { hash as digest } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import type { Client, Customer } from '../domain/customer.ts';
import type { Licence, Link } from '../domain/licence.ts';
import { matchKey } from '../domain/names.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { ListingKind } from './schema.ts';

/**
 * The ledger's one way in. A page of records becomes rows; rows whose hash is known are left alone, changed ones
 * replace their older version, which goes to the history. Keys of a row are column names.
 */
export interface LedgerRow {
  id: string;
  hash: string;
  /** The row as JSON text, ready for PostgreSQL. */
  json: string;
  /** The record as received, as JSON text; null where it is not kept. */
  raw: string | null;
}

/** Raise with the meaning of a canonical field: every row is then written anew. */
const shape = 1;

interface Ledger<Row> {
  columns: Record<string, 'text' | 'boolean' | 'numeric' | 'jsonb'>;
  row(row: Row): Record<string, unknown>;
  /** Whether the record as received is kept. */
  raw: boolean;
}

const customers: Ledger<Customer> = {
  columns: {
    name: 'text', match_key: 'text', status: 'text', own: 'boolean', email: 'text', phone: 'text', domain: 'text',
    tenant_id: 'text', address: 'jsonb',
  }, // biome-ignore format: a table
  row: ({ tenantId, ...row }) => ({ ...row, match_key: matchKey(row.name), tenant_id: tenantId }),
  raw: true,
};

const subscriptions: Ledger<Subscription> = {
  columns: {
    customer_id: 'text', name: 'text', status: 'text', status_text: 'text', quantity: 'numeric', usage: 'boolean',
    trial: 'boolean', unit_cost: 'numeric', unit_price: 'numeric', currency: 'text', billing_cycle: 'text', term: 'text',
    start_date: 'text', end_date: 'text', renewal_date: 'text', auto_renew: 'boolean', vendor: 'text', sku: 'text',
    vendor_sku: 'text', tenant_id: 'text',
  }, // biome-ignore format: a table
  row: (s) => ({
    id: s.id, customer_id: s.customerId, name: s.name, status: s.status, status_text: s.statusText, quantity: s.quantity,
    usage: s.usage, trial: s.trial, unit_cost: s.unitCost, unit_price: s.unitPrice, currency: s.currency,
    billing_cycle: s.billingCycle, term: s.term, start_date: s.startDate, end_date: s.endDate,
    renewal_date: s.renewalDate, auto_renew: s.autoRenew, vendor: s.vendor, sku: s.sku, vendor_sku: s.vendorSku,
    tenant_id: s.tenantId,
  }), // biome-ignore format: a table
  raw: true,
};

const clients: Ledger<Client> = {
  columns: {
    name: 'text',
    match_key: 'text',
    inactive: 'boolean',
    top_level_id: 'text',
    main_site_id: 'text',
  },
  row: (c) => ({
    id: c.id, name: c.name, match_key: matchKey(c.name), inactive: c.inactive, top_level_id: c.topLevelId,
    main_site_id: c.mainSiteId,
  }), // biome-ignore format: a table
  raw: false,
};

const licences: Ledger<Licence> = {
  columns: {
    client_id: 'text',
    distributor: 'text',
    active: 'boolean',
    deleted: 'boolean',
    link_id: 'text',
    fields: 'jsonb',
  },
  row: ({ id, clientId, deleted, linkId, marker: _, ...fields }) => ({
    id, client_id: clientId, distributor: fields.distributor, active: fields.active, deleted, link_id: linkId, fields,
  }), // biome-ignore format: a table
  raw: false,
};

const links: Ledger<Link> = {
  columns: { record_id: 'text', third_party_id: 'text', third_party_type: 'text' },
  row: (l) => ({
    id: l.id, record_id: l.recordId, third_party_id: l.thirdPartyId, third_party_type: l.thirdPartyType,
  }), // biome-ignore format: a table
  raw: false,
};

const ledgers: Record<ListingKind, Ledger<never>> = { customers, subscriptions, clients, licences, links };

/** Kinds that mirror a destination: rows missing from a complete listing leave the table. */
export const mirrored: readonly ListingKind[] = ['clients', 'licences', 'links'];

/** The row of a kind that keeps no record as received; its hash is its own. */
export const ledgerRow = (
  kind: Exclude<ListingKind, 'customers' | 'subscriptions'>,
  row: unknown,
): LedgerRow => render(kind, row);

/** With the record's text where that is kept, whose hash is then the row's. */
function render(kind: ListingKind, row: unknown, raw?: { text: string; hash: string }): LedgerRow {
  const columns = (ledgers[kind] as Ledger<unknown>).row(row);
  const text = storable(JSON.stringify(columns));
  const hash = raw?.hash ?? fingerprint(text);
  return {
    id: storableText(String(columns.id)),
    hash,
    json: `${text.slice(0, -1)},"hash":"${hash}"}`,
    raw: raw?.text ?? null,
  };
}

/** A record of a page: read, or known by the hash of its text and left unread until somebody asks. */
export interface LedgerRecord {
  id: string | null;
  /** null where only reading tells. */
  hash: string | null;
  read(): LedgerRow | Unreadable;
}

export interface Unreadable {
  id: string | null;
  problem: string;
  raw: unknown;
}

/** A connector's record, as `Unread` of the contract describes it. */
interface Received {
  id: string | null;
  raw: unknown;
  read(): { id: string | null; raw: unknown } & ({ row: { id: string } } | { problem: string });
}

export function ledgerRecord(kind: ListingKind, record: Received): LedgerRecord {
  const text = ledgers[kind].raw ? storable(JSON.stringify(record.raw)) : null;
  const raw = text === null ? undefined : { text, hash: fingerprint(text) };
  return {
    id: record.id && storableText(record.id),
    hash: raw?.hash ?? null,
    read: () => {
      const read = record.read();
      if ('row' in read) return render(kind, read.row, raw);
      return { id: read.id && storableText(read.id), problem: read.problem, raw: read.raw };
    },
  };
}

/** Where nothing is known all will be read: at once, so that what came with the page goes while it is young. */
export function readNow({ id, hash, read }: LedgerRecord): LedgerRecord {
  const row = read();
  return { id, hash, read: () => row };
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

/** The hashes of those of these ids that the ledger has. */
export async function knownHashes(
  sql: Sql | TransactionSql,
  connectionId: string,
  kind: ListingKind,
  ids: string[],
  lock = false,
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<{ id: string; hash: string }[]>`
    select id, hash from ${sql(kind)} where connection_id = ${connectionId}
      and id in (select jsonb_array_elements_text(${storable(JSON.stringify(ids))}::text::jsonb))
    ${lock ? sql`order by id for update` : sql``}`;
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** Writes rows that are new or changed; returns how many. Ids may repeat: the last one counts. */
export async function writeRows(
  sql: Sql | TransactionSql,
  connectionId: string,
  kind: ListingKind,
  rows: LedgerRow[],
  /** The connection had no rows before this listing: none is looked up, and there is no older version to keep. */
  first = false,
): Promise<number> {
  if (rows.length === 0) return 0;
  const latest = new Map(rows.map((row) => [row.id, row]));
  if (!first) {
    // Twice: what changed is locked and looked at again, so that two pages with one record keep one older version.
    for (const lock of [false, true]) {
      const known = await knownHashes(sql, connectionId, kind, [...latest.keys()], lock);
      for (const [id, hash] of known) if (latest.get(id)!.hash === hash) latest.delete(id);
      if (latest.size === 0) return 0;
    }
  }
  const ledger = ledgers[kind];
  const types: Record<string, string> = { id: 'text', hash: 'text', ...ledger.columns };
  const names = [...Object.keys(types), ...(ledger.raw ? ['raw'] : [])];
  const list = names.map((name) => `"${name}"`).join(', ');
  // In one order, so that writers of the same records wait for each other and not in a ring.
  const sorted = [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const columns = sql`json_to_recordset(${`[${sorted.map((row) => row.json).join()}]`}::text::json)
    as (${sql.unsafe(
      Object.entries(types)
        .map(([name, type]) => `"${name}" ${type}`)
        .join(', '),
    )})`;
  // Beside the columns and a line each, since within them it would be read over and over.
  const records = sql`, string_to_table(${sorted.map((row) => row.raw).join('\n')}, E'\\n')`;
  const superseded = sql`, superseded as (
      insert into ledger_history (connection_id, kind, id, valid_from, valid_to, row)
      select t.connection_id, ${kind}, t.id, t.valid_from, now(), to_jsonb(t) - 'connection_id' - 'id' - 'valid_from'
      from ${sql(kind)} t join incoming i on i.id = t.id where t.connection_id = ${connectionId}
    )`;
  await sql`
    with incoming as (
      select * from rows from (${columns}${ledger.raw ? records : sql``}) as r(${sql.unsafe(list)})
    )${first ? sql`` : superseded}
    insert into ${sql(kind)} as t (connection_id, ${sql.unsafe(list)})
    select ${connectionId}::uuid, ${sql.unsafe(list.replace('"raw"', '"raw"::json'))} from incoming
    on conflict (connection_id, id) do update set
      valid_from = now(), ${sql.unsafe(
        names
          .slice(1)
          .map((name) => `"${name}" = excluded."${name}"`)
          .join(', '),
      )} where t.hash is distinct from excluded.hash`;
  return latest.size;
}
