import { WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { getConnection } from '../../../db/connections/connections.ts';
import { chosenOf, importMoney, itemFacets, itemGroups } from '../../../db/imports/groups.ts';
import { getImport, type ImportRow, markCancelling } from '../../../db/imports/imports.ts';
import { type Outlook, outlookOf } from '../../../db/imports/outlook.ts';
import { endImport } from '../../../db/imports/progress.ts';
import { listImports, listItems } from '../../../db/imports/queries.ts';
import { integrationEndpoints } from '../../../db/integrations/integrations.ts';
import { importStates, itemActions, itemOutcomes } from '../../../domain/kinds.ts';
import { within } from '../../../temporal/client.ts';
import { importWorkflowId } from '../../../temporal/ids.ts';
import type { App, Context } from '../../context.ts';
import { byId, facets, listOf, listQuery, toPage, withFacets } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import { answers, idParams, longList, outsideId, search, text } from '../../schemas.ts';
import { windowOf } from '../connections/call-window.ts';
import { sum } from '../reconciliation.ts';
import { importKind, importMode, importSchema, itemSchema, requestedMode } from './schemas.ts';
import { toImport, toItem } from './shape.ts';
import { applicationOf, idsOf, openAndStart, requestOf, retryOf, type Started } from './start.ts';

const idempotency = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Kept for 24 hours: repeating the request returns the same import.'),
});

const started = importSchema
  .extend({ joined: z.boolean().optional().describe('A running import that already does this.') })
  .meta({ id: 'StartedImport' });

const ruleName = text(100);
const chosen = {
  rule: ruleName.optional(),
  customerId: outsideId.optional(),
  search: text(200).optional(),
};
const itemIds = longList(z.uuid(), { min: 1, max: 30_000 }).optional();

const itemFilter = {
  outcome: z.enum(itemOutcomes).optional(),
  action: z.enum(itemActions).optional(),
  rule: ruleName.optional(),
  customerId: outsideId.optional(),
  message: text(2_000).optional(),
  search: search.describe('A part of the name or of the customer’s, or a whole id.'),
};

const application = z.strictObject({
  filter: z
    .strictObject({ ...chosen, action: z.enum(itemActions).optional() })
    .optional()
    .describe('All matching planned items, in addition to `itemIds`. Without either, all.'),
  itemIds,
});
const retry = z.strictObject({
  filter: z
    .strictObject({
      ...chosen,
      message: text(2_000).optional().describe('Those that failed for this reason.'),
    })
    .optional(),
  itemIds,
});

const groups = z
  .object({
    items: z.array(
      z.object({
        rule: z.string(),
        action: z.enum(itemActions),
        outcome: z.enum(itemOutcomes),
        count: z.int(),
        customers: z.int(),
        fields: z.record(z.string(), z.int()).describe('How many items change each field.'),
        message: z.string().nullable().describe('Of the first that has one.'),
        money: z
          .array(sum)
          .describe(
            'The change for the clients, by quantity times sale price; for items not written, their value.',
          ),
      }),
    ),
    nextCursor: z.null(),
    money: z.array(sum).describe('The total of all that is planned or applied.'),
  })
  .meta({ id: 'ItemGroups' });
export type ItemGroups = z.output<typeof groups>;

const choice = z
  .object({
    create: z.int(),
    update: z.int(),
    deactivate: z.int(),
    money: z.array(sum).describe('More or less for the clients.'),
    endings: z
      .array(
        z.object({
          name: z.string().nullable(),
          externalId: z.string(),
          customerId: z.string().nullable(),
          customerName: z.string().nullable(),
        }),
      )
      .describe('The first of those that are deactivated.'),
  })
  .meta({ id: 'ItemChoice' });
export type ItemChoice = z.output<typeof choice>;

export function importRoutes(app: App, context: Context): void {
  const { db, environment, temporal } = context;
  const tags = ['imports'];
  const show = (row: ImportRow, outlook?: Outlook) =>
    toImport(row, environment.temporalUiUrl, temporal().options.namespace, outlook);
  const outlook = async (row: ImportRow): Promise<Outlook> => {
    const ends = await integrationEndpoints(db, row.integrationId);
    const destination = ends && (await getConnection(db, ends.destinationId));
    return await outlookOf(db.sql, row.id, destination ? windowOf(destination) : null);
  };
  const showStarted = ({ row, joined }: Started) => ({ ...show(row), ...(joined ? { joined } : {}) });

  app.post(
    '/integrations/:id/imports',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Start an import or a preview',
        description: 'Joins a running one of the same kind and mode if it covers the requested customers.',
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
        description: 'Plans again and writes only what is still as in the preview; other items become stale.',
        tags,
        params: idParams,
        headers: idempotency,
        body: application.nullish(),
        response: answers({ 202: started }),
      },
    },
    async ({ params: { id }, body, headers, caller }, reply) => {
      const outcome = await openAndStart(
        context,
        () => applicationOf(context, id, body ?? {}, caller!.actor),
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
    async ({ params: { id } }) => {
      const row = found(await getImport(db, id), 'import');
      return row.state === 'running' ? show(row, await outlook(row)) : show(row);
    },
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
          ...itemFilter,
          facets,
        }),
        response: answers({ 200: withFacets(itemSchema, 'outcome', 'action', 'rule') }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, facets, ...filter } }) => {
      found(await getImport(db, id), 'import');
      const rows = await listItems(db, { importId: id, ...filter }, { limit, after: cursor });
      const counted = facets ? await itemFacets(db.sql, id, filter) : undefined;
      return { ...toPage(rows, limit, (row) => [row.seq, row.id], toItem), facets: counted };
    },
  );

  app.get(
    '/imports/:id/groups',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Items by rule, with counts and money',
        description:
          'All of them: there are few; failed ones are told apart by their message as well. Money of other currencies and billing cycles is never added.',
        tags,
        params: idParams,
        querystring: z.strictObject(itemFilter),
        response: answers({ 200: groups }),
      },
    },
    async ({ params: { id }, query: filter }) => {
      found(await getImport(db, id), 'import');
      const [items, money] = await Promise.all([
        itemGroups(db.sql, id, filter),
        importMoney(db.sql, id, filter),
      ]);
      return { items, nextCursor: null, money };
    },
  );

  app.post(
    '/imports/:id/choice',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'What a choice of a preview’s items would write',
        description: 'Takes what `apply` takes and changes nothing.',
        tags,
        params: idParams,
        body: application.nullish(),
        response: answers({ 200: choice }),
      },
    },
    async ({ params: { id }, body }) => {
      found(await getImport(db, id), 'import');
      return await chosenOf(db.sql, id, await idsOf(db, id, body ?? {}, 'planned'));
    },
  );

  app.post(
    '/imports/:id/retry',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Retry failed items',
        description:
          'Without listing again: items changed since become stale. All failed items, or those of a rule, reason or customer.',
        tags,
        params: idParams,
        headers: idempotency,
        body: retry.nullish(),
        response: answers({ 202: started }),
      },
    },
    async ({ params: { id }, body, headers, caller }, reply) => {
      const outcome = await openAndStart(
        context,
        () => retryOf(context, id, body ?? {}, caller!.actor),
        headers['idempotency-key'],
        ['retry', id, body ?? {}],
      );
      return reply.code(202).header('location', `/v1/imports/${outcome.row.id}`).send(showStarted(outcome));
    },
  );

  app.post(
    '/imports/:id/cancel',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Cancel an import',
        description: 'A write in progress is finished and recorded first.',
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
        // It never started or has just ended, so only its row has to be stopped.
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
