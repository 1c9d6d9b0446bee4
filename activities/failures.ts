import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Log } from '../connectors/contract.ts';
import { isDatabaseError, isDataError } from '../db/sql.ts';
import { Failure } from '../domain/failure.ts';
import type { ImportProblem } from '../domain/import.ts';
import { activityType } from '../temporal/ids.ts';

/**
 * What an activity throws becomes what a workflow can act on: the failure's kind as its type, whether to retry, and
 * when. Its details are the problem an operator reads. Nothing personal is in either, so history may hold them.
 */
export function activityFailure(error: unknown): unknown {
  if (isDatabaseError(error)) return databaseFailure(error.code);
  if (!(error instanceof Failure)) return error;
  return ApplicationFailure.create({
    type: error.kind,
    message: error.message,
    nonRetryable: !error.retryable || (error.kind === 'bad-answer' && triedOften()),
    nextRetryDelay: error.details.retryAfterMs,
    details: [problemOf(error)],
  });
}

/** A gateway's odd page passes in seconds; a changed contract does not, and an operator should hear of it. */
const triedOften = () => Context.current().info.attempt >= 5;

/** The database's own text may quote a row, so only its code is told. Bad data and bad SQL stay bad: no retry. */
function databaseFailure(code: string): ApplicationFailure {
  const refused = isDataError({ code }) || code.startsWith('42');
  const problem: ImportProblem = {
    type: 'upstream-failed',
    title: refused ? "Tributary's database refused a statement" : "Tributary's database is not available",
    detail: refused
      ? `PostgreSQL answered with error ${code}. This is a fault of Tributary; the log of the worker says where.`
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

/** Registers each activity under its type, its failures translated in one place. */
export function registered(activities: Record<string, AnyActivity>, log: Log): Record<string, AnyActivity> {
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      activityType(name),
      async (input: never) => {
        try {
          return await run(input);
        } catch (error) {
          if (error instanceof Failure)
            log.warn({ activity: name, kind: error.kind, status: error.details.status }, error.message);
          if (isDatabaseError(error))
            log.warn({ activity: name, code: error.code }, 'a database statement failed');
          throw activityFailure(error);
        }
      },
    ]),
  );
}
