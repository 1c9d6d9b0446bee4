import { expect } from 'vitest';
import type { Answer } from './stack.ts';

/** The types of problem the API promises to keep. */
export const problemTypes = [
  'invalid-request',
  'not-found',
  'conflict',
  'client-taken',
  'import-running',
  'preview-expired',
  'different-account',
  'in-use',
  'not-applicable',
  'unauthorised',
  'forbidden',
  'reauth-required',
  'no-worker',
  'still-working',
  'upstream-failed',
  'rate-limited',
] as const;

/** An RFC 9457 answer of this status and type that says what to do. */
export function expectProblem(answer: Answer, status: number, type?: (typeof problemTypes)[number]) {
  const { body } = answer;
  const seen = JSON.stringify(body);
  expect(answer.status, seen).toBe(status);
  expect(answer.headers.get('content-type'), seen).toMatch(/^application\/problem\+json/);
  const name = String(body.type).split('/').at(-1);
  expect(problemTypes, seen).toContain(name);
  if (type) expect(name, seen).toBe(type);
  expect(body.status, seen).toBe(status);
  expect(body.title, seen).toEqual(expect.stringMatching(/\w/));
  expect(body.detail, seen).toEqual(expect.stringMatching(/\w/));
  // What to do about it.
  expect(body.todo, seen).toEqual(expect.stringMatching(/\w/));
  return body;
}

export const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
export const uuidV7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
export const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
export const decimal = /^-?\d+(\.\d+)?$/;
/** An id of the right form that nothing has. */
export const nobody = '00000000-0000-7000-8000-000000000000';
