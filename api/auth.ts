import type {} from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerOf, sameApiKey } from '../security/api-key.ts';
import { isLoopbackHost } from '../security/targets.ts';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open` to everyone, or to `loopback` without a key; every other route needs the key. */
    access?: 'open' | 'loopback';
  }
}

/** Wrong keys an address may try in a minute. */
const tries = 60;

/** One rule for every route: the key, unless the route says otherwise. */
export function requireKey(app: FastifyInstance, apiKey: string): void {
  const wrong = app.createRateLimit({
    max: tries,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.ip,
  });
  app.addHook('onRequest', async (request) => {
    if (isOpen(request)) return;
    const given = bearerOf(request.headers.authorization);
    if (given && sameApiKey(given, apiKey)) return;
    const limit = await wrong(request);
    if (!limit.isAllowed && limit.isExceeded)
      throw new Problem('rate-limited', 'Too many requests without a valid key.', {
        headers: { 'retry-after': String(limit.ttlInSeconds) },
      });
    throw new Problem(
      'unauthorised',
      given ? 'The API key is not the one of this installation.' : 'There is no API key.',
      {
        headers: { 'www-authenticate': 'Bearer realm="tributary"' },
      },
    );
  });
}

function isOpen(request: FastifyRequest): boolean {
  const { access } = request.routeOptions.config;
  if (request.is404 || access === 'open') return true;
  // Behind a proxy on this machine everybody looks local, so a forwarded request needs the key.
  return (
    access === 'loopback' &&
    isLoopbackHost(request.ip.replace(/^::ffff:/, '')) &&
    !request.headers['x-forwarded-for']
  );
}
