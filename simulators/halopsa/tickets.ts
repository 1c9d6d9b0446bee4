import { badException, badText, Refusal } from './answers.ts';
import { type Body, bool, date, differs, initial, int, merge, now, type RowOf, text } from './fields.ts';
import { like, type Resource } from './resource.ts';
import type { HaloState } from './state.ts';
import { by, createTable, drop, put } from './table.ts';

/** Tickets and the notes on them, as far as a notice needs them. Links on tickets are ignored in silence. */
const ticketFields = {
  summary: text(4000),
  details: text(),
  details_html: text(),
  client_id: int(),
  site_id: int(),
  user_id: int(),
  tickettype_id: int(1),
  priority_id: int(3),
  status_id: int(1),
  team: text(255, 'Service Desk'),
  agent_id: int(1),
  reportedby: text(255),
  third_party_id_string: text(255),
};
const ticketInputs = {
  usertype: int(),
  _novalidate: bool(),
  _forcereassign: bool(),
  _isimport: bool(),
  dont_do_rules: bool(),
  donotapplytemplateintheapi: bool(),
};
const storedTicket = { ...ticketFields, dateoccurred: date(), hasbeenclosed: bool() };
export type Ticket = RowOf<typeof storedTicket>;

export const createTickets = () => createTable<Ticket>(2200, { client: (ticket) => ticket.client_id });

export const ticketTypes = [
  { id: 1, name: 'Incident', mandatory: [] as string[] },
  { id: 2, name: 'Service Request', mandatory: ['details'] },
  { id: 28, name: 'Alert', mandatory: [] },
];
export const priorities = [1, 2, 3, 4].map((id) => ({ id: `${id}`, priorityid: id, name: `Priority ${id}` }));
export const teams = [
  { id: 1, name: 'Service Desk', inactive: false },
  { id: 2, name: 'Projects', inactive: false },
];
const closed = 9;

export const tickets: Resource<Ticket> = {
  key: 'tickets',
  scopes: ['tickets'],
  table: (state) => state.tickets,
  fields: ticketFields,
  inputs: ticketInputs,
  filters: {
    client_id: { kind: 'int', test: (ticket, v) => ticket.client_id === Number(v) },
    tickettype_id: { kind: 'int', test: (ticket, v) => ticket.tickettype_id === Number(v) },
    open_only: { kind: 'bool', test: (ticket, v) => v.toLowerCase() !== 'true' || !ticket.hasbeenclosed },
    search: { kind: 'text', test: (ticket, v) => like(v, ticket.summary, ticket.details) },
    search_summary: { kind: 'text', test: (ticket, v) => like(v, ticket.summary) },
    search_details: { kind: 'text', test: (ticket, v) => like(v, ticket.details, ticket.details_html) },
  },
  narrow: (state, query) =>
    query.get('client_id') ? by(state.tickets, 'client', Number(query.get('client_id'))) : undefined,
  check: checkTicket,
  write: (state, body, old) => {
    const base = old ?? { ...initial(storedTicket, state.tickets.next), dateoccurred: now() };
    const row = merge(ticketFields, base, body, state.options);
    row.hasbeenclosed = row.status_id === closed;
    const changed = !old || differs(old, row);
    if (changed) put(state.tickets, row);
    return { row, changed };
  },
  thin: (state, { details_html, ...ticket }) => ({ ...ticket, client_name: clientName(state, ticket) }),
  full: (state, ticket) => ({ ...ticket, client_name: clientName(state, ticket), attachments: [] }),
  remove: (state, ticket) => drop(state.tickets, ticket.id),
};

const clientName = (state: HaloState, { client_id }: { client_id: number }) =>
  state.clients.rows.get(client_id)?.name ?? '';

function checkTicket(state: HaloState, body: Body, old: Ticket | undefined): void {
  const summary = body.summary ?? old?.summary;
  if (!String(summary ?? '').trim()) throw new Refusal(badText('Summary must not be blank'));
  const client = Number(body.client_id ?? old?.client_id ?? 0);
  if (!state.clients.rows.has(client)) throw new Refusal(badException(`Client ${client} does not exist`));
  const type = ticketTypes.find(({ id }) => id === Number(body.tickettype_id ?? old?.tickettype_id ?? 1));
  if (!type) throw new Refusal(badException(`Ticket type ${body.tickettype_id} does not exist`));
  if (body.priority_id !== undefined && !priorities.some((one) => one.priorityid === body.priority_id))
    throw new Refusal(badException(`Priority ${body.priority_id} does not exist`));
  const missing = type.mandatory.find((name) => !body[name] && !body[`${name}_html`]);
  if (missing && !old && body._novalidate !== true)
    throw new Refusal(badText(`${missing} is mandatory for ${type.name}`));
}

const actionFields = {
  ticket_id: int(),
  outcome_id: int(),
  note: text(),
  note_html: text(),
  hiddenfromuser: bool(),
};
export type Action = RowOf<typeof actionFields>;
export const createActions = () => createTable<Action>(1, { ticket: (action) => action.ticket_id });

export const actions: Resource<Action> = {
  key: 'actions',
  scopes: ['tickets'],
  table: (state) => state.actions,
  fields: actionFields,
  filters: { ticket_id: { kind: 'int', test: (action, v) => action.ticket_id === Number(v) } },
  narrow: (state, query) =>
    query.get('ticket_id') ? by(state.actions, 'ticket', Number(query.get('ticket_id'))) : undefined,
  check: (state, body) => {
    if (!state.tickets.rows.has(Number(body.ticket_id)))
      throw new Refusal(badException(`Ticket ${body.ticket_id} does not exist`));
    if (!body.outcome_id) throw new Refusal(badText('An Outcome must be entered for this Action'));
  },
  write: (state, body, old) => {
    const row = merge(actionFields, old ?? initial(actionFields, state.actions.next), body, state.options);
    const changed = !old || differs(old, row);
    if (changed) put(state.actions, row);
    return { row, changed };
  },
  thin: (_state, action) => action,
  full: (_state, action) => action,
};
