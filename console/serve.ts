import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Serves a page of the console; false if the request is for something else and was not answered. */
type AnswerPage = (request: FastifyRequest, reply: FastifyReply) => boolean;

/**
 * The console is a single page, served for every browser request without an API route. `folder` holds the built files,
 * null if there are none. Register it before the routes.
 */
export async function consolePages(app: FastifyInstance, folder: string | null): Promise<AnswerPage> {
  const page = folder === null ? notBuilt : await readFile(join(folder, 'index.html'), 'utf8');
  // The first path segments of everything served: v1, docs, assets, … Paths below are never pages.
  const taken = new Set<string>();
  app.addHook('onRoute', ({ url }) => void taken.add(firstPart(url)));

  return (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return false;
    if (taken.has(firstPart(request.url))) return false;
    reply
      .code(folder === null ? 503 : 200)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(page);
    return true;
  };
}

const firstPart = (url: string) => /^\/?([^/?#]*)/.exec(url)![1]!;

/** Scripts and styles, cached forever: their names change with their content. */
export async function consoleAssets(app: FastifyInstance, folder: string | null): Promise<void> {
  if (folder === null) return;
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' };
    });
    await scope.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      // One route per file, so that a missing one gets the API's own 404.
      wildcard: false,
      index: false,
      preCompressed: true,
      decorateReply: false,
      immutable: true,
      maxAge: '365d',
    });
  });
}

const notBuilt = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Console not built · Tributary</title>
</head>
<body>
<main>
<h1>The console is not built</h1>
<p>Run <code>npm run build</code> where Tributary is installed, with its development packages, and start it again. The API works without the console; <a href="/docs">its documentation</a> is at <code>/docs</code>.</p>
</main>
</body>
</html>
`;
