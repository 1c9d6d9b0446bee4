import { randomUUID } from 'node:crypto';
import type { SimRequest, SimResponse } from '../harness.ts';
import type { ArrowSphereState, Customer, Licence, Patch } from './state.ts';

export type Handler = (state: ArrowSphereState, req: SimRequest, ref: string) => SimResponse;
export type CustomerHandler = (state: ArrowSphereState, req: SimRequest, customer: Customer) => SimResponse;
export type LicenceHandler = (state: ArrowSphereState, req: SimRequest, licence: Licence) => SimResponse;

/** The JSON object sent, `{}` for none, undefined for anything else. */
export function body({ text }: SimRequest): Patch | undefined {
  try {
    const value = text ? JSON.parse(text) : {};
    return typeof value === 'object' && value && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const ok = (data: unknown): SimResponse => ({ status: 200, body: { status: 200, data } });
export const empty = (status: number): SimResponse => ({ status });

// Three error shapes are in the wild: a code and a correlation id, `messages` as a list, `messages` as a string
// under a body status that is not the HTTP one.
export const problem = (status: number, error: string, errorCode: string): SimResponse => ({
  status,
  body: { status, error, errorCode, correlationId: randomUUID() },
});
export const refusals = (status: number, messages: string[]): SimResponse => ({
  status,
  body: { status, error: 'Bad Request', messages },
});
export const badValue = (field: string): SimResponse => ({
  status: 400,
  body: { status: 403, error: 'Bad Request', messages: `Bad value for ${field}.` },
});
