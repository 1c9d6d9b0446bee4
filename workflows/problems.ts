import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { ImportProblem } from '../domain/import.ts';

/** The typed failure behind whatever an activity or child workflow threw; null if it is not one of ours. */
export function causeOf(error: unknown): ApplicationFailure | null {
  let cause = error;
  while (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) cause = cause.cause;
  return cause instanceof ApplicationFailure ? cause : null;
}

export const needsNewToken = (error: unknown) => causeOf(error)?.type === 'reauth-required';

/** The problem an operator reads; null when the work was cancelled. */
export function problemFrom(error: unknown): ImportProblem | null {
  if (isCancellation(error)) return null;
  const cause = causeOf(error);
  const [problem] = (cause?.details ?? []) as ImportProblem[];
  if (problem?.type) return problem;
  return {
    type: 'upstream-failed',
    title: 'An unexpected error stopped the work',
    detail: `${cause?.message ?? "See the worker's log."} What was stored and written so far is kept; start again to do the rest.`,
  };
}
