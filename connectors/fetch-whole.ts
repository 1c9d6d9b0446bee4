import { setMaxListeners } from 'node:events';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { type Dispatcher, request as send } from 'undici';

/** An answer with its body read whole. */
export interface WholeAnswer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string | string[] | undefined>;
  /** Unpacked where it came packed. */
  body: Uint8Array;
}

export interface WholeRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for the whole exchange, body included. Default 60,000. */
  timeoutMs?: number;
}

const unpackers = new Map([
  ['gzip', promisify<ArrayBuffer, Uint8Array>(gunzip)],
  ['br', promisify<ArrayBuffer, Uint8Array>(brotliDecompress)],
]);

/** Some gateways turn away whoever does not name itself. */
const always = { 'user-agent': 'Tributary', 'accept-encoding': [...unpackers.keys()].join(', ') };

/**
 * Sends a request and reads its answer whole; redirects are not followed. Rejects with a `TimeoutError` after
 * `timeoutMs`, with the signal's reason once it aborts, with undici's own error otherwise (`code` says which).
 */
export async function fetchWhole(
  url: string,
  { timeoutMs = 60_000, method = 'GET', headers, body }: WholeRequest,
  signal: AbortSignal,
  /** How connections are made; undici's own way unless given. */
  dispatcher?: Dispatcher,
): Promise<WholeAnswer> {
  signal.throwIfAborted();
  // Not AbortSignal.any: in Node 20 it loses its timeout when garbage is collected.
  const call = new AbortController();
  const cancel = () => call.abort(signal.reason);
  const late = () => call.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    // Not fetch, whose streams cost more than reading what they carry.
    const answer = await send(url, {
      method, body, headers: { ...always, ...headers }, signal: call.signal, dispatcher,
    }); // biome-ignore format: one line
    const came = await answer.body.arrayBuffer();
    const unpack = unpackers.get(String(answer.headers['content-encoding']).toLowerCase());
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: unpack && came.byteLength > 0 ? await unpack(came) : new Uint8Array(came),
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}
