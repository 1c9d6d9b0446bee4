import { badException, Refusal } from './answers.ts';
import {
  type Body,
  bool,
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
import { linkFrom, linksOf, newLink } from './links.ts';
import { like, needName, type Resource, same, yes } from './resource.ts';
import { addressFields, writeSite } from './sites.ts';
import type { HaloState } from './state.ts';
import { by, createTable, drop, put } from './table.ts';
import { writeUser } from './users.ts';

const clientFields = {
  name: text(4000),
  toplevel_id: int(12),
  inactive: bool(),
  ref: text(255),
  accountsid: text(255),
  website: text(255),
  domain: text(255),
  trading_name: text(255),
  tax_number: text(255),
  notes: text(),
  customertype: int(),
  colour: text(20, '#2bd3c6'),
  is_vip: bool(),
  is_account: bool(),
  itglue_id: text(255),
  matching_value: text(255),
  main_site_id: int(),
  customfields: list(),
  azure_tenants: list(),
};
const inputs = {
  newclient_sitename: text(255),
  newclient_phonenumber: text(255),
  newclient_domain: text(255),
  newclient_timezone: text(255),
  newclient_contactname: text(255),
  newclient_contactemail: text(255),
  newclient_delivery_address: object({ id: int(), ...addressFields }),
  newclient_countrycode: text(10),
  newclient_regioncode: text(10),
  ...newLink,
};
export type Client = RowOf<typeof clientFields> & {
  datecreated: string;
  alastupdate: string;
  /** Only to tell that a link was made; `external_links` shows them all. */
  external_link_id: number;
};

export const createClients = () => createTable<Client>(30);

export function writeClient(state: HaloState, body: Body, old: Client | undefined) {
  const created = { datecreated: now(), alastupdate: now(), external_link_id: 0 };
  const base = old ?? { ...initial(clientFields, state.clients.next), ...created };
  const row = merge(clientFields, base, body, state.options);
  if (!old) row.main_site_id = mainSite(state, row, body);
  row.external_link_id = linkFrom(state, 'client', row.id, body) ?? row.external_link_id;
  const changed = !old || differs(old, row);
  if (changed) put(state.clients, { ...row, alastupdate: now() });
  return { row, changed };
}

/** Halo gives every new client a main site with a "General User". */
function mainSite(state: HaloState, client: Client, body: Body): number {
  const { row: site } = writeSite(
    state,
    {
      name: body.newclient_sitename || 'Main',
      client_id: client.id,
      phonenumber: body.newclient_phonenumber,
      emaildomain: body.newclient_domain,
      timezone: body.newclient_timezone,
      country_code: body.newclient_countrycode,
      region_code: body.newclient_regioncode,
      delivery_address: body.newclient_delivery_address,
    },
    undefined,
  );
  writeUser(state, { name: 'General User', client_id: client.id, site_id: site.id }, undefined);
  if (body.newclient_contactname) {
    const contact = { name: body.newclient_contactname, emailaddress: body.newclient_contactemail };
    writeUser(state, { ...contact, client_id: client.id, site_id: site.id }, undefined);
  }
  return site.id;
}

export const clients: Resource<Client> = {
  key: 'clients',
  scopes: ['customers'],
  table: (state) => state.clients,
  fields: clientFields,
  inputs,
  active: (client) => !client.inactive,
  filters: {
    toplevel_id: { kind: 'int', test: (client, v) => client.toplevel_id === Number(v) },
    search: { kind: 'text', test: (client, v) => like(v, client.name, client.ref, client.accountsid) },
    domain: { kind: 'text', test: (client, v) => same(client.domain, v) },
    exclude_internal: {
      kind: 'bool',
      test: (client, v, state) => v.toLowerCase() !== 'true' || client.id !== state.internalClientId,
    },
  },
  check: (state, body, old) => {
    needName(body, old, 'Client');
    const top = body.toplevel_id;
    if (typeof top === 'number' && !state.topLevels.rows.has(top))
      throw new Refusal(badException(`Top level ${top} does not exist`));
  },
  write: writeClient,
  thin: (state, client, query) => {
    const { notes, customfields, azure_tenants, datecreated, alastupdate, external_link_id, ...row } = client;
    return { ...row, ...names(state, client), ...(yes(query, 'includenotes') && { notes }) };
  },
  full: (state, client) => ({
    ...client,
    ...names(state, client),
    main_delivery_address: state.sites.rows.get(client.main_site_id)?.delivery_address ?? null,
    main_phonenumber: state.sites.rows.get(client.main_site_id)?.phonenumber ?? '',
    external_links: linksOf(state, 'client', client.id),
  }),
  remove: (state, client) => removeClient(state, client, false),
};

/** Gone for good, with its sites and contacts; its licences stay, and its links when asked (both orphans). */
export function removeClient(state: HaloState, client: Client, keepLinks: boolean) {
  drop(state.clients, client.id);
  for (const site of by(state.sites, 'client', client.id)) drop(state.sites, site.id);
  for (const user of by(state.users, 'client', client.id)) drop(state.users, user.id);
  if (!keepLinks) for (const link of linksOf(state, 'client', client.id)) drop(state.links, link.id);
}

const names = (state: HaloState, client: Client) => ({
  toplevel_name: state.topLevels.rows.get(client.toplevel_id)?.name ?? '',
  main_site_name: state.sites.rows.get(client.main_site_id)?.name ?? '',
  use: 'clients',
  key: client.id,
});
