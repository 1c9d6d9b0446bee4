import type { ConnectorContext, Log } from '../../connectors/contract.ts';

export interface ContextParts {
  settings: unknown;
  credentials: unknown;
  /** The token keeper's part; a connector of `static` auth must not ask for one. */
  token?: ConnectorContext['token'];
  signal?: AbortSignal;
}

export const silent: Log = { info() {}, warn() {} };

/** A connector's context over plain fetch: no pace, no budget, no guard. */
export function contextOf(parts: ContextParts): ConnectorContext<never, never> {
  const context: ConnectorContext = {
    settings: parts.settings,
    credentials: parts.credentials,
    fetch: (url, init) => fetch(url, init),
    token:
      parts.token ??
      (async () => {
        throw new Error('this connector has no token');
      }),
    signal: parts.signal ?? new AbortController().signal,
    log: silent,
  };
  return context as ConnectorContext<never, never>;
}
