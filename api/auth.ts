import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerOf, sameApiKey } from '../security/api-key.ts';
import { isLocal } from '../security/local-request.ts';
import { Problem } from './problem.ts';
import { createWrongKeys } from './wrong-keys.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open` to everyone, or to `loopback` without a key; every other route needs the key. */
    access?: 'open' | 'loopback';
  }
}

/** One rule for every route: the key, unless the route says otherwise. */
export function requireKey(app: FastifyInstance, apiKey: string): void {
  const countWrongKey = createWrongKeys(app);
  app.addHook('onRequest', async (request) => {
    if (isOpen(request)) return;
    const given = bearerOf(request.headers.authorization);
    if (given && sameApiKey(given, apiKey)) return;
    await countWrongKey(request);
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
  return access === 'loopback' && isLocal(request);
}
