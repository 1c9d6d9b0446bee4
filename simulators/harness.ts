import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What every simulator stands on: a loopback HTTP server with a request log and fault knobs, driven by
 * `/__control/*` so that a test in another process can turn them. A simulator knows nothing of Tributary.
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

export interface Fault {
  /** Matched against the method; absent matches all. */
  method?: string;
  /** A regular expression matched against `path?query`; absent matches all. */
  path?: string;
  /** A regular expression matched against the request body. */
  body?: string;
  /** Matching requests let through before the fault starts. Default 0. */
  after?: number;
  /** Matching requests it hits, -1 for ever. Default 1. */
  times?: number;
  act:
    | { do: 'respond'; status: number; body?: unknown; headers?: Record<string, string> }
    /** Connection destroyed before the request is handled. */
    | { do: 'drop' }
    /** The request is handled, then the connection is destroyed: the reply is lost after the write. */
    | { do: 'drop-reply' }
    /** Handled, then half the body is sent under a full content-length and the connection is cut. */
    | { do: 'truncate' }
    /** Handled, then the body is cut in the middle but the answer ends well: broken JSON under 200. */
    | { do: 'broken-json' }
    /** No answer for `ms` (for ever when absent); `handled` says whether the write happens first. */
    | { do: 'hang'; ms?: number; handled?: boolean }
    /** Handled after `ms`. */
    | { do: 'delay'; ms: number }
    /** The handled JSON answer with these top-level keys replaced. */
    | { do: 'patch'; body: Record<string, unknown> };
}

export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  at: number;
  method: string;
  path: string;
  query: string;
  status: number;
}

export interface Simulator<State> {
  /** `http://127.0.0.1:<port>` */
  url: string;
  state: State;
  faults: { add(fault: Fault): void; clear(): void };
  /** Every request but the control ones, oldest first. Bodies and headers are not kept: they hold secrets. */
  requests: LoggedRequest[];
  close(): Promise<void>;
}

export interface SimulatorProgram<State> {
  state: State;
  handle(request: SimRequest, state: State): SimResponse | Promise<SimResponse>;
  /** Named changes to the state a test may ask for: `POST /__control/do/<name>` with a JSON body. */
  controls?: Record<string, (state: State, body: Record<string, unknown>) => unknown>;
}

type Live = Fault & { seen: number; hit: number };

export async function startSimulator<State>(
  program: SimulatorProgram<State>,
  options: { port?: number; latencyMs?: number } = {},
): Promise<Simulator<State>> {
  const faults: Live[] = [];
  const requests: LoggedRequest[] = [];
  const { state } = program;
  const add = (fault: Fault) => void faults.push({ ...fault, seen: 0, hit: 0 });
  const clear = () => void faults.splice(0);

  const control = (req: SimRequest): SimResponse => {
    const name = req.path.replace('/__control/', '');
    if (name === 'faults' && req.method === 'POST') {
      for (const fault of [JSON.parse(req.text)].flat() as Fault[]) add(fault);
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
    const act = program.controls?.[name.replace(/^do\//, '')];
    if (!act) return { status: 404, body: { error: `no control ${name}` } };
    return { status: 200, body: act(state, req.text ? JSON.parse(req.text) : {}) ?? null };
  };

  const server = createServer(async (incoming, outgoing) => {
    const req = await readRequest(incoming);
    if (req.path.startsWith('/__control/')) {
      try {
        return send(outgoing, control(req));
      } catch (error) {
        // A control that names what is not there must not end the process.
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
        return await program.handle(req, state);
      } catch (error) {
        return { status: 500, body: `simulator fault: ${(error as Error).stack}` };
      }
    };
    const act = nextFault(faults, req)?.act;
    if (!act) {
      const answer = await handled();
      entry.status = answer.status;
      return send(outgoing, answer);
    }
    if (act.do === 'respond') {
      entry.status = act.status;
      return send(outgoing, act);
    }
    if (act.do === 'drop') return void outgoing.destroy();
    if (act.do === 'hang' && !act.handled) {
      if (act.ms === undefined) return;
      await wait(act.ms);
      return void outgoing.destroy();
    }
    if (act.do === 'delay') await wait(act.ms);
    const answer = await handled();
    entry.status = answer.status;
    if (act.do === 'drop-reply') return void outgoing.destroy();
    if (act.do === 'hang') {
      if (act.ms === undefined) return;
      await wait(act.ms);
      return void outgoing.destroy();
    }
    if (act.do === 'patch') answer.body = { ...(answer.body as object), ...act.body };
    if (act.do === 'truncate' || act.do === 'broken-json') {
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      const half = text.slice(0, Math.floor(text.length / 2));
      const length = Buffer.byteLength(act.do === 'truncate' ? text : half);
      outgoing.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': length });
      outgoing.write(half, () => (act.do === 'truncate' ? outgoing.destroy() : outgoing.end()));
      return;
    }
    send(outgoing, answer);
  });
  await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    faults: { add, clear },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function nextFault(faults: Live[], req: SimRequest): Live | undefined {
  for (const fault of faults) {
    const target = `${req.path}?${req.query}`;
    if (fault.method && fault.method !== req.method) continue;
    if (fault.path && !new RegExp(fault.path).test(target)) continue;
    if (fault.body && !new RegExp(fault.body).test(req.text)) continue;
    if (fault.seen++ < (fault.after ?? 0)) continue;
    const times = fault.times ?? 1;
    if (times >= 0 && fault.hit >= times) continue;
    fault.hit++;
    return fault;
  }
  return undefined;
}

async function readRequest(incoming: IncomingMessage): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://simulator');
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([k, v]) => [k, String(v)]));
  const text = Buffer.concat(chunks).toString('utf8');
  return { method: incoming.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, text };
}

function send(outgoing: ServerResponse, answer: SimResponse) {
  const text =
    answer.body === undefined
      ? ''
      : typeof answer.body === 'string'
        ? answer.body
        : JSON.stringify(answer.body);
  outgoing.writeHead(answer.status, {
    ...(text && { 'content-type': 'application/json' }),
    ...(answer.status !== 204 && { 'content-length': Buffer.byteLength(text) }),
    ...answer.headers,
  });
  outgoing.end(text);
}

const listen = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
