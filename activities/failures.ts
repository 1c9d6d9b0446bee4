import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Log } from '../connectors/contract.ts';
import { isDatabaseError, isDataError } from '../db/sql.ts';
import { Failure } from '../domain/failure.ts';
import type { ImportProblem } from '../domain/import.ts';
import { activityType } from '../temporal/ids.ts';
import type { Activities } from './index.ts';

/**
 * Translates what an activity throws for workflows: the failure's kind as its type, whether to retry, and when. The
 * details are the problem an operator reads. Neither holds personal data, because history keeps them.
 */
export function activityFailure(error: unknown, givenUp = false): unknown {
  if (isDatabaseError(error)) return databaseFailure(error.code);
  if (!(error instanceof Failure)) return error;
  return ApplicationFailure.create({
    type: error.kind,
    message: error.message,
    nonRetryable: !error.retryable || givenUp,
    nextRetryDelay: error.details.retryAfterMs,
    details: [problemOf(error)],
  });
}

/** How long an outage is retried without any success; an activity that made progress returned and started anew. */
export const outageMs = 15 * 60_000;

/** Consecutive attempts of one activity that got only unreadable answers before it gives up. */
const unreadableTries = 4;

/**
 * Decides when to give up on a retryable failure: by the time since the last success, not the number of attempts.
 * Unreadable answers mean a changed contract rather than an outage, so they end within minutes.
 */
function createEndurance(patienceMs = outageMs) {
  const unreadable = new Map<string, number>();
  return (error: unknown): boolean => {
    const { attempt, scheduledTimestampMs, workflowExecution, activityId } = Context.current().info;
    const activity = `${workflowExecution?.runId}/${activityId}`;
    const kind = error instanceof Failure ? error.kind : null;
    const inARow = kind === 'bad-answer' || kind === 'too-large' ? (unreadable.get(activity) ?? 0) + 1 : 0;
    const up = inARow >= unreadableTries || (attempt > 2 && Date.now() - scheduledTimestampMs > patienceMs);
    unreadable.delete(activity);
    // The oldest entries belong to activities that continued on another worker.
    if (unreadable.size >= 1_000) unreadable.delete(unreadable.keys().next().value!);
    if (inARow > 0 && !up) unreadable.set(activity, inARow);
    return up;
  };
}

/** Database errors may quote a row, so only the code is reported. Bad data and bad SQL are not retried. */
function databaseFailure(code: string): ApplicationFailure {
  const refused = isDataError({ code }) || code.startsWith('42');
  const problem: ImportProblem = {
    type: 'upstream-failed',
    title: refused ? "Tributary's database refused a statement" : "Tributary's database is not available",
    detail: refused
      ? `PostgreSQL answered with error ${code}. This is a fault of Tributary; see the worker's log.`
      : `PostgreSQL could not be used (${code}). Check that it is running, then start again.`,
  };
  return ApplicationFailure.create({
    type: 'database',
    message: problem.detail,
    nonRetryable: refused,
    details: [problem],
  });
}

export function problemOf(failure: Failure): ImportProblem {
  const { remedy, reference } = failure.details;
  return {
    type:
      failure.kind === 'reauth-required' ||
      failure.kind === 'different-account' ||
      failure.kind === 'rate-limited'
        ? failure.kind
        : 'upstream-failed',
    title: titles[failure.kind],
    detail: [failure.message, remedy, reference && `Reference for the vendor's support: ${reference}.`]
      .filter(Boolean)
      .join(' '),
  };
}

const titles: Record<Failure['kind'], string> = {
  unreachable: 'The outside system cannot be reached',
  certificate: 'The certificate of the outside system cannot be trusted',
  proxy: 'The proxy refuses the connection',
  'name-lookup': 'The host name of the outside system cannot be resolved',
  intermediary: 'A proxy or gateway answered instead of the outside system',
  'too-large': 'The answer of the outside system is too large',
  timeout: 'The outside system did not answer in time',
  unauthorised: 'The credentials were refused',
  forbidden: 'A permission is missing',
  'reauth-required': 'A new token is needed',
  'not-found': 'The outside system did not find the record',
  invalid: 'The outside system refused the request',
  'rate-limited': 'The outside system asks for fewer requests',
  unavailable: 'The outside system is not available',
  'bad-answer': 'The outside system sent an answer that cannot be read',
  'different-account': 'The credentials belong to another account',
  internal: 'Tributary is not ready',
};

type AnyActivity = (input: never) => Promise<unknown>;

/** Conversations with outside systems for imports: while one is tried again, its imports show why they wait. */
const conversations: ReadonlySet<string> = new Set<keyof Activities>([
  'authorise',
  'openCollection',
  'collectPages',
  'applyItems',
  'settleEarlierWrites',
  'resolveDuplicates',
]);

const importsOf = (input: unknown): string[] => {
  const { importId, importIds } = input as { importId?: string; importIds?: string[] };
  return importIds ?? (importId === undefined ? [] : [importId]);
};

interface Reporting {
  patienceMs?: number;
  /** Shows on running imports what they wait for; null: they no longer do. */
  tellWaiting?(importIds: string[], problem: ImportProblem | null): Promise<void>;
}

/** Registers each activity under its type and translates its failures in one place. */
export function registered(
  activities: Record<string, AnyActivity>,
  log: Log,
  { patienceMs, tellWaiting }: Reporting = {},
): Record<string, AnyActivity> {
  const endured = createEndurance(patienceMs);
  const tell = async (name: string, input: unknown, problem: ImportProblem | null) => {
    const importIds = conversations.has(name) ? importsOf(input) : [];
    // Only shown: what was done counts whether or not it can be.
    if (importIds.length > 0) await tellWaiting?.(importIds, problem).catch(() => {});
  };
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      activityType(name),
      async (input: never) => {
        try {
          const done = await run(input);
          if ((done as { state?: unknown } | undefined)?.state !== 'wait') await tell(name, input, null);
          return done;
        } catch (error) {
          if (error instanceof Failure)
            log.warn({ activity: name, kind: error.kind, status: error.details.status }, error.message);
          if (isDatabaseError(error))
            log.warn({ activity: name, code: error.code }, 'a database statement failed');
          const givenUp = endured(error);
          if (error instanceof Failure && error.retryable && !givenUp && error.kind !== 'internal')
            await tell(name, input, problemOf(error));
          throw activityFailure(error, givenUp);
        }
      },
    ]),
  );
}
