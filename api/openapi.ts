import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { scopes } from '../domain/actor.ts';
import type { App } from './context.ts';
import { keyHeader } from './work365/key.ts';

const info = {
  title: 'Tributary',
  version: '1',
  description: "Keeps a managed service provider's PSA true to its cloud distributors.",
};

/** `/openapi.json` and `/docs`, generated from the routes' schemas, without anything from the internet. */
export async function describeApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      // The host and port it was requested from.
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'tributary_session' },
          work365: { type: 'apiKey', in: 'header', name: keyHeader },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route as never);
      const { access } = route.route.config ?? {};
      // The scope a caller's key needs, if any.
      const scope = scopes.find((one) => one === access);
      return { schema: scope ? { ...schema, 'x-scope': scope } : schema, url };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' };
    });
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { persistAuthorization: false, tryItOutEnabled: true },
      // The page sets inline styles; scripts are only ours.
      staticCSP:
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
      theme: {
        title: 'Tributary API',
        css: [{ filename: 'tributary.css', content: '.swagger-ui .topbar { display: none }' }],
      },
    });
    scope.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
      reply.type('application/json').send(app.swagger()),
    );
  });
}
