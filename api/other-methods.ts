import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './context.ts';
import { sendProblem } from './errors.ts';
import { notFound, Problem } from './problem.ts';

/** Answers a request for a page; false, and nothing is answered, when it is for something else. */
type AnswerPage = (request: FastifyRequest, reply: FastifyReply) => boolean;

/**
 * What no route takes: a page of the console, 405 where the path has other methods, else 404. Before the routes, so that it knows them.
 * `except` answers in words of its own.
 */
export function answerUnrouted(app: App, answerPage: AnswerPage, except: string): void {
  const routes: { path: RegExp; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    const path = new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`);
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
  // Before a body is read: some methods (QUERY) are refused without one.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && !request.url.startsWith(`${except}/`)) return answer(request, reply);
  });
  app.setNotFoundHandler(answer);
}
