import { isRebound } from '../security/local-request.ts';
import type { App } from './context.ts';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For open routes that answer to any host name: probes, and routes with another key. */
    anyName?: true;
  }
}

/** Pages without a key are limited to this machine's own names, or to a proxy that names the client. */
export function checkHostNames(app: App): void {
  app.addHook('onRequest', async (request) => {
    const { access, anyName } = request.routeOptions.config;
    if (access !== 'open' || anyName || !isRebound(request)) return;
    throw new Problem(
      'forbidden',
      'The Host header names another machine. Use localhost, or make your proxy send X-Forwarded-For.',
      { status: 421, todo: 'Open it by localhost or an IP address.' },
    );
  });
}
