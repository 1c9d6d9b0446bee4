import { badDatabase, badException, Refusal } from './answers.ts';
import {
  type Body,
  bool,
  date,
  differs,
  initial,
  int,
  list,
  merge,
  now,
  object,
  type RowOf,
  text,
} from './fields.ts';
import { isObject } from './json.ts';
import { linkFrom, linksOf, newLink } from './links.ts';
import { like, needName, type Resource, yes } from './resource.ts';
import type { HaloState } from './state.ts';
import { by, createTable, drop, put } from './table.ts';

/** Halo's `AddressStore`. The country is the site's, not the address's. */
export const addressFields = {
  type: int(),
  description: text(),
  line1: text(255),
  line2: text(255),
  line3: text(255),
  line4: text(255),
  postcode: text(255),
  primary: bool(true),
  inactive: bool(),
  date_active: date(),
  date_inactive: date(),
};
type Address = RowOf<typeof addressFields>;

const siteFields = {
  name: text(255),
  client_id: int(),
  inactive: bool(),
  phonenumber: text(255),
  timezone: text(255),
  isinvoicesite: bool(),
  invoice_address_isdelivery: bool(true),
  emaildomain: text(255),
  country_code: text(10),
  region_code: text(10),
  language_id: int(),
  sla_id: int(-1),
  notes: text(),
  ref: text(255),
  customfields: list(),
};
const addressInput = object({ id: int(), ...addressFields });
const inputs = { delivery_address: addressInput, invoice_address: addressInput, ...newLink };

export type Site = RowOf<typeof siteFields> & {
  slastupdate: string;
  delivery_address: Address;
  invoice_address: Address;
};

export const createSites = () => createTable<Site>(50, { client: (site) => site.client_id });

export function writeSite(state: HaloState, body: Body, old: Site | undefined) {
  const base = old ?? {
    ...initial(siteFields, state.sites.next),
    slastupdate: now(),
    delivery_address: initial(addressFields, state.nextAddress++),
    invoice_address: initial(addressFields, state.nextAddress++),
  };
  const row: Site = {
    ...merge(siteFields, base, body, state.options),
    delivery_address: address(state, base.delivery_address, body.delivery_address),
    invoice_address: address(state, base.invoice_address, body.invoice_address),
  };
  const changed = !old || differs(old, row);
  if (changed) put(state.sites, { ...row, slastupdate: now() });
  linkFrom(state, 'site', row.id, body);
  return { row, changed };
}

/** An address sent without its id is a new one; an option decides whether omitted lines are kept. */
function address(state: HaloState, old: Address, sent: unknown): Address {
  if (!isObject(sent)) return old;
  const blank = { ...initial(addressFields, old.id), date_active: old.date_active };
  const row = merge(addressFields, state.options.address === 'merge' ? old : blank, sent, state.options);
  if (!differs(old, row)) return old;
  return sent.id === old.id || state.options.address === 'merge' ? row : { ...row, id: state.nextAddress++ };
}

export const sites: Resource<Site> = {
  key: 'sites',
  scopes: ['customers'],
  table: (state) => state.sites,
  fields: siteFields,
  inputs,
  active: (site) => !site.inactive,
  filters: {
    client_id: { kind: 'int', test: (site, v) => site.client_id === Number(v) },
    toplevel_id: {
      kind: 'int',
      test: (site, v, state) => state.clients.rows.get(site.client_id)?.toplevel_id === Number(v),
    },
    search: { kind: 'text', test: (site, v) => like(v, site.name) },
  },
  narrow: (state, query) =>
    query.get('client_id') ? by(state.sites, 'client', Number(query.get('client_id'))) : undefined,
  check: (state, body, old) => {
    needName(body, old, 'Site');
    const client = body.client_id ?? old?.client_id;
    if (client === undefined)
      throw new Refusal(
        badDatabase(515, "Cannot insert the value NULL into column 'sarea', table 'dbo.Site'."),
      );
    if (!state.clients.rows.has(Number(client)))
      throw new Refusal(badException(`Client ${client} does not exist`));
  },
  write: writeSite,
  thin: (state, site, query) => {
    const { notes, customfields, delivery_address, invoice_address, slastupdate, ...row } = site;
    const { line1, line2, line3, line4, postcode } = delivery_address;
    return {
      ...row,
      ...names(state, site),
      ...(yes(query, 'includenotes') && { notes }),
      ...(yes(query, 'includeaddress') && {
        delivery_address_line1: line1,
        delivery_address_line2: line2,
        delivery_address_line3: line3,
        delivery_address_line4: line4,
        delivery_address_line5: postcode,
      }),
    };
  },
  full: (state, site) => ({
    ...site,
    ...names(state, site),
    delivery_address: { ...site.delivery_address, site_id: site.id },
    invoice_address: { ...site.invoice_address, site_id: site.id },
    external_links: linksOf(state, 'site', site.id),
  }),
  remove: (state, site) => drop(state.sites, site.id),
};

function names(state: HaloState, site: Site) {
  const client_name = state.clients.rows.get(site.client_id)?.name ?? '';
  return { client_name, clientsite_name: `${client_name}/${site.name}` };
}
