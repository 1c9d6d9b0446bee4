import { bool, int, list, type RowOf, text } from './fields.ts';
import { like, needName, plainWrite, type Query, type Resource, yes } from './resource.ts';
import type { HaloState } from './state.ts';
import { createTable, drop } from './table.ts';

/** What a tenant has besides its customers: top levels, suppliers, agents and integration modules. */
const topLevelFields = {
  name: text(255),
  guid: text(50),
  parentid: int(),
  long_name: text(),
  type: int(),
  agent_department: bool(),
  organisation_id: int(1),
  organisation_name: text(255, 'Demo MSP'),
  notes: text(),
  customfields: list(),
};
export type TopLevel = RowOf<typeof topLevelFields>;
export const createTopLevels = () => createTable<TopLevel>(12);
export const writeTopLevel = plainWrite(topLevelFields, (state) => state.topLevels);

export const topLevels: Resource<TopLevel> = {
  key: 'tree',
  scopes: ['customers'],
  table: (state) => state.topLevels,
  fields: topLevelFields,
  filters: { search: { kind: 'text', test: (row, v) => like(v, row.name) } },
  check: (_state, body, old) => needName(body, old, 'Top level'),
  write: writeTopLevel,
  thin: (_state, { notes, ...row }) => row,
  full: (_state, row) => row,
  remove: (state, row) => drop(state.topLevels, row.id),
};

const supplierFields = { name: text(255), inactive: bool(), ref: text(255), notes: text() };
export type Supplier = RowOf<typeof supplierFields>;
export const createSuppliers = () => createTable<Supplier>(5);
export const writeSupplier = plainWrite(supplierFields, (state) => state.suppliers);

export const suppliers: Resource<Supplier> = {
  key: 'suppliers',
  scopes: ['suppliers'],
  table: (state) => state.suppliers,
  fields: supplierFields,
  active: (row) => !row.inactive,
  filters: { search: { kind: 'text', test: (row, v) => like(v, row.name) } },
  check: (_state, body, old) => needName(body, old, 'Supplier'),
  write: writeSupplier,
  thin: (_state, { notes, ...row }) => row,
  full: (_state, row) => row,
  remove: (state, row) => drop(state.suppliers, row.id),
};

const person = (id: number, name: string, email: string, more = {}) => ({
  id,
  name,
  firstname: name.split(' ')[0],
  surname: name.split(' ')[1] ?? '',
  initials: name.replace(/[^A-Z]/g, ''),
  email,
  isdisabled: false,
  isapiagent: false,
  is_agent: true,
  extensionnumber: `${100 + id}`,
  sms: '',
  jobtitle: 'Engineer',
  team: 'Service Desk',
  teams: [],
  departments: [],
  colour: '#2bd3c6',
  onlinestatus: 0,
  ...more,
});

export const agents = [
  person(2, 'Ada Holt', 'ada.holt@msp.example'),
  person(3, 'Bo Berg', 'bo.berg@msp.example'),
  person(4, 'Chidi Lowe', 'chidi.lowe@msp.example'),
  person(5, 'Dana Kaya', 'dana.kaya@msp.example', { isdisabled: true }),
  person(6, 'Integration Api', '', { isapiagent: true, jobtitle: '', extensionnumber: '' }),
];

/** Agents are not paged, and one without a default team sees nobody, which is no error. */
export function listAgents(state: HaloState, query: Query): unknown {
  const seen = agents.filter(
    (agent) =>
      state.options.agentVisibility === 'all' &&
      (!agent.isdisabled || yes(query, 'includedisabled')) &&
      (agent.isdisabled || query.get('includeenabled')?.toLowerCase() !== 'false') &&
      (!agent.isapiagent || yes(query, 'includeapiagents')) &&
      like(query.get('search') ?? '', agent.name, agent.email),
  );
  return state.options.agentShape === 'array' ? seen : { results: seen };
}

export const ownAgent = () => ({
  ...agents.find((agent) => agent.isapiagent),
  claims: [{ type: 'agent', value: 'true' }],
});

const feature = (id: number, module_name: string, enabled: boolean) => ({
  id,
  module_name,
  actual_name: module_name,
  enabled,
  core: false,
  licensed: true,
  accesslevel: 2,
  halointegratorenabled: false,
  halointegrator_lastsync: '1901-01-01T00:00:00',
  halointegrator_lasterror: '',
});
export const features = [
  feature(101, 'Software Licensing', true),
  feature(102, 'Suppliers', true),
  feature(999, 'Custom Integrations', true),
];
