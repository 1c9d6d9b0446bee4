import { isRebound } from '../security/local-request.ts';
import type { App } from './context.ts';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of an open route: answered whatever name it is asked by. For probes, and where another key is needed. */
    anyName?: true;
  }
}

/** Pages that are open without a key are for this machine's own names, or for a proxy that says whom it asks for. */
export function checkHostNames(app: App): void {
  app.addHook('onRequest', async (request) => {
    const { access, anyName } = request.routeOptions.config;
    if (access !== 'open' || anyName || !isRebound(request)) return;
    throw new Problem(
      'forbidden',
      'The Host header names another machine. Use localhost, or let your proxy send X-Forwarded-For.',
      { status: 421, todo: 'Open it by localhost or an IP address.' },
    );
  });
}
