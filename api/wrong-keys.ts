import type {} from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/** How many wrong keys an address may try per minute. */
const tries = 60;

/** Counts a request with a wrong key; beyond the limit it is answered with 429. */
export function createWrongKeys(app: FastifyInstance): (request: FastifyRequest) => Promise<void> {
  const count = app.createRateLimit({
    max: tries,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.ip,
  });
  return async (request) => {
    const limit = await count(request);
    if (limit.isAllowed || !limit.isExceeded) return;
    throw new Problem('rate-limited', 'Too many requests without a valid key.', {
      headers: { 'retry-after': String(limit.ttlInSeconds) },
    });
  };
}
