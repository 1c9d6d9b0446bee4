import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { IntegrationGone, ModeForbids } from '../db/imports/imports.ts';
import type { FailureKind } from '../domain/failure.ts';
import { loggedError } from '../security/redact.ts';
import { NoWorker } from '../temporal/ask.ts';
import { fieldErrors, invalid, notFound, Problem, type ProblemType } from './problem.ts';

/** Turns every failure into a problem. Unexpected errors reveal nothing about our internals. */
export function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const problem = problemOf(error, request);
  if (problem) return sendProblem(problem, reply);
  request.log.error({ err: loggedError(error) }, 'a request failed');
  const body = { type: 'about:blank', title: 'Internal Server Error', status: 500, instance: request.id };
  const detail = "An unexpected error occurred. Look for this request id in the API's log.";
  return reply
    .code(500)
    .type('application/problem+json')
    .send(JSON.stringify({ ...body, detail }));
}

export function sendProblem(problem: Problem, reply: FastifyReply) {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem.toJSON(), instance: reply.request.id }));
}

function problemOf(error: FastifyError, request: FastifyRequest): Problem | null {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error, request);
  if (error instanceof NoWorker)
    return new Problem('no-worker', 'No worker has polled for work in the last minute.');
  if (error instanceof WorkflowFailedError) return askProblem(error);
  if (error instanceof IntegrationGone) return notFound('integration');
  if (error instanceof ModeForbids)
    return new Problem(
      'not-applicable',
      error.mode === 'paused'
        ? 'This integration is paused: set its option `mode` to apply or observe, or ask for a preview.'
        : 'This integration only observes: set its option `mode` to apply to write what the preview shows.',
    );
  if (error instanceof WorkflowNotFoundError) return notFound('run');
  if (error instanceof ScheduleNotFoundError) return notFound('schedule');
  return clientProblem(error) ?? serverAway(error);
}

function validationProblem(error: FastifyError, request: FastifyRequest): Problem {
  // An invalid id names nothing.
  if (error.validationContext === 'params')
    return new Problem('not-found', `The id in the path is not valid: ${request.routeOptions.url ?? ''}.`);
  const issues = (error.validation ?? []).map(({ instancePath, message, keyword, params }) => ({
    code: keyword,
    path: instancePath.split('/').filter(Boolean),
    message: message ?? 'is not valid',
    keys: params.keys as string[] | undefined,
  }));
  const where = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'body');
  return invalid(fieldErrors(issues), `In the ${where}: `);
}

/** Fastify's own refusals, in our words: its messages may quote the request. */
const refusals: Record<string, string> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than 1 MiB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be application/json.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The length of the body differs from Content-Length.',
  FST_ERR_BAD_URL: 'The path cannot be decoded.',
  FST_ERR_MAX_PARAM_LENGTH: 'The id in the path is too long.',
};

function clientProblem(error: FastifyError): Problem | null {
  const status = error.statusCode;
  if (status === undefined || status < 400 || status >= 500) return null;
  // Content-type parsers throw SyntaxErrors with status 400.
  const detail =
    refusals[error.code] ??
    (error.name === 'SyntaxError' ? 'The body is not JSON.' : 'The request cannot be read.');
  return new Problem(status === 404 ? 'not-found' : 'invalid-request', detail, {
    status,
    errors: [{ pointer: '/', detail }],
  });
}

const failureTypes: Partial<Record<FailureKind, ProblemType>> = {
  'reauth-required': 'reauth-required',
  'different-account': 'different-account',
  'rate-limited': 'rate-limited',
  'not-found': 'not-found',
};

/** A question's workflow failed: its application failure carries a kind and a sentence for people. */
function askProblem(error: WorkflowFailedError): Problem {
  for (let cause: Error | undefined = error.cause; cause; cause = cause.cause as Error | undefined)
    if (cause instanceof ApplicationFailure && cause.type) {
      const type = failureTypes[cause.type as FailureKind] ?? 'upstream-failed';
      return new Problem(
        type,
        cause.message,
        type === 'rate-limited' ? { headers: { 'retry-after': '60' } } : {},
      );
    }
  return new Problem('upstream-failed', 'The work was stopped before it finished.');
}

const postgresAway =
  /^(08|53|57P0|57014)|^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/;
/** A text contains a character that PostgreSQL cannot hold. */
const unstorable = ['22021', '22P05'];
const [grpcInvalid, grpcDeadline, grpcExhausted, grpcUnavailable, grpcCancelled] = [3, 4, 8, 14, 1];

function serverAway(error: Error): Problem | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (isGrpcServiceError(cause) || cause instanceof ServiceError) {
      if (code === grpcInvalid) return new Problem('invalid-request', 'Temporal refused the request.');
      if ([grpcDeadline, grpcExhausted, grpcUnavailable, grpcCancelled].includes(code as number))
        return away('Temporal');
    } else if (typeof code === 'string') {
      if (unstorable.includes(code))
        return new Problem('invalid-request', 'A text contains a character that cannot be stored.');
      if (postgresAway.test(code)) return away('PostgreSQL');
    }
  }
  return null;
}

/** One of our own servers is unavailable; nothing outside failed. */
const away = (server: string) =>
  new Problem('upstream-failed', `${server} does not answer.`, {
    status: 503,
    headers: { 'retry-after': '5' },
    title: 'Tributary cannot reach one of its own servers',
    todo: 'Try again in a few seconds. If the problem persists, check /readyz.',
  });
