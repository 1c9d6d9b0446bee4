import { setMaxListeners } from 'node:events';

/** An answer with its body read whole. */
export interface WholeAnswer {
  status: number;
  headers: Headers;
  text: string;
}

export interface WholeRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for the whole exchange, body included. Default 60,000. */
  timeoutMs?: number;
}

/**
 * Sends a request and reads its answer whole; redirects are not followed. Rejects with a `TimeoutError` after
 * `timeoutMs`, with the signal's reason once it aborts, with fetch's own error otherwise.
 */
export async function fetchWhole(
  url: string,
  { timeoutMs = 60_000, ...request }: WholeRequest,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  signal.throwIfAborted();
  // Not AbortSignal.any: in Node 20 it loses its timeout when garbage is collected; fetch itself waits 300 s.
  const call = new AbortController();
  const cancel = () => call.abort(signal.reason);
  const late = () => call.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const response = await fetch(url, { ...request, redirect: 'manual', signal: call.signal });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}
