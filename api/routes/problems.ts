import { z } from 'zod';
import type { App } from '../context.ts';
import { notFound, type ProblemType, problems } from '../problem.ts';
import { answers } from '../schemas.ts';

const answer = {
  description: 'A page for people.',
  content: { 'text/html': { schema: z.string() } },
};

/** The page that a problem's `type` links to. */
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
        response: { ...answers({}), 200: answer },
      },
    },
    async ({ params: { type } }, reply) => {
      if (!Object.hasOwn(problems, type)) throw notFound('problem');
      const [status, title, todo] = problems[type as ProblemType];
      return reply.type('text/html; charset=utf-8').send(page(title, type, status, todo) as never);
    },
  );
}

/** `color-scheme` gives a dark mode without a style sheet, so the content policy stays strict. */
const page = (title: string, type: string, status: number, todo: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Tributary</title>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${escaped(todo)}</p>
<p>Problem type <code>${type}</code>, usually with HTTP status ${status}. All of them are in the API documentation at <code>/docs</code>.</p>
</main>
</body>
</html>
`;

const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>');
