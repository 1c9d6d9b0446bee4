import {
  type SimRequest,
  type SimResponse,
  type Simulator,
  type SimulatorProgram,
  startSimulator,
} from '../harness.ts';
import { badValue, empty, ok, Refusal } from './answers.ts';
import { allows, overLimit, scopesOf, token } from './auth.ts';
import { clients } from './clients.ts';
import { controls } from './controls.ts';
import { licences } from './licences.ts';
import { links } from './links.ts';
import { list } from './lists.ts';
import { defaults, type HaloOptions } from './options.ts';
import { erase, type Query, type Resource, yes } from './resource.ts';
import { sites } from './sites.ts';
import { createState, type HaloState } from './state.ts';
import { keepState } from './state-file.ts';
import { agents, features, listAgents, ownAgent, suppliers, topLevels } from './tenant.ts';
import { actions, priorities, teams, tickets, ticketTypes } from './tickets.ts';
import { users } from './users.ts';
import { post } from './writes.ts';

export type { HaloOptions } from './options.ts';
export type { HaloState } from './state.ts';

/** Paths are matched in lower case: Halo does not care. */
const resources: Record<string, Resource> = {
  client: erase(clients),
  site: erase(sites),
  toplevel: erase(topLevels),
  users: erase(users),
  softwarelicence: erase(licences),
  externallink: erase(links),
  supplier: erase(suppliers),
  tickets: erase(tickets),
  actions: erase(actions),
};

type Page = (state: HaloState, request: SimRequest, query: Query) => SimResponse;

/** GETs that need no token. */
const open: Record<string, Page> = {
  '/api/authinfo': (state, request) =>
    ok({ auth_url: `${host(request)}/auth`, tenant_id: state.options.tenant }),
  '/api/health': () => ok({ status: 'Healthy' }),
  '/api/instanceinfo': (state, request) =>
    ok({
      app_name: 'Halo PSA',
      app_version: '2.236.133',
      database_version: '2.236.133',
      dbid: state.options.dbid,
      tenant_id: state.options.tenant,
      hosted_group: 'simulator',
      auth_url: `${host(request)}/auth`,
      agent_url: host(request),
      portal_url: `${host(request)}/portal`,
      licensed_agent_count: 10,
      using_scheduling_service: true,
    }),
};

/** GETs that any token may make. */
const plain: Record<string, Page> = {
  '/api/features': () => ok(features),
  '/api/tickettype': () => ok(ticketTypes.map(({ mandatory, ...type }) => type)),
  '/api/priority': () => ok(priorities),
  '/api/team': () => ok(teams),
  '/api/agent': (state, _request, query) => ok(listAgents(state, query)),
  '/api/agent/me': () => ok(ownAgent()),
  // For a customer's own login; an agent's token is refused by the one and not known to the other.
  '/api/client/me': () => empty(401),
  '/api/users/me': () => empty(404),
};

/** HaloPSA's public API, as `contracts/halopsa.md` tells it. */
export function startHaloPsa(
  options: Partial<HaloOptions> & { port?: number; latencyMs?: number; stateFile?: string } = {},
): Promise<Simulator<HaloState>> {
  const { port, latencyMs, stateFile, ...chosen } = options;
  const state = createState({ ...defaults, ...chosen });
  const program: SimulatorProgram<HaloState> = { state, handle, controls };
  return startSimulator(stateFile ? kept(program, keepState(state, stateFile)) : program, {
    port,
    latencyMs,
  });
}

/** The program with its changes kept before each answer. */
function kept(program: SimulatorProgram<HaloState>, keep: () => void): SimulatorProgram<HaloState> {
  const then =
    <Args extends unknown[], Answer>(act: (...args: Args) => Answer) =>
    (...args: Args): Answer => {
      try {
        return act(...args);
      } finally {
        keep();
      }
    };
  const all = Object.entries(program.controls ?? {}).map(([name, act]) => [name, then(act)] as const);
  return { ...program, handle: then(program.handle), controls: Object.fromEntries(all) };
}

function handle(request: SimRequest, state: HaloState): SimResponse {
  try {
    return overLimit(state) ?? route(request, state);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function route(request: SimRequest, state: HaloState): SimResponse {
  const path = request.path.toLowerCase().replace(/\/+$/, '');
  const query: Query = new Map(Array.from(request.query, ([name, value]) => [name.toLowerCase(), value]));
  if (path === '/auth/token') return request.method === 'POST' ? token(state, request) : empty(405);
  const [, noun = '', id] = /^\/api\/([a-z]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const known = open[path] ?? plain[path];
  if (!known && noun !== 'agent' && !resources[noun]) return empty(404);
  if (open[path]) return request.method === 'GET' ? open[path](state, request, query) : empty(405);
  const scopes = scopesOf(state, request);
  if (!scopes) return empty(401);
  if (known) {
    if (request.method === 'GET') return known(state, request, query);
    if (!resources[noun] || id) return empty(405);
  }
  if (noun === 'agent') return one(agents, id);
  const resource = resources[noun]!;
  if (!allows(scopes, request.method === 'GET' ? 'read' : 'edit', resource.scopes)) return empty(403);
  if (id === undefined) {
    if (request.method === 'GET') return list(state, resource, query);
    if (request.method !== 'POST') return empty(405);
    const json = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
    return json ? post(state, resource, request.text) : empty(415);
  }
  if (request.method !== 'GET' && request.method !== 'DELETE') return empty(405);
  const row = resource.table(state).rows.get(number(id));
  if (!row) return empty(404);
  if (request.method === 'GET')
    return ok(yes(query, 'includedetails') ? resource.full(state, row) : resource.thin(state, row, query));
  resource.remove?.(state, row);
  return empty(204);
}

function one(rows: { id: number }[], id = ''): SimResponse {
  const row = rows.find((candidate) => candidate.id === number(id));
  return row ? ok(row) : empty(404);
}

function number(id: string): number {
  if (!/^-?\d{1,9}$/.test(id)) throw new Refusal(badValue('id', id));
  return Number(id);
}

const host = (request: SimRequest) => `http://${request.headers.host}`;
