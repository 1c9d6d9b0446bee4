import { z } from 'zod';
import type { App } from '../context.ts';
import { notFound, type ProblemType, problems } from '../problem.ts';
import { answers } from '../schemas.ts';

const page = {
  description: 'A page for people.',
  content: { 'text/html': { schema: z.string() } },
};

/** What the `type` of a problem leads to. */
export function problemRoutes(app: App): void {
  app.get(
    '/problems/:type',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What a problem means',
        tags: ['health'],
        security: [],
        params: z.object({ type: z.string() }),
        response: { ...answers({}), 200: page },
      },
    },
    async ({ params: { type } }, reply) => {
      if (!Object.hasOwn(problems, type)) throw notFound('problem');
      const [status, title, todo] = problems[type as ProblemType];
      const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<h1>${title}</h1><p>Problem <code>${type}</code>, usually with HTTP status ${status}.</p><p>${todo.replaceAll('<', '&lt;')}</p></html>`;
      return reply.type('text/html; charset=utf-8').send(body as never);
    },
  );
}
