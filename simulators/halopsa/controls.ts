import { Refusal } from './answers.ts';
import { clients, removeClient } from './clients.ts';
import { type Body, merge } from './fields.ts';
import { licences } from './licences.ts';
import { linksOf } from './links.ts';
import type { Resource } from './resource.ts';
import type { HaloState } from './state.ts';
import { drop, put } from './table.ts';
import { tickets } from './tickets.ts';
import { check } from './writes.ts';

type Control = (state: HaloState, body: Record<string, unknown>) => unknown;

function find<R extends { id: number }>(state: HaloState, resource: Resource<R>, id: unknown): R {
  const row = resource.table(state).rows.get(Number(id));
  if (!row) throw new Error(`none of ${resource.key} has the id ${id}`);
  return row;
}

/** What a person does in Halo's own pages: does not count as an API call or write. */
function edit<R extends { id: number }>(
  state: HaloState,
  resource: Resource<R>,
  id: unknown,
  patch: unknown,
) {
  const byHand = { ...state.options, notes: 'keep' } as const;
  return put(resource.table(state), merge(resource.fields, find(state, resource, id), patch as Body, byHand));
}

function add<R extends { id: number }>(state: HaloState, resource: Resource<R>, body: Body) {
  check(state, resource, { ...body, id: 0 });
  return resource.full(state, resource.write!(state, body, undefined).row);
}

const tables = [
  ...(['clients', 'licences', 'links', 'sites', 'users', 'topLevels', 'suppliers'] as const),
  ...(['tickets', 'actions'] as const),
] as const;

const all: Record<string, Control> = {
  setClient: (state, { id, patch }) => edit(state, clients, id, patch),
  setLicence: (state, { id, patch }) => edit(state, licences, id, patch),
  addClient: (state, body) => add(state, clients, body),
  addLicence: (state, body) => add(state, licences, { type: 1, ...body }),
  deactivateClient: (state, { id }) => edit(state, clients, id, { inactive: true }),
  removeClient: (state, { id, keepLinks }) =>
    removeClient(state, find(state, clients, id), keepLinks === true),
  removeLicence: (state, { id, keepLinks }) => {
    const { id: gone } = find(state, licences, id);
    drop(state.licences, gone);
    if (keepLinks !== true) for (const link of linksOf(state, 'licence', gone)) drop(state.links, link.id);
  },
  /** Closed by an agent. */
  closeTicket: (state, { id }) => {
    const ticket = find(state, tickets, id);
    return put(state.tickets, { ...ticket, status_id: 9, hasbeenclosed: true });
  },
  setOption: (state, { name, value }) => {
    Object.assign(state.options, { [String(name)]: value });
    return state.options;
  },
  expireTokens: (state) => {
    for (const token of state.tokens.values()) token.until = 0;
  },
  revokeTokens: (state) => state.tokens.clear(),
  resetWindow: (state) => void state.calls.splice(0),
  counts: (state) => ({
    clients: state.clients.rows.size,
    licences: state.licences.rows.size,
    active: Array.from(state.licences.rows.values()).filter((row) => row.is_active && !row.deleted).length,
    links: state.links.rows.size,
    tickets: state.tickets.rows.size,
    writes: state.writes,
    rejected429: state.rejected429,
  }),
  dump: (state, { what }) => {
    const name = tables.find((table) => table === what);
    if (!name) throw new Error(`what to dump is one of ${tables.join(', ')}`);
    return Array.from<object>(state[name].rows.values());
  },
};

/** A control that fails returns its error: thrown here, it would end the simulator. */
export const controls: Record<string, Control> = Object.fromEntries(
  Object.entries(all).map(([name, act]): [string, Control] => [
    name,
    (state, body) => {
      try {
        return act(state, body);
      } catch (error) {
        if (error instanceof Refusal) return { error: error.answer };
        return { error: (error as Error).message };
      }
    },
  ]),
);
