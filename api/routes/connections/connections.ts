import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { Definition, Kind } from '../../../connectors/contract.ts';
import { definitions } from '../../../connectors/definitions.ts';
import {
  addConnection,
  type ConnectionRow,
  changeConnection,
  getConnection,
  listConnections,
  removeConnection,
} from '../../../db/connections/connections.ts';
import { loggedError } from '../../../security/redact.ts';
import { openCredentials, sealCredentials } from '../../../security/token.ts';
import { type App, askHere, type Context, requireMatch, withEtag } from '../../context.ts';
import { mergePatch } from '../../merge-patch.ts';
import { byId, listOf, listQuery, toPage } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import {
  answers,
  connectionKind,
  flag,
  idParams,
  ifMatch,
  inputSchema,
  instant,
  noContent,
  text,
} from '../../schemas.ts';
import { verifyProvider } from '../../work365/verify.ts';
import { changesOrigin, definitionFor, readAnew, readConnection } from './input.ts';
import { resume, stopKeeper } from './token.ts';

const step = z.object({
  name: z.string(),
  state: z.enum(['passed', 'warning', 'failed', 'skipped']),
  message: z.string(),
});
const report = z.object({ ok: z.boolean(), message: z.string(), steps: z.array(step) });

const connection = z
  .object({
    id: z.uuid(),
    kind: connectionKind,
    role: z.enum(['distributor', 'destination']),
    name: z.string(),
    settings: z.record(z.string(), z.unknown()),
    identity: z.string().nullable().describe('The account found by the first successful test.'),
    lastTest: report.extend({ at: z.string() }).nullable(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({
    id: 'Connection',
    description: 'An account at an outside system. Credentials are never returned.',
  });

export type TestReport = z.output<typeof report>;
export type Connection = z.output<typeof connection>;

const fields = z.record(z.string(), z.unknown());
const newConnection = z
  .strictObject({
    kind: connectionKind,
    name: text(200),
    settings: fields.default({}),
    credentials: fields.default({}),
  })
  .meta({ oneOf: definitions.map(ofKind) });
const changes = z.strictObject({
  name: text(200).optional(),
  settings: fields.optional().describe('A JSON merge patch (RFC 7396).'),
  credentials: fields.optional().describe('A JSON merge patch too: fields left out stay unchanged.'),
});

export function connectionRoutes(app: App, context: Context): void {
  const { db, ring, environment } = context;
  const tags = ['connections'];

  app.post(
    '/connections',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Add a connection',
        tags,
        body: newConnection,
        response: answers({ 201: connection }),
      },
    },
    async ({ body, caller }, reply) => {
      const { kind, role, ...definition } = definitionFor(body.kind);
      const input = readConnection({ kind, role, ...definition }, body, environment.allowPrivateTargets);
      const id = uuid();
      const credentials = sealCredentials(ring, id, input.credentials);
      const made = { id, kind, role, name: body.name, settings: input.settings, credentials };
      const row = await addConnection(db, made, caller!.actor);
      return withEtag(reply, row).code(201).header('location', `/v1/connections/${id}`).send(show(row));
    },
  );

  app.get(
    '/connections',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Connections',
        tags,
        querystring: listQuery(byId, {
          kind: connectionKind.optional(),
          role: z.enum(['distributor', 'destination']).optional(),
        }),
        response: answers({ 200: listOf(connection) }),
      },
    },
    async ({ query: { limit, cursor = null, ...filter } }) =>
      toPage(await listConnections(db, filter, { limit, after: cursor }), limit, (row) => [row.id], show),
  );

  app.get(
    '/connections/:id',
    {
      config: { access: 'read' },
      schema: { summary: 'A connection', tags, params: idParams, response: answers({ 200: connection }) },
    },
    async ({ params }, reply) => {
      const row = found(await getConnection(db, params.id), 'connection');
      return withEtag(reply, row).send(show(row));
    },
  );

  app.patch(
    '/connections/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Change a connection',
        description:
          'The next test checks that the new credentials belong to the same account. ' +
          'If `baseUrl` or `tokenUrl` moves to another host, all credentials must be entered again.',
        tags,
        params: idParams,
        headers: ifMatch,
        body: changes,
        response: answers({ 200: connection }),
      },
    },
    async ({ params, headers, body, caller }, reply) => {
      const change = (row: ConnectionRow) => {
        requireMatch(headers, row);
        const definition = definitionFor(row.kind);
        const stored = openCredentials(ring, row.id, row.credentials!);
        const settings = mergePatch(row.settings, body.settings ?? {});
        const allowPrivate = environment.allowPrivateTargets;
        const kept = readConnection(
          definition,
          { settings, credentials: mergePatch(stored, body.credentials ?? {}) },
          allowPrivate,
        );
        const input = changesOrigin(row.settings, kept.settings)
          ? readAnew(definition, { settings, credentials: body.credentials ?? {} }, allowPrivate)
          : kept;
        return {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.settings === undefined ? {} : { settings: input.settings }),
          ...(body.credentials === undefined
            ? {}
            : { credentials: sealCredentials(ring, row.id, input.credentials) }),
        };
      };
      const row = found(await changeConnection(db, params.id, change, caller!.actor), 'connection');
      // Wakes what waits for a new token; if Temporal is unavailable, the listings find it by themselves.
      if (body.credentials)
        await resume(context, row).catch((error) =>
          app.log.warn({ err: loggedError(error) }, 'resume failed'),
        );
      return withEtag(reply, row).send(show(row));
    },
  );

  app.delete(
    '/connections/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Delete a connection',
        description: 'Deletes the credentials at once, and the ledger after 30 days or at once with `purge`.',
        tags,
        params: idParams,
        headers: ifMatch,
        querystring: z.strictObject({
          purge: flag.describe('Delete the ledger at once too.'),
        }),
        response: answers({ 204: noContent }),
      },
    },
    async ({ params, headers, query, caller }, reply) => {
      const how = { purge: query.purge, by: caller!.actor };
      const outcome = await removeConnection(db, params.id, how, (row) => requireMatch(headers, row));
      if (outcome && 'inUse' in outcome)
        throw new Problem('in-use', 'An integration or a channel for notices uses this connection.', {
          usedBy: outcome.inUse,
        });
      const { removed } = found(outcome, 'connection');
      await stopKeeper(context, removed).catch((error) =>
        app.log.warn({ err: loggedError(error) }, 'stop failed'),
      );
      return reply.code(204).send();
    },
  );

  app.post(
    '/connections/:id/test',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Test a connection',
        description: 'Calls the outside system. If it refuses, the answer has `ok: false`.',
        tags,
        params: idParams,
        response: answers({ 200: report }),
      },
    },
    async ({ params: { id } }) => {
      const row = found(await getConnection(db, id), 'connection');
      if (definitionFor(row.kind).flow === 'pull') return await verifyProvider(app, context, row);
      const question = {
        what: 'test',
        subjectId: id,
        workflow: 'testConnection',
        input: { connectionId: id },
      };
      return await askHere<z.output<typeof report>>(context, question, `/v1/connections/${id}`);
    },
  );
}

function show(row: ConnectionRow): z.output<typeof connection> {
  const { createdAt, updatedAt, lastTest, ...rest } = row;
  return {
    ...rest,
    kind: rest.kind as Kind,
    role: rest.role as 'distributor' | 'destination',
    lastTest: lastTest as z.output<typeof connection>['lastTest'],
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** The settings and credentials of a connection of this kind, from its own schemas; `readConnection` reads them. */
function ofKind({ kind, settings, credentials }: Definition) {
  const schemas = { settings: inputSchema(settings), credentials: inputSchema(credentials) };
  const needed = Object.entries(schemas).filter(([, schema]) => (schema.required?.length ?? 0) > 0);
  return {
    title: kind,
    properties: { kind: { type: 'string', enum: [kind] }, ...schemas },
    required: ['kind', ...needed.map(([name]) => name)],
  };
}
