import { setMaxListeners } from 'node:events';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { type Dispatcher, request as send } from 'undici';
import { createWayOut } from './way-out.ts';

/** An answer with its complete body. */
export interface WholeAnswer {
  status: number;
  /** Keys in lower case. */
  headers: Record<string, string | string[] | undefined>;
  /** Decompressed. */
  body: Uint8Array;
}

export interface WholeRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Timeout of the whole exchange, body included, in milliseconds. Default 60,000. */
  timeoutMs?: number;
}

export interface FetchOptions {
  /** Makes the connections; by default directly or through the environment's proxies. */
  dispatcher?: Dispatcher;
  /** The largest body accepted, in bytes after decompression. Default 32 MiB. */
  limit?: number;
}

export const defaultLimit = 32 * 2 ** 20;

/** The body exceeded the limit; the rest was not read. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  readonly limit: number;
  constructor(limit: number) {
    super(`the answer is larger than ${limit} bytes`);
    this.limit = limit;
  }
}

type Unpack = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;
const unpackers = new Map<string, Unpack>([
  ['gzip', promisify(gunzip) as Unpack],
  ['br', promisify(brotliDecompress) as Unpack],
  // Gateways compress answers although we never ask for it, with or without the header.
  ['deflate', (body, options) => promisify(isZlib(body) ? inflate : inflateRaw)(body, options)],
]);
unpackers.set('x-gzip', unpackers.get('gzip')!);

const isZlib = ([first = 0, second = 0]: Uint8Array) =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/** Some gateways refuse requests without a user agent. */
const always = { 'user-agent': 'Tributary', 'accept-encoding': 'gzip, br' };

let wayOut: Dispatcher | undefined;

/**
 * Sends a request and reads the whole answer without following redirects. Rejects with a `TimeoutError` after
 * `timeoutMs`, with `AnswerTooLarge`, with the signal's reason if it aborts, otherwise with undici's error
 * (`wayFault` says whether the request may have been sent).
 */
export async function fetchWhole(
  url: string,
  { timeoutMs = 60_000, method = 'GET', headers, body }: WholeRequest,
  signal: AbortSignal,
  { dispatcher, limit = defaultLimit }: FetchOptions = {},
): Promise<WholeAnswer> {
  signal.throwIfAborted();
  wayOut ??= createWayOut();
  // Not AbortSignal.any: in Node 20 it loses its timeout to garbage collection.
  const call = new AbortController();
  const cancel = () => call.abort(signal.reason);
  const late = () => call.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    // Not fetch: its streams cost more than reading the body.
    const answer = await send(url, {
      method, body, headers: { ...always, ...headers }, signal: call.signal, dispatcher: dispatcher ?? wayOut,
    }); // biome-ignore format: one line
    const came = await received(answer, limit);
    const packing = String(answer.headers['content-encoding'] ?? '');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: came.byteLength > 0 ? await unpacked(came, packing, limit) : came,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

async function received({ headers, body }: Dispatcher.ResponseData, limit: number): Promise<Uint8Array> {
  const declared = Number(headers['content-length']);
  if (declared > limit) {
    body.on('error', () => {}).destroy();
    throw new AnswerTooLarge(limit);
  }
  // The body cannot exceed its declared length; reading it at once is cheapest.
  if (declared >= 0) return new Uint8Array(await body.arrayBuffer());
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    // Breaking out of the loop closes the connection.
    if (size > limit) throw new AnswerTooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Encodings are listed in the order they were applied. */
async function unpacked(body: Uint8Array, packing: string, limit: number): Promise<Uint8Array> {
  let bytes = body;
  for (const name of packing
    .toLowerCase()
    .split(/[\s,]+/)
    .reverse()
    .slice(0, 3)) {
    const unpack = unpackers.get(name);
    if (!unpack) continue;
    bytes = await unpack(bytes, { maxOutputLength: limit }).catch((error) => {
      throw error?.code === 'ERR_BUFFER_TOO_LARGE' ? new AnswerTooLarge(limit) : error;
    });
  }
  return bytes;
}
