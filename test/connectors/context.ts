import type { ConnectorContext, Log } from '../../connectors/contract.ts';
import { fetchWhole } from '../../connectors/fetch-whole.ts';
import { ofImports } from '../../connectors/retry.ts';

export interface ContextParts {
  settings: unknown;
  credentials: unknown;
  /** The token keeper's part; a connector of `static` auth must not ask for one. */
  token?: ConnectorContext['token'];
  signal?: AbortSignal;
  /** Stands for what a request asks. */
  patience?: { timeoutMs: number };
  /** Times a read is tried, without pauses; once unless given. */
  tries?: number;
}

export const silent: Log = { info() {}, warn() {} };

/** A connector's context over plain fetch: no pace, no budget, no guard. */
export function contextOf(parts: ContextParts): ConnectorContext<never, never> {
  const { signal = new AbortController().signal } = parts;
  const context: ConnectorContext = {
    settings: parts.settings,
    credentials: parts.credentials,
    token:
      parts.token ??
      (async () => {
        throw new Error('this connector has no token');
      }),
    fetch: (url, request) => fetchWhole(url, { ...request, ...parts.patience }, signal),
    signal,
    log: silent,
    patience: { ...ofImports, tries: parts.tries ?? 1, pauses: 0, pause: async () => {} },
  };
  return context as ConnectorContext<never, never>;
}
