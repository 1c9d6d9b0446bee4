import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './context.ts';
import { sendProblem } from './errors.ts';
import { notFound, Problem } from './problem.ts';

/** The expression of one part of a route's path; a parameter may have its own: `:id(^…$)`. */
function patternOf(part: string): string {
  const [, own] = /^:\w+\(\^(.*)\$\)$/.exec(part) ?? [];
  return (
    own ??
    part
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll(/:\w+/g, '[^/]+')
  );
}

/** Serves a console page; false if the request is for something else and was not answered. */
type AnswerPage = (request: FastifyRequest, reply: FastifyReply) => boolean;

/**
 * Requests without a route: a console page, 405 if the path has other methods, else 404. Register it before the routes.
 * `except` answers some paths itself.
 */
export function answerUnrouted(app: App, answerPage: AnswerPage, except: string): void {
  const routes: { path: RegExp; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const path = new RegExp(`^${url.split('/').map(patternOf).join('/')}$`);
    routes.push({ path, methods: [method].flat() });
  });
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    if (answerPage(request, reply)) return reply;
    reply.header('cache-control', 'no-store');
    const asked = request.url.replace(/\?.*$/, '');
    const methods = new Set(routes.filter(({ path }) => path.test(asked)).flatMap((route) => route.methods));
    if (methods.size === 0) return sendProblem(notFound('route'), reply);
    const allow = [...methods].sort().join(', ');
    const detail = `This path takes ${allow}, not ${request.method}.`;
    const extra = { status: 405, headers: { allow }, errors: [{ pointer: '/', detail }] };
    return sendProblem(new Problem('invalid-request', detail, extra), reply);
  };
  // Before the body is read: some methods (QUERY) are refused without one.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && !request.url.startsWith(`${except}/`)) return answer(request, reply);
  });
  app.setNotFoundHandler(answer);
}
