import { z } from 'zod';
import type { App, Context } from '../context.ts';
import { createMetrics } from '../metrics.ts';
import { missingParts } from '../readiness.ts';
import { answers } from '../schemas.ts';

const ready = z.object({
  status: z.enum(['ready', 'not ready']),
  missing: z.array(z.enum(['database', 'migrations', 'temporal', 'worker'])),
});

const page = {
  description: 'Prometheus text.',
  content: { 'text/plain': { schema: z.string() } },
};

export function healthRoutes(app: App, context: Context): void {
  const tags = ['health'];
  const metrics = createMetrics(app, context);

  app.get(
    '/healthz',
    {
      config: { access: 'open', anyName: true },
      schema: {
        summary: 'Whether this process answers',
        tags,
        security: [],
        response: answers({ 200: z.object({ status: z.literal('ok') }) }),
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'open', anyName: true },
      schema: {
        summary: 'Whether everything needed is available',
        tags,
        security: [],
        response: answers({ 200: ready, 503: ready }),
      },
    },
    async (_request, reply) => {
      const missing = await missingParts(context);
      if (missing.length === 0) return reply.send({ status: 'ready', missing });
      return reply.code(503).header('retry-after', '5').send({ status: 'not ready', missing });
    },
  );

  app.get(
    '/metrics',
    {
      config: { access: 'loopback' },
      schema: {
        summary: 'Prometheus metrics',
        description: 'Open to this machine; other machines need a key.',
        tags,
        security: [{}, { key: [] }],
        response: { ...answers({}), 200: page },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send((await metrics.metrics()) as never),
  );
}
