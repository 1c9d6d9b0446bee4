import { randomUUID } from 'node:crypto';
import type { SimResponse } from '../harness.ts';
import type { StellrState, Wire } from './state.ts';

export const single = (data: Wire): SimResponse => ({ status: 200, body: { requestId: randomUUID(), data } });

export function list(state: StellrState, total: number, records: Wire[]): SimResponse {
  const { recordsKey } = state.settings;
  const requestId = randomUUID();
  const body =
    recordsKey === 'data'
      ? { requestId, total, data: records }
      : { requestId, data: { total, [recordsKey]: records } };
  return { status: 200, body };
}

export function fail(status: number, errorCode: string, errorMessage: string): SimResponse {
  return { status, body: { requestId: randomUUID(), errorCode, errorMessage, errorDetail: errorMessage } };
}

/** A rule of the vendor was broken: a 400, or a failure under 200. */
export function refuse(state: StellrState, message: string): SimResponse {
  if (state.settings.refuse !== 'business') return fail(400, 'BUSINESS_RULE', message);
  const { status, body } = businessFailure(state, message);
  return { status, body: { ...(body as Wire), data: null, errorMessage: message } };
}

/** HTTP 200, an empty list and a failure beside it: judging by the status alone, the customer has no rows. */
export function businessFailure(state: StellrState, message: string): SimResponse {
  const { body } = list(state, 0, []) as { body: Wire };
  const { failureKey } = state.settings;
  const inner = (body.data ?? {}) as Wire;
  const failures: Record<typeof failureKey, Wire> = {
    errorMessage: {
      ...body,
      errorCode: 'BIZ-1001',
      errorMessage: message,
      errorDetail: 'vendor unavailable',
    },
    ErrorMessage: Array.isArray(inner)
      ? { ...body, ErrorMessage: message }
      : { ...body, data: { ...inner, ErrorMessage: message, ErrorDetail: 'vendor unavailable' } },
    bizError: { ...body, bizError: { code: 'BIZ-1001', message } },
  };
  return { status: 200, body: failures[failureKey] };
}

/** What the framework says of a path it does not know. */
export const noResource = (path: string): SimResponse => ({
  status: 404,
  body: { status: 404, error: 'NOT_FOUND', message: `No static resource ${path.slice(1)}.`, path },
});
