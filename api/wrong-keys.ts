import type {} from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/** Wrong keys an address may try in a minute. */
const tries = 60;

/** Counts a request whose key was wrong; beyond so many a minute it is 429. */
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
