import type { SimResponse } from '../harness.ts';
import type { IonState } from './state.ts';

/** The envelope of all v3 errors; `/oauth/*` has its own with `error` alone. */
export function fail(
  state: IonState,
  status: number,
  error: string,
  message: string,
  detail: Record<string, unknown> = {},
): SimResponse {
  const requestId = `ion-${(++state.requests).toString(16).padStart(6, '0')}`;
  const info = { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId, ...detail };
  return { status, body: { error, message, code: status, details: [info] } };
}

export const missing = (state: IonState, what: string) =>
  fail(state, 404, 'NOT_FOUND', `resource '${what}' not found`);
