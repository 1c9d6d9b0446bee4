import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { countOpenFindings, countRunningImports, countTokens } from '../db/metrics.ts';
import type { App, Context } from './context.ts';

/** Prometheus metrics of this API and of the database. Labels are routes, kinds and states, never ids. */
export function createMetrics(app: App, { db }: Pick<Context, 'db'>): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'tributary_' });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: 'tributary_http_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'tributary_http_request_seconds',
    help: 'Time to answer.',
    labelNames: ['method', 'route'],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    requests.inc({ method, route, status: reply.statusCode });
    // A stream lasts as long as its import, so its duration is not a response time.
    if (!route.endsWith('/events')) seconds.observe({ method, route }, reply.elapsedTime / 1_000);
  });

  new Gauge({
    name: 'tributary_imports_running',
    help: 'Imports that run.',
    labelNames: ['kind', 'mode'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { kind, mode, n } of await countRunningImports(db.sql)) this.set({ kind, mode }, n);
    },
  });
  new Gauge({
    name: 'tributary_findings_open',
    help: 'Findings that wait for a person.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { kind, n } of await countOpenFindings(db.sql)) this.set({ kind }, n);
    },
  });
  new Gauge({
    name: 'tributary_tokens',
    help: 'Tokens by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { state, n } of await countTokens(db.sql)) this.set({ state }, n);
    },
  });
  return registry;
}
