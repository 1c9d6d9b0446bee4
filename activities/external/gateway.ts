import { isIP } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Budget, Connector, ConnectorContext, Kind, Log } from '../../connectors/contract.ts';
import { fetchWhole, type WholeAnswer, type WholeRequest } from '../../connectors/fetch-whole.ts';
import { proxyFor } from '../../connectors/proxy-for.ts';
import { ofImports, ofPeople, type Patience } from '../../connectors/retry.ts';
import { createWayOut } from '../../connectors/way-out.ts';
import type { Database } from '../../db/client.ts';
import { type ConnectionRow, getConnection } from '../../db/connections/connections.ts';
import { Failure } from '../../domain/failure.ts';
import type { KeyRing } from '../../security/key-ring.ts';
import { guardName, guardTarget, outwardLookup, type Resolve } from '../../security/targets.ts';
import { openCredentials } from '../../security/token.ts';
import { type WakeKeeper, wakeKeeperWith } from '../../temporal/token-keeper.ts';
import { clientCredentialsToken } from './access-token.ts';
import { createBudgetedFetch } from './budgeted-fetch.ts';
import { createRateLimiter, type RateLimiter, type RateSettings } from './rate-limiter.ts';
import { rotatingToken } from './rotating-token.ts';

export interface GatewayDeps {
  db: Database;
  ring: KeyRing;
  log: Log;
  allowPrivate: boolean;
  connectorOf: (kind: Kind) => Connector;
  /** Needed to wake the keepers of rotating tokens. */
  temporal?: Client;
  /** Resolves host names; tests pass their own. */
  resolve?: Resolve;
  /** The largest body accepted, in bytes after decompression; 32 MiB by default. */
  answerLimit?: number;
  /** For tests: the longest timeout of a request, whatever the request says. */
  requestMs?: number;
  /** For tests: how imports retry reads. */
  retries?: Partial<Patience>;
}

/** The longest wait for one answer, of the 45 s a person waits in all. */
const personMs = 20_000;

export interface Asking {
  signal: AbortSignal;
  purpose: 'import' | 'person';
  /** Uses a person's slots, although nobody waits at a screen. */
  unhurried?: boolean;
  heartbeat?: () => void;
  /** Called while waiting for a slot of the call budget, with the expected end. */
  onWait?: (until: Date) => void;
  /** Called for each request sent; counts an import's destination calls. */
  onCall?: () => void;
}

export type Connection = Omit<ConnectionRow, 'credentials'>;

export interface ConnectionSession {
  connection: Connection;
  connector: Connector;
  context: ConnectorContext<never, never>;
}

export interface Gateway {
  sessionFor(connectionId: string, asking: Asking): Promise<ConnectionSession>;
  /** Sends to a host that is no connection. Rejects as `fetchWhole` does, and with `TargetRefused`. */
  send(url: string, request: WholeRequest, signal: AbortSignal): Promise<WholeAnswer>;
  /** The address to connect to for a host's name, or `TargetRefused` where one of its addresses is inward. */
  addressOf(host: string): Promise<string>;
}

/** Of an answer that nobody reads but to say what went wrong. */
const shortAnswer = 64 * 1024;

/** The only place that creates a `ConnectorContext`. */
export function createGateway(deps: GatewayDeps): Gateway {
  const wake: WakeKeeper = (connectionId, what) => {
    if (!deps.temporal) throw new Error('the token keeper cannot be woken: no Temporal client was given');
    return wakeKeeperWith(deps.temporal)(connectionId, what);
  };
  const dispatcher = createWayOut(deps.allowPrivate ? {} : { lookup: outwardLookup(deps.resolve) });
  // Behind a proxy, the proxy resolves the name; checking our own resolution at least catches internal addresses.
  const checkName = async (url: string) => {
    if (!deps.allowPrivate && proxyFor(url)) await guardName(url, deps.resolve);
  };
  const limiters = new Map<string, { limiter: RateLimiter; of: string }>();

  /** Shared by all calls of this process to one connection; replaced when its settings change. */
  function limiterOf(connectionId: string, settings: Partial<RateSettings>): RateLimiter {
    const { maxInFlight = 4, callsPerSecond = 50 } = settings;
    const of = `${maxInFlight}/${callsPerSecond}`;
    const known = limiters.get(connectionId);
    if (known?.of === of) return known.limiter;
    const limiter = createRateLimiter({ maxInFlight, callsPerSecond });
    limiters.set(connectionId, { limiter, of });
    return limiter;
  }

  const lookup = outwardLookup(deps.resolve);

  return {
    async send(url, request, signal) {
      guardTarget(url, deps.allowPrivate);
      await checkName(url);
      return await fetchWhole(url, request, signal, { dispatcher, limit: shortAnswer });
    },

    async addressOf(host) {
      if (deps.allowPrivate) return host;
      if (isIP(host) !== 0) {
        guardTarget(`https://${isIP(host) === 6 ? `[${host}]` : host}`, false);
        return host;
      }
      return await new Promise((resolve, reject) =>
        lookup(host, {}, (error, address) => (error ? reject(error) : resolve(address as string))),
      );
    },

    async sessionFor(connectionId, asking) {
      const { credentials, ...connection } = await load(deps.db, connectionId);
      const connector = deps.connectorOf(connection.kind as Kind);
      const { definition } = connector;
      const settings = checked(definition.settings.safeParse(connection.settings), 'settings');
      const opened = credentials === null ? {} : openCredentials(deps.ring, connectionId, credentials);
      const person = asking.purpose === 'person' && !asking.unhurried;
      const budget: Budget | null = definition.budget?.(settings as never) ?? null;
      const fetch = createBudgetedFetch({
        ...asking,
        sql: deps.db.sql,
        log: deps.log,
        limiter: limiterOf(connectionId, settings as Partial<RateSettings>),
        budget,
        allowPrivate: deps.allowPrivate,
        dispatcher,
        checkName,
        limit: deps.answerLimit,
        requestMs: person ? Math.min(personMs, deps.requestMs ?? personMs) : deps.requestMs,
      });
      const context: ConnectorContext<unknown, unknown> = {
        settings,
        credentials: checked(definition.credentials.safeParse(opened), 'credentials'),
        fetch,
        signal: asking.signal,
        log: deps.log,
        patience: person ? ofPeople : { ...ofImports, ...deps.retries },
        token: async ({ insteadOf } = {}) => {
          const { db, ring } = deps;
          const session = { connectionId, connector, context: context as ConnectorContext<never, never> };
          const request = { sql: db.sql, ring, ...session, insteadOf };
          if (definition.auth === 'client-credentials') return await clientCredentialsToken(request);
          if (definition.auth === 'rotating') return await rotatingToken({ ...request, ...asking, wake });
          throw new Error(`a ${definition.kind} connection has no access token`);
        },
      };
      return { connection, connector, context: context as ConnectorContext<never, never> };
    },
  };
}

async function load(db: Database, connectionId: string) {
  const row = await getConnection(db, connectionId);
  if (!row) throw new Failure('not-found', 'This connection was deleted.');
  return row;
}

function checked(
  parsed: { success: true; data: unknown } | { success: false; error: { issues: { path: PropertyKey[] }[] } },
  what: string,
): unknown {
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || what))].join(', ');
  throw new Failure('invalid', `The connection's ${what} need attention: ${fields}.`, {
    remedy: `Enter the ${what} of the connection again.`,
    retryable: false,
  });
}
