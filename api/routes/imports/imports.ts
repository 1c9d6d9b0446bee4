import { WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { getImport, type ImportRow, markCancelling } from '../../../db/imports/imports.ts';
import { endImport } from '../../../db/imports/progress.ts';
import { listImports, listItems } from '../../../db/imports/queries.ts';
import { importStates, itemActions, itemOutcomes } from '../../../domain/kinds.ts';
import { within } from '../../../temporal/client.ts';
import { importWorkflowId } from '../../../temporal/ids.ts';
import type { App, Context } from '../../context.ts';
import { byId, listOf, listQuery, toPage } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import { answers, idParams, longList, outsideId } from '../../schemas.ts';
import { importKind, importMode, importSchema, itemSchema, requestedMode } from './schemas.ts';
import { toImport, toItem } from './shape.ts';
import { applicationOf, openAndStart, requestOf, type Started } from './start.ts';

const idempotency = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Kept 24 hours: the same request again answers the same import.'),
});

const started = importSchema
  .extend({ joined: z.boolean().optional().describe('A running import that does what was asked.') })
  .meta({ id: 'StartedImport' });

export function importRoutes(app: App, context: Context): void {
  const { db, environment, temporal } = context;
  const tags = ['imports'];
  const show = (row: ImportRow) => toImport(row, environment.temporalUiUrl, temporal().options.namespace);
  const showStarted = ({ row, joined }: Started) => ({ ...show(row), ...(joined ? { joined } : {}) });

  app.post(
    '/integrations/:id/imports',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Start an import or a preview',
        description: 'Joins a running one of the same kind and mode that covers the customers asked for.',
        tags,
        params: idParams,
        headers: idempotency,
        body: z.strictObject({
          kind: importKind,
          mode: requestedMode.default('apply'),
          customerIds: longList(outsideId, { min: 1, max: 10_000 }).optional(),
        }),
        response: answers({ 202: started }),
      },
    },
    async ({ params: { id }, body, headers, caller }, reply) => {
      const outcome = await openAndStart(
        context,
        () => requestOf(context, id, body, caller!.actor),
        headers['idempotency-key'],
        ['import', id, body],
      );
      return reply.code(202).header('location', `/v1/imports/${outcome.row.id}`).send(showStarted(outcome));
    },
  );

  app.post(
    '/imports/:id/apply',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Apply a preview',
        description:
          'Plans anew and writes only what is still as the preview showed it; the rest ends stale.',
        tags,
        params: idParams,
        headers: idempotency,
        body: z.strictObject({ itemIds: longList(z.uuid(), { min: 1, max: 30_000 }).optional() }).nullish(),
        response: answers({ 202: started }),
      },
    },
    async ({ params: { id }, body, headers, caller }, reply) => {
      const outcome = await openAndStart(
        context,
        () => applicationOf(context, id, body?.itemIds ?? null, caller!.actor),
        headers['idempotency-key'],
        ['apply', id, body ?? {}],
      );
      return reply.code(202).header('location', `/v1/imports/${outcome.row.id}`).send(showStarted(outcome));
    },
  );

  app.get(
    '/imports',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Imports, newest first',
        tags,
        querystring: listQuery(byId, {
          integrationId: z.uuid().optional(),
          kind: importKind.optional(),
          mode: importMode.optional(),
          state: z.enum(importStates).optional(),
        }),
        response: answers({ 200: listOf(importSchema) }),
      },
    },
    async ({ query: { limit, cursor = null, ...filter } }) =>
      toPage(await listImports(db, filter, { limit, after: cursor }), limit, (row) => [row.id], show),
  );

  app.get(
    '/imports/:id',
    {
      config: { access: 'read' },
      schema: { summary: 'An import', tags, params: idParams, response: answers({ 200: importSchema }) },
    },
    async ({ params: { id } }) => show(found(await getImport(db, id), 'import')),
  );

  app.get(
    '/imports/:id/items',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What an import planned and did',
        tags,
        params: idParams,
        querystring: listQuery(z.tuple([z.int(), z.uuid()]), {
          outcome: z.enum(itemOutcomes).optional(),
          action: z.enum(itemActions).optional(),
        }),
        response: answers({ 200: listOf(itemSchema) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...filter } }) => {
      found(await getImport(db, id), 'import');
      const rows = await listItems(db, { importId: id, ...filter }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.seq, row.id], toItem);
    },
  );

  app.post(
    '/imports/:id/cancel',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Stop an import cleanly',
        description: 'What is being written is finished and recorded first.',
        tags,
        params: idParams,
        response: answers({ 202: importSchema }),
      },
    },
    async ({ params: { id }, caller }, reply) => {
      const row = found(await getImport(db, id), 'import');
      if (row.state !== 'running')
        throw new Problem('not-applicable', `This import has already ended: ${row.state}.`);
      const handle = temporal().workflow.getHandle(importWorkflowId(row.kind, row.integrationId, row.id));
      try {
        await within(temporal(), () => handle.cancel());
        await markCancelling(db, id, caller!.actor);
      } catch (error) {
        // Never started, or ended this moment without its row: the row is all there is to stop.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await endImport(db.sql, { importId: id, problem: null, cancelled: true });
      }
      return reply
        .code(202)
        .header('location', `/v1/imports/${id}`)
        .send(show(found(await getImport(db, id), 'import')));
    },
  );
}
