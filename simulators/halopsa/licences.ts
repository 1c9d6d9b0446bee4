import { badDatabase, badException, badText, Refusal } from './answers.ts';
import {
  type Body,
  bool,
  count,
  date,
  differs,
  initial,
  int,
  merge,
  money,
  type RowOf,
  text,
} from './fields.ts';
import { linkFrom, newLink } from './links.ts';
import { like, needName, type Resource } from './resource.ts';
import type { HaloState } from './state.ts';
import { by, createTable, put } from './table.ts';

const licenceFields = {
  type: int(),
  name: text(500),
  count: count(),
  consumedcount: int(),
  client_id: int(),
  site_id: int(-1),
  tenant_id: text(100),
  tenant_name: text(100),
  start_date: date(),
  end_date: date(),
  purchase_price: money(),
  price: money(),
  monthly_cost: money(),
  monthly_price: money(),
  supplier_id: int(),
  vendor: text(500),
  manufacturer: text(500),
  distributor: text(100),
  product_sku: text(1000),
  vendor_product_sku: text(1000),
  third_party_product: text(500),
  third_party_productid: text(500),
  third_party_productname: text(500),
  offerid: text(),
  billing_cycle: text(100),
  term_duration: text(100),
  status: text(100),
  autorenew: bool(),
  is_active: bool(true),
  deleted: bool(),
  requested_quantity: count(),
  requested_quantity_date: date(),
  parent_id: int(),
  item_id: int(),
  external_link_id: int(),
  thirdparty_client_id: text(),
  third_party_client_name: text(),
  snowid: text(500),
  notes: text(),
};
export type Licence = RowOf<typeof licenceFields>;

export const createLicences = () => createTable<Licence>(700, { client: (licence) => licence.client_id });

export function writeLicence(state: HaloState, body: Body, old: Licence | undefined) {
  const base = old ?? initial(licenceFields, state.licences.next);
  const row = merge(licenceFields, base, body, state.options);
  row.external_link_id = linkFrom(state, 'licence', row.id, body) ?? row.external_link_id;
  const changed = !old || differs(old, row);
  if (changed) put(state.licences, row);
  return { row, changed };
}

export const licences: Resource<Licence> = {
  key: 'licences',
  scopes: ['softwarelicensing'],
  table: (state) => state.licences,
  fields: licenceFields,
  inputs: newLink,
  // A deleted row is listed like an inactive one; otherwise the field would be pointless.
  active: (licence) => licence.is_active && !licence.deleted,
  filters: {
    client_id: { kind: 'int', test: (licence, v) => licence.client_id === Number(v) },
    site_id: { kind: 'int', test: (licence, v) => licence.site_id === Number(v) },
    // Without the underscore here, unlike on Client: `toplevel_id` is an unknown parameter and filters nothing.
    toplevelid: {
      kind: 'int',
      test: (licence, v, state) => state.clients.rows.get(licence.client_id)?.toplevel_id === Number(v),
    },
    tenant_id: { kind: 'text', test: (licence, v) => licence.tenant_id === v },
    licence_type: { kind: 'int', test: (licence, v) => licence.type === Number(v) },
    search: {
      kind: 'text',
      test: (licence, v) => like(v, licence.name, licence.vendor, licence.product_sku),
    },
  },
  narrow: (state, query) =>
    query.get('client_id') ? by(state.licences, 'client', Number(query.get('client_id'))) : undefined,
  check,
  write: writeLicence,
  thin: (state, licence) => {
    const { notes, ...row } = licence;
    return { ...row, ...names(state, licence), ...(state.options.licenceNotes === 'list' && { notes }) };
  },
  full: (state, licence) => ({
    ...licence,
    ...names(state, licence),
    licence_roles: [],
    licence_match: [],
    configuration_items: [],
  }),
  remove: (state, licence) => put(state.licences, { ...licence, deleted: true, is_active: false }),
};

function check(state: HaloState, body: Body, old: Licence | undefined) {
  needName(body, old, 'Licence');
  const client = Number(body.client_id ?? old?.client_id ?? Number.NaN);
  if (Number.isNaN(client))
    throw new Refusal(
      badDatabase(515, "Cannot insert the value NULL into column 'LArea', table 'dbo.Licence'."),
    );
  // An orphan may still be edited, but nothing can be added under a missing client.
  if (body.client_id !== undefined && client !== old?.client_id && !state.clients.rows.has(client))
    throw new Refusal(badException(`Client ${client} does not exist`));
  const site = Number(body.site_id ?? -1);
  if (site > 0 && state.sites.rows.get(site)?.client_id !== client)
    throw new Refusal(badException(`Site ${site} does not belong to client ${client}`));
  const supplier = Number(body.supplier_id ?? 0);
  if (supplier > 0 && !state.suppliers.rows.has(supplier))
    throw new Refusal(badException(`Supplier ${supplier} does not exist`));
  if (Number(body.count ?? 0) < 0) throw new Refusal(badText('Quantity must not be negative'));
  if (Number(body.count ?? 0) > 2_147_483_647) throw new Refusal(badText('Quantity is too large'));
}

function names(state: HaloState, licence: Licence) {
  return {
    key: licence.id,
    client_name: state.clients.rows.get(licence.client_id)?.name ?? '',
    site_name: state.sites.rows.get(licence.site_id)?.name ?? '',
    supplier_name: state.suppliers.rows.get(licence.supplier_id)?.name ?? '',
    linked_item: '',
    licences_in_use: 0,
    licences_available: licence.count,
  };
}
