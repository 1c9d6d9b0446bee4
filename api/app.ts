import type { IncomingMessage, ServerResponse } from 'node:http';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import Fastify, { LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import helmet from 'helmet';
import { z } from 'zod';
import { consoleAssets, consolePages } from '../console/serve.ts';
import { requireAccess } from './auth.ts';
import { sendClientError } from './client-errors.ts';
import type { App, Context, Deps } from './context.ts';
import { sendError } from './errors.ts';
import { checkHostNames } from './host-names.ts';
import { limitInput } from './input-limits.ts';
import { sayInputFaults } from './input-words.ts';
import { describeApi } from './openapi.ts';
import { answerUnrouted } from './other-methods.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { changeRoutes } from './routes/changes/changes.ts';
import { chargeRoutes } from './routes/connections/charges.ts';
import { collectionRoutes } from './routes/connections/collections.ts';
import { connectionRoutes } from './routes/connections/connections.ts';
import { ledgerRoutes } from './routes/connections/ledger.ts';
import { offerRoutes } from './routes/connections/offers.ts';
import { tokenRoutes } from './routes/connections/token.ts';
import { connectorRoutes } from './routes/connectors.ts';
import { findingRoutes } from './routes/findings.ts';
import { healthRoutes } from './routes/health.ts';
import { createImportEvents } from './routes/imports/event-stream.ts';
import { eventRoutes } from './routes/imports/events.ts';
import { importRoutes } from './routes/imports/imports.ts';
import { integrationRoutes } from './routes/integrations.ts';
import { mappingRoutes } from './routes/mappings/mappings.ts';
import { proposalRoutes } from './routes/mappings/proposals.ts';
import { mappingTableRoutes } from './routes/mappings/table.ts';
import { notificationRoutes } from './routes/notifications/notifications.ts';
import { overviewRoutes } from './routes/overview.ts';
import { peopleRoutes } from './routes/people/people.ts';
import { problemRoutes } from './routes/problems.ts';
import { reconciliationRoutes } from './routes/reconciliation.ts';
import { renewalRoutes } from './routes/renewals.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { settingsRoutes } from './routes/settings.ts';
import { subscriptionDetailRoutes } from './routes/subscriptions/detail.ts';
import { subscriptionRoutes } from './routes/subscriptions/list.ts';
import { canonicalUrl, work365Prefix } from './work365/address.ts';
import { work365Routes } from './work365/routes.ts';

const nouns = [
  apiKeyRoutes,
  auditRoutes,
  overviewRoutes,
  subscriptionRoutes,
  subscriptionDetailRoutes,
  settingsRoutes,
  connectorRoutes,
  connectionRoutes,
  tokenRoutes,
  collectionRoutes,
  ledgerRoutes,
  offerRoutes,
  peopleRoutes,
  integrationRoutes,
  mappingRoutes,
  mappingTableRoutes,
  proposalRoutes,
  importRoutes,
  eventRoutes,
  scheduleRoutes,
  findingRoutes,
  reconciliationRoutes,
  renewalRoutes,
  chargeRoutes,
  changeRoutes,
  notificationRoutes,
];

/** Allows only what we serve ourselves, and no inline scripts. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'style-src': ["'self'"],
    // The console's fonts are embedded in its style sheet.
    'font-src': ["'self'", 'data:'],
    'script-src': ["'self'"],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  },
};

/** The HTTP API, not yet listening. The caller closes what it passes in, after closing this. */
export async function buildApp({ temporal, ...deps }: Deps): Promise<App> {
  sayInputFaults();
  const app = Fastify({
    ...(deps.log ? { loggerInstance: deps.log } : {}),
    // Replaced by our own line per request, because a URL may hold a search for a name.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_048_576,
    requestTimeout: 60_000,
    forceCloseConnections: true,
    // As long as any path Node accepts, so that each route can say that an id is too long.
    routerOptions: { maxParamLength: 16_384 },
    // Errors before a route is found.
    frameworkErrors: sendError,
    clientErrorHandler: sendClientError,
    rewriteUrl: ({ url }) => canonicalUrl(url!),
  }).withTypeProvider<ZodTypeProvider>() as App;
  const context: Context = {
    ...deps,
    temporal: typeof temporal === 'function' ? temporal : () => temporal,
    events: createImportEvents(deps.db),
  };

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendError);
  readJson(app);
  refuseUnknownQuery(app);
  logRequests(app);
  // Open streams would delay closing until their imports end.
  app.addHook('preClose', () => context.events.close());

  setHeaders(app);
  answerUnrouted(app, await consolePages(app, deps.consoleFolder ?? null), work365Prefix);
  checkHostNames(app);
  await app.register(rateLimit, { global: false });
  await app.register(cookie);
  const refuse = requireAccess(app, deps);
  await describeApi(app);
  await consoleAssets(app, deps.consoleFolder ?? null);
  healthRoutes(app, context);
  problemRoutes(app);
  work365Routes(app, context);
  await app.register(
    async (v1) => {
      limitInput(v1 as App);
      for (const routes of nouns) routes(v1 as App, context);
      sessionRoutes(v1 as App, context, refuse);
    },
    { prefix: '/v1' },
  );
  return app;
}

/** Helmet's headers, computed once because they are the same for every answer. */
function setHeaders(app: App): void {
  const headers: Record<string, string> = {};
  const answer = { setHeader: (name: string, value: string) => (headers[name] = value), removeHeader() {} };
  helmet({ contentSecurityPolicy, strictTransportSecurity: false })(
    {} as IncomingMessage,
    answer as unknown as ServerResponse,
    () => {},
  );
  app.addHook('onRequest', ({ url }, reply, done) => {
    reply.headers(headers);
    // Browsers and proxies must not cache what only this key may see.
    if (url.startsWith('/v1/')) reply.header('cache-control', 'no-store');
    done();
  });
}

/** JSON and merge patches; a POST without a body may declare JSON. */
function readJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => (body === '' ? done(null, undefined) : parse(request, body as string, done)),
  );
}

/** Otherwise a misspelled filter would return everything. */
function refuseUnknownQuery(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/') && route.schema) route.schema.querystring ??= z.strictObject({});
  });
}

function logRequests(app: App): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    request.log.info({ method, route: routeOptions.url ?? null, status: reply.statusCode, ms }, 'answered');
  });
}
