import { Context } from '@temporalio/activity';
import type { Distributor, Listing, PushDestination } from '../../connectors/contract.ts';
import { progress } from '../../db/imports/progress.ts';
import type { ListingKind } from '../../domain/kinds.ts';
import type { Deps } from '../deps.ts';
import type { ConnectionSession } from './gateway.ts';
import { sameAccount } from './verify-account.ts';

/** A connection opened inside an activity: it heartbeats, is cancelled with the activity, and counts its calls. */
export interface OpenConnection<C> extends ConnectionSession {
  connector: C & ConnectionSession['connector'];
  /** Requests sent since the last call. */
  takeCalls(): number;
}

export interface OpenOptions {
  purpose?: 'import' | 'person';
  /** How long running requests may continue after a cancellation, in milliseconds. */
  graceMs?: number;
  /** Skip the account check: a test reports it as a step. */
  anyAccount?: boolean;
}

export async function openConnection<C = Distributor & PushDestination>(
  deps: Pick<Deps, 'db' | 'gateway'>,
  connectionId: string,
  { purpose = 'import', graceMs = 0, anyAccount = false }: OpenOptions = {},
): Promise<OpenConnection<C>> {
  const activity = Context.current();
  let calls = 0;
  const session = await deps.gateway.sessionFor(connectionId, {
    signal: graceMs > 0 ? later(activity.cancellationSignal, graceMs) : activity.cancellationSignal,
    purpose,
    heartbeat: () => activity.heartbeat(),
    onWait: (until) => activity.heartbeat({ waitsForBudgetUntil: until.toISOString() }),
    onCall: () => {
      calls++;
    },
  });
  const takeCalls = () => {
    const taken = calls;
    calls = 0;
    return taken;
  };
  if (!anyAccount) await withHeartbeat(() => sameAccount(deps, session));
  return { ...session, connector: session.connector as OpenConnection<C>['connector'], takeCalls };
}

/** The connector's listing of a ledger kind. */
export const listingOf = (connector: unknown, kind: ListingKind): Listing<{ id: string }> =>
  (connector as Record<ListingKind, Listing<{ id: string }>>)[kind];

/** Heartbeats while waiting for one long answer. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const activity = Context.current();
  const beat = setInterval(() => activity.heartbeat(), 10_000);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

/** Adds the calls made to a destination to an import's count. */
export async function countCalls(
  deps: Deps,
  importId: string,
  session: { takeCalls(): number },
): Promise<void> {
  const calls = session.takeCalls();
  if (calls > 0) await progress(deps.db.sql, importId, { calls });
}

/** A signal that aborts after a delay, so that running requests can finish. */
function later(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const follow = () => setTimeout(() => controller.abort(signal.reason), ms).unref();
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return controller.signal;
}
