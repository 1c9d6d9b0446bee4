import { z } from 'zod';
import { addKey, getKey, type KeyRow, listKeys, revokeKey } from '../../db/access/keys.ts';
import { scopes } from '../../domain/actor.ts';
import { keyPrefix, newApiKey, secretHash } from '../../security/api-key.ts';
import type { App, Context } from '../context.ts';
import { byId, listOf, listQuery, toPage } from '../pages.ts';
import { found, invalid, notFound } from '../problem.ts';
import { actor, answers, givenInstant, idParams, instant, noContent, text } from '../schemas.ts';

const apiKey = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().describe('The first characters of the key, to recognise it.'),
    scopes: z.array(z.enum(scopes)),
    createdBy: actor,
    createdAt: instant,
    expiresAt: instant.nullable(),
    lastUsedAt: instant.nullable().describe('To the minute.'),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.output<typeof apiKey>;

const madeKey = apiKey
  .extend({ key: z.string().describe('Shown only this once; only its hash is stored.') })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.output<typeof madeKey>;

const newKey = z.strictObject({
  name: text(200),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .describe('`read` looks; `operate` also imports, maps and decides; `admin` also sets up.'),
  expiresAt: givenInstant.nullish().describe('Never, if left out.'),
});

export function apiKeyRoutes(app: App, { db }: Context): void {
  const tags = ['access'];

  app.post(
    '/api-keys',
    {
      config: { access: 'admin' },
      schema: { summary: 'Make an API key', tags, body: newKey, response: answers({ 201: madeKey }) },
    },
    async ({ body, caller }, reply) => {
      const { name, scopes: given, expiresAt } = body;
      const end = expiresAt ? new Date(expiresAt) : null;
      if (end && end.getTime() <= Date.now())
        throw invalid([{ pointer: '/expiresAt', detail: 'must be in the future' }]);
      const key = newApiKey();
      const row = await addKey(
        db,
        { name, scopes: [...new Set(given)], expiresAt: end, hash: secretHash(key), prefix: keyPrefix(key) },
        caller!.actor,
      );
      return reply
        .code(201)
        .header('location', `/v1/api-keys/${row.id}`)
        .send({ ...show(row), key });
    },
  );

  app.get(
    '/api-keys',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'API keys',
        description: 'Without the first admin key, which is set in TRIBUTARY_API_KEY.',
        tags,
        querystring: listQuery(byId, {}),
        response: answers({ 200: listOf(apiKey) }),
      },
    },
    async ({ query: { limit, cursor = null } }) =>
      toPage(await listKeys(db, { limit, after: cursor }), limit, (row) => [row.id], show),
  );

  app.get(
    '/api-keys/:id',
    {
      config: { access: 'admin' },
      schema: { summary: 'An API key', tags, params: idParams, response: answers({ 200: apiKey }) },
    },
    async ({ params: { id } }) => show(found(await getKey(db, id), 'API key')),
  );

  app.delete(
    '/api-keys/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Revoke an API key',
        description: 'Takes effect at once; sessions opened with it end too.',
        tags,
        params: idParams,
        response: answers({ 204: noContent }),
      },
    },
    async ({ params: { id }, caller }, reply) => {
      if (!(await revokeKey(db, id, caller!.actor))) throw notFound('API key');
      return reply.code(204).send();
    },
  );
}

const show = ({ createdAt, expiresAt, lastUsedAt, ...row }: KeyRow): ApiKey => ({
  ...row,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});
