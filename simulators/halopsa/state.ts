import { createWorld, pick, random } from '../world.ts';
import { type Client, createClients, writeClient } from './clients.ts';
import { createLicences, type Licence } from './licences.ts';
import { createLinks, type Link } from './links.ts';
import type { HaloOptions } from './options.ts';
import { createSites, type Site } from './sites.ts';
import type { Table } from './table.ts';
import {
  createSuppliers,
  createTopLevels,
  type Supplier,
  type TopLevel,
  writeSupplier,
  writeTopLevel,
} from './tenant.ts';
import { type Action, createActions, createTickets, type Ticket } from './tickets.ts';
import { createUsers, type User } from './users.ts';

export interface HaloState {
  options: HaloOptions;
  clients: Table<Client>;
  sites: Table<Site>;
  users: Table<User>;
  licences: Table<Licence>;
  links: Table<Link>;
  topLevels: Table<TopLevel>;
  suppliers: Table<Supplier>;
  tickets: Table<Ticket>;
  /** Notes on tickets. */
  actions: Table<Action>;
  nextAddress: number;
  internalClientId: number;
  /** Access tokens with their end (milliseconds since the epoch) and the scopes fixed when they were issued. */
  tokens: Map<string, { until: number; scopes: string[] }>;
  /** When each request of the current window came, oldest first. */
  calls: number[];
  /** POST elements that created or changed something. */
  writes: number;
  rejected429: number;
}

export function createState(options: HaloOptions): HaloState {
  const state: HaloState = {
    options,
    clients: createClients(),
    sites: createSites(),
    users: createUsers(),
    licences: createLicences(),
    links: createLinks(),
    topLevels: createTopLevels(),
    suppliers: createSuppliers(),
    tickets: createTickets(),
    actions: createActions(),
    nextAddress: 1,
    internalClientId: 0,
    tokens: new Map(),
    calls: [],
    writes: 0,
    rejected429: 0,
  };
  for (const name of ['Customers', 'Partners'])
    writeTopLevel(state, { name, long_name: `Demo MSP/${name}` }, undefined);
  // A department is in the same tree but cannot hold customers.
  writeTopLevel(
    state,
    { name: 'Service Desk', long_name: 'Demo MSP/Service Desk', agent_department: true },
    undefined,
  );
  for (const name of ['ArrowSphere', 'TD SYNNEX']) writeSupplier(state, { name }, undefined);
  const internal = { name: 'Demo MSP', ref: 'INTERNAL', is_account: true };
  state.internalClientId = writeClient(state, internal, undefined).row.id;
  if (options.clients === 'most') seedClients(state);
  return state;
}

/** Most of the world's companies, some a little differently named, some inactive, some missing. */
function seedClients(state: HaloState) {
  const { seed, customers } = state.options;
  const next = random(seed ^ 0x4a10);
  for (const company of createWorld({ seed, customers, subscriptions: 0 }).companies) {
    const roll = next();
    if (roll >= 0.85) continue;
    const name = roll < 0.7 || roll >= 0.8 ? company.name : nearly(company.name, next);
    const { street, city, state: county, postcode, country } = company.address;
    writeClient(
      state,
      {
        name,
        inactive: roll >= 0.8,
        domain: company.domain,
        website: `https://www.${company.domain}`,
        toplevel_id: roll < 0.05 ? 13 : 12,
        newclient_delivery_address: { line1: street, line3: city, line4: county, postcode },
        newclient_countrycode: country,
        newclient_phonenumber: company.contact.phone,
        newclient_contactname: `${company.contact.first} ${company.contact.last}`,
        newclient_contactemail: company.contact.email,
      },
      undefined,
    );
  }
}

const legalForm = / (Ltd|Limited|LLP|plc|AB|GmbH & Co\. KG|GmbH|SARL|SAS|Inc\.|LLC|B\.V\.)$/;

/** The same company as another person would type it. */
function nearly(name: string, next: () => number): string {
  const spellings = [
    name.toUpperCase(),
    `${name.replace(' ', '  ')} `,
    name.replace(legalForm, ''),
    name.replace(/ Ltd$/, ' Limited'),
    name.replace(/ Limited$/, ' Ltd'),
    name.normalize('NFD'),
  ].filter((spelling) => spelling !== name);
  return pick(next, spellings);
}
