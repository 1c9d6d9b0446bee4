import { z } from 'zod';
import type { Client } from '../../domain/customer.ts';
import type { Licence, Link } from '../../domain/licence.ts';
import { decimal } from '../../domain/money.ts';
import type { Agent, Listed, Offer } from '../contract.ts';
import { clock, words } from './values.ts';

/**
 * Halo's rows, read tolerantly: thin list rows leave fields out, null stands for anything, and what an id or an
 * amount must be is the only thing insisted on.
 */
const id = z.union([
  z.number().int().transform(String),
  z
    .string()
    .trim()
    .regex(/^-?\d+$/),
]);
/** A reference to another record: 0, -1 and null all mean none. */
const reference = z
  .union([id, z.literal('')])
  .nullish()
  .transform((value) => (value && Number(value) > 0 ? value : null));
const text = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) => (value?.trim() ? value : null));
const bool = z.union([z.boolean(), z.literal([0, 1]).transform(Boolean)]).nullish();
const amount = (places: number) =>
  z
    .union([z.number(), z.string()])
    .nullish()
    .transform((value, ctx) => {
      if (value === null || value === undefined || value === '') return null;
      const read = decimal(value, places);
      if (read === null) ctx.addIssue('not a number');
      return read;
    });

const clientRow = z.object({
  id,
  name: z.string(),
  inactive: bool,
  toplevel_id: reference,
  main_site_id: reference,
  notes: text,
});

const licenceRow = z.object({
  id,
  client_id: id,
  name: text,
  count: amount(4),
  purchase_price: amount(6),
  price: amount(6),
  status: text,
  billing_cycle: text,
  term_duration: text,
  start_date: z.unknown().optional(),
  end_date: z.unknown().optional(),
  autorenew: bool,
  distributor: text,
  product_sku: text,
  vendor_product_sku: text,
  vendor: text,
  tenant_id: text,
  thirdparty_client_id: text,
  is_active: bool,
  deleted: bool,
  external_link_id: reference,
  notes: text,
});

const linkRow = z.object({ id, halo_id: id.nullish(), third_party_id: text, third_party_type: text });
const offerRow = z.object({ id, name: text, agent_department: bool });
const agentRow = z.object({ id, name: text, email: text, isdisabled: bool, isapiagent: bool });
export const siteRow = z.object({
  id,
  client_id: id.nullish(),
  country_code: text,
  delivery_address: z
    .object({ id: reference, line1: text, line2: text, line3: text, line4: text, postcode: text })
    .nullish(),
});

const ours = /\[tributary [^\]]*\]/;
export const markerIn = (notes: string | null) => (notes ? (ours.exec(notes)?.[0] ?? null) : null);

export type MarkedClient = Client & { marker: string | null };

export const readClient = clientRow.transform(
  (row): MarkedClient => ({
    id: row.id,
    name: row.name,
    inactive: row.inactive ?? false,
    topLevelId: row.toplevel_id,
    mainSiteId: row.main_site_id,
    marker: markerIn(row.notes),
  }),
);

export const readLicence = licenceRow.transform(
  (row): Licence => ({
    id: row.id,
    clientId: row.client_id,
    name: row.name ?? '',
    quantity: row.count,
    unitCost: row.purchase_price,
    unitPrice: row.price,
    status: row.status && words.status.fromHalo(row.status),
    billingCycle: row.billing_cycle && words.billingCycle.fromHalo(row.billing_cycle),
    term: row.term_duration,
    startDate: clock(row.start_date),
    endDate: clock(row.end_date),
    autoRenew: row.autorenew ?? null,
    distributor: row.distributor,
    sku: row.product_sku,
    vendorSku: row.vendor_product_sku,
    vendor: row.vendor,
    tenantId: row.tenant_id,
    customerId: row.thirdparty_client_id,
    active: row.is_active ?? true,
    deleted: row.deleted ?? false,
    linkId: row.external_link_id,
    marker: markerIn(row.notes),
  }),
);

/** Links of other integrations may lack either end; they are read all the same, since they are not ours to judge. */
export const readLink = linkRow.transform(
  (row): Link => ({
    id: row.id,
    recordId: row.halo_id ?? '',
    thirdPartyId: row.third_party_id ?? '',
    thirdPartyType: row.third_party_type,
  }),
);

export const readAgent = agentRow.transform((row): Agent & { apiOnly: boolean } => ({
  id: row.id,
  name: row.name ?? `Agent ${row.id}`,
  email: row.email,
  disabled: row.isdisabled ?? false,
  apiOnly: row.isapiagent ?? false,
}));

/** Rows that are departments of agents are no place for customers. */
export const readTopLevel = offerRow.transform((row): Offer | null =>
  row.agent_department ? null : { id: row.id, name: row.name ?? `Top level ${row.id}` },
);

/** One row of a listing. Logos are large and nothing to us, so the ledger's raw record goes without. */
export function listed<Row>(row: unknown, reader: z.ZodType<Row>): Listed<Row> {
  const raw = row && typeof row === 'object' && 'logo' in row ? { ...row, logo: undefined } : row;
  const key = id.safeParse((row as { id?: unknown } | null)?.id);
  const read = reader.safeParse(row);
  if (read.success && key.success) return { id: key.data, raw, row: read.data };
  const fields = [...new Set(read.error?.issues.map((issue) => issue.path.join('.') || 'record'))];
  return { id: key.data ?? null, raw, problem: `Cannot be read: ${fields.join(', ')}.` };
}
