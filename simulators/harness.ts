import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAct, perform } from './acts.ts';
import { enforce, type Fault, type LiveFault, nameOf, nextFault } from './faults.ts';
import { middlemen, portalPath } from './middlemen.ts';
import { send, wait } from './sending.ts';

export { type Fault, foulWeather } from './faults.ts';
export { type MiddlemanName, middlemanNames } from './middlemen.ts';

/**
 * The base of every simulator: a loopback HTTP server with a request log and faults, controlled by `/__control/*`, so
 * that a test in another process can use it. A simulator knows nothing of Tributary.
 */
export interface SimRequest {
  method: string;
  /** Path without the query, e.g. `/api/Client`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  /** The body as received, empty when there was none. */
  text: string;
}

/** `body` is sent as JSON unless it is a string (sent as it is) or undefined (an empty body). */
export interface SimResponse {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  at: number;
  method: string;
  path: string;
  query: string;
  /** The status sent; 0 if none was. */
  status: number;
  /** The name of the fault that hit it. */
  fault?: string;
}

/** Calls since the log was last cleared; `faults` are hits by the fault's name. */
export interface Counts {
  calls: number;
  byMethod: Record<string, number>;
  byStatus: Record<string, number>;
  faults: Record<string, number>;
}

export interface Simulator<State> {
  /** `http://127.0.0.1:<port>` */
  url: string;
  state: State;
  faults: { add(...faults: Fault[]): void; clear(): void };
  /** Every request except control requests, oldest first. Bodies and headers are not stored: they hold secrets. */
  requests: LoggedRequest[];
  counts(): Counts;
  close(): Promise<void>;
}

export interface SimulatorProgram<State> {
  state: State;
  handle(request: SimRequest, state: State): SimResponse | Promise<SimResponse>;
  /** Whether a request only reads. Default: GET. */
  reads?(request: SimRequest): boolean;
  /** Named changes of the state for tests: `POST /__control/do/<name>` with a JSON body. */
  controls?: Record<string, (state: State, body: Record<string, unknown>) => unknown>;
}

export async function startSimulator<State>(
  program: SimulatorProgram<State>,
  options: { port?: number; latencyMs?: number } = {},
): Promise<Simulator<State>> {
  const faults: LiveFault[] = [];
  const requests: LoggedRequest[] = [];
  const { state, reads = ({ method }) => method === 'GET' } = program;
  const add = (...added: Fault[]) => {
    for (const { act } of added) if (!isAct(act)) throw new Error(`no act ${JSON.stringify(act)}`);
    faults.push(...added.map(enforce));
  };
  const clear = () => void faults.splice(0);

  const control = (req: SimRequest): SimResponse => {
    const name = req.path.replace('/__control/', '');
    if (name === 'faults' && req.method === 'POST') {
      add(...([JSON.parse(req.text)].flat() as Fault[]));
      return { status: 204 };
    }
    if (name === 'faults' && req.method === 'DELETE') {
      clear();
      return { status: 204 };
    }
    if (name === 'requests' && req.method === 'GET') return { status: 200, body: requests };
    if (name === 'requests' && req.method === 'DELETE') {
      requests.splice(0);
      return { status: 204 };
    }
    if (name === 'counts' && req.method === 'GET') return { status: 200, body: countsOf(requests) };
    const act = program.controls?.[name.replace(/^do\//, '')];
    if (!act) return { status: 404, body: { error: `no control ${name}` } };
    return { status: 200, body: act(state, req.text ? JSON.parse(req.text) : {}) ?? null };
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const req = await readRequest(incoming);
    if (req.path.startsWith('/__control/')) {
      try {
        return send(outgoing, control(req));
      } catch (error) {
        // A control that names an unknown record must not end the process.
        return send(outgoing, { status: 400, body: { error: (error as Error).message } });
      }
    }
    const entry: LoggedRequest = {
      at: Date.now(),
      method: req.method,
      path: req.path,
      query: req.query.toString(),
      status: 0,
    };
    requests.push(entry);
    if (options.latencyMs) await wait(options.latencyMs);
    const handled = async () => {
      try {
        const answer = await (req.path === portalPath ? middlemen['html-200'] : program.handle(req, state));
        entry.status = answer.status;
        return answer;
      } catch (error) {
        entry.status = 500;
        return { status: 500, body: `simulator fault: ${(error as Error).stack}` };
      }
    };
    const live = nextFault(faults, req, reads(req));
    if (!live) return send(outgoing, await handled());
    entry.fault = nameOf(live.fault);
    const answered = (status: number) => {
      entry.status = status;
    };
    await perform(live.fault.act, { request: req, outgoing, handled, answered, live });
  };
  // A caller that disconnects must not end the process.
  const server = createServer((incoming, outgoing) =>
    serve(incoming, outgoing).catch(() => outgoing.destroy()),
  );
  // A test that blocks its process for five seconds must not find its connection closed as idle.
  server.keepAliveTimeout = 120_000;
  await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    faults: { add, clear },
    requests,
    counts: () => countsOf(requests),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function countsOf(requests: LoggedRequest[]): Counts {
  const tally = (key: (one: LoggedRequest) => string | number | undefined) => {
    const counts: Record<string, number> = {};
    for (const one of requests) {
      const name = key(one);
      if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  return {
    calls: requests.length,
    byMethod: tally(({ method }) => method),
    byStatus: tally(({ status }) => status),
    faults: tally(({ fault }) => fault),
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://simulator');
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([k, v]) => [k, String(v)]));
  const text = Buffer.concat(chunks).toString('utf8');
  return { method: incoming.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, text };
}

const listen = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
