import type { Client } from '../../domain/customer.ts';
import type { Licence, Link } from '../../domain/licence.ts';
import {
  cleaned, count, type FieldReader, fieldReader, flag, idOf, isGiven, isRecord, longestId, longestText, money, type Parser, text, unreadable,
} from '../../domain/reading.ts'; // biome-ignore format: one list
import type { Agent, Listed, Offer } from '../contract.ts';
import { problemOf } from '../record.ts';
import { clock, words } from './values.ts';

/**
 * Reads Halo's rows tolerantly: thin list rows leave out fields, and any field may be null. A row counts if its id can
 * be read; unreadable fields are named in the row, so that it still shows that a record exists in Halo.
 */
export type Reader<Row> = (row: unknown) => Row | null;

const whole = /^-?\d{1,15}$/;
const key: Parser<string> = (given) => {
  const id = typeof given === 'number' ? String(given) : typeof given === 'string' ? given.trim() : '';
  return whole.test(id) ? id : unreadable;
};
/** A reference to another record; 0 and -1 mean none. */
const reference: Parser<string> = (given) => {
  const id = key(given);
  return id !== unreadable && Number(id) <= 0 ? null : id;
};
/** Texts keep surrounding blanks: they are compared with what we wrote. */
const exact: Parser<string> = (given) =>
  typeof given === 'string' && given.length <= longestText ? cleaned(given) : text(given);
const externalId: Parser<string> = (given) =>
  typeof given === 'string' && given.length > longestId ? unreadable : exact(given);
const notes: Parser<string> = (given) => (typeof given === 'string' ? given : unreadable);

const reader =
  <Row>(map: (read: FieldReader, row: Record<string, unknown>, id: string) => Row | null): Reader<Row> =>
  (row) => {
    const id = isRecord(row) ? idOf(row.id, key) : null;
    return id === null ? null : map(fieldReader(), row as Record<string, unknown>, id);
  };

const ours = /\[tributary [^\]]*\]/;
export const markerIn = (notes: string | null) => (notes ? (ours.exec(notes)?.[0] ?? null) : null);

export type MarkedClient = Client & { marker: string | null };

export const readClient = reader(({ field, mark, unreadable }, row, id): MarkedClient => {
  const name = field('name', exact, row.name);
  // Every client has a name: without one, we cannot tell whose record it is.
  if (name === null) mark('name');
  return {
    id,
    name: name ?? '',
    inactive: field('inactive', flag, row.inactive) ?? false,
    topLevelId: field('topLevelId', reference, row.toplevel_id),
    mainSiteId: field('mainSiteId', reference, row.main_site_id),
    marker: markerIn(field('marker', notes, row.notes)),
    unreadable,
  };
});

export const readLicence = reader(({ field, mark, unreadable }, row, id): Licence => {
  const clientId = field('clientId', key, row.client_id);
  if (clientId === null) mark('clientId');
  const status = field('status', exact, row.status);
  const cycle = field('billingCycle', exact, row.billing_cycle);
  return {
    id,
    clientId: clientId ?? '',
    name: field('name', exact, row.name) ?? '',
    quantity: field('quantity', count, row.count),
    unitCost: field('unitCost', money, row.purchase_price),
    unitPrice: field('unitPrice', money, row.price),
    status: status && words.status.fromHalo(status),
    billingCycle: cycle && words.billingCycle.fromHalo(cycle),
    term: field('term', exact, row.term_duration),
    startDate: field('startDate', clock, row.start_date),
    endDate: field('endDate', clock, row.end_date),
    autoRenew: field('autoRenew', flag, row.autorenew),
    distributor: field('distributor', exact, row.distributor),
    sku: field('sku', exact, row.product_sku),
    vendorSku: field('vendorSku', exact, row.vendor_product_sku),
    vendor: field('vendor', exact, row.vendor),
    tenantId: field('tenantId', exact, row.tenant_id),
    customerId: field('customerId', exact, row.thirdparty_client_id),
    active: field('active', flag, row.is_active) ?? true,
    deleted: field('deleted', flag, row.deleted) ?? false,
    linkId: field('linkId', reference, row.external_link_id),
    marker: markerIn(field('marker', notes, row.notes)),
    unreadable,
  };
});

/** Links of other integrations may lack an end; they are read all the same. */
export const readLink = reader(
  ({ field, unreadable }, row, id): Link => ({
    id,
    recordId: field('recordId', key, row.halo_id) ?? '',
    thirdPartyId: field('thirdPartyId', externalId, row.third_party_id) ?? '',
    thirdPartyType: field('thirdPartyType', exact, row.third_party_type),
    unreadable,
  }),
);

export const readAgent = reader(({ field }, row, id): Agent & { apiOnly: boolean } => ({
  id,
  name: field('name', exact, row.name) ?? `Agent ${id}`,
  email: field('email', exact, row.email),
  disabled: field('disabled', flag, row.isdisabled) ?? false,
  apiOnly: field('apiOnly', flag, row.isapiagent) ?? false,
}));

/** Top levels that group agents' departments cannot hold customers. */
export const readTopLevel = reader(({ field }, row, id): Offer | null =>
  field('department', flag, row.agent_department)
    ? null
    : { id, name: field('name', exact, row.name) ?? `Top level ${id}` },
);

/** The fields of a site that we need. An unreadable address never equals another. */
export const readSite = reader(({ field, part }, row, id) => {
  const held = part(row.delivery_address);
  return {
    id,
    clientId: field('clientId', reference, row.client_id),
    country: field('country', exact, row.country_code),
    addressId: field('addressId', reference, held.id),
    line: (name: string) => field('address', exact, held[name]) ?? (isGiven(held[name]) ? null : ''),
  };
});

/** One row of a listing, without the large logos and the notes, which we do not use here. */
export function listed<Row extends { id: string; unreadable: string[]; marker?: string | null }>(
  what: string,
  row: unknown,
  reader: Reader<Row>,
): Listed<Row> {
  const raw = isRecord(row) && 'logo' in row ? { ...row, logo: undefined } : row;
  const read = reader(row);
  if (read === null)
    return { id: null, raw, problem: problemOf(what, null, 'id is missing or cannot be read') };
  return {
    id: read.id,
    raw,
    row: { ...read, unreadable: read.unreadable.filter((name) => name !== 'marker') },
  };
}
