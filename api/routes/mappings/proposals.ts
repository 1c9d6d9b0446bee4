import { z } from 'zod';
import { refOf } from '../../../db/access/actors.ts';
import { getConnection } from '../../../db/connections/connections.ts';
import { matchesOf } from '../../../db/integrations/generate.ts';
import { suggestMappings } from '../../../db/integrations/suggestions.ts';
import { type App, askHere, type Context } from '../../context.ts';
import { byPlace, encodeCursor, listOf, listQuery } from '../../pages.ts';
import { found } from '../../problem.ts';
import { answers, idParams, outsideId, search } from '../../schemas.ts';
import { sum } from '../reconciliation.ts';
import { mappable } from './mappable.ts';

const generated = z
  .object({
    generated: z.int(),
    ambiguous: z.int(),
    unmatched: z.int(),
    batchId: z.uuid().nullable().describe('To undo it: `DELETE …/mappings/batches/{batchId}`.'),
    items: z
      .array(z.object({ customerId: z.string(), customerName: z.string(), clientId: z.string().nullable() }))
      .optional()
      .describe('For a preview; `clientId` is null if several have the name.'),
  })
  .meta({ id: 'GeneratedMappings' });
export type GeneratedMappings = z.output<typeof generated>;

const suggestion = z
  .object({
    customerId: z.string(),
    customerName: z.string(),
    subscriptions: z.int().describe('Active subscriptions that wait for the mapping.'),
    money: z.array(sum),
    candidates: z
      .array(
        z.object({
          clientId: z.string(),
          clientName: z.string(),
          inactive: z.boolean(),
          takenBy: z.string().nullable().describe('The customer it is mapped to.'),
          evidence: z.array(
            z.object({ kind: z.enum(['link', 'licences', 'tenant', 'name']), detail: z.string() }),
          ),
        }),
      )
      .describe('The likeliest first.'),
  })
  .meta({ id: 'MappingSuggestion' });
export type MappingSuggestion = z.output<typeof suggestion>;

/** What could be mapped: by exactly the same name at once, or as suggestions with evidence for a person. */
export function proposalRoutes(app: App, context: Context): void {
  const { db } = context;
  const tags = ['mappings'];

  app.post(
    '/integrations/:id/mappings/generate',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Map customers and clients of exactly the same name',
        description: 'With `preview: true` nothing is mapped, and `items` lists what would be.',
        tags,
        params: idParams,
        body: z.strictObject({ preview: z.boolean().default(false) }).nullish(),
        response: answers({ 200: generated }),
      },
    },
    async ({ params: { id }, body, caller }) => {
      await mappable(db, id);
      const preview = body?.preview ?? false;
      const input = { integrationId: id, ...(preview ? { preview } : {}), by: refOf(caller!.actor) };
      const question = { what: 'generate', subjectId: id, workflow: 'generateMappings', input };
      const location = `/v1/integrations/${id}/mappings`;
      const outcome = await askHere<Omit<z.output<typeof generated>, 'items'>>(context, question, location);
      return {
        ...outcome,
        batchId: outcome.batchId ?? null,
        ...(preview ? { items: await matchesOf(db, id) } : {}),
      };
    },
  );

  app.get(
    '/integrations/:id/mappings/suggestions',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Customers without a client, with suggested clients',
        description: 'The most valuable first. A suggestion maps nothing.',
        tags,
        params: idParams,
        querystring: listQuery(byPlace, { customerId: outsideId.optional(), search }),
        response: answers({ 200: listOf(suggestion) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor: [offset] = [0], ...filter } }) => {
      const ends = await mappable(db, id);
      const source = found(await getConnection(db, ends.sourceId), 'connection');
      const scope = { ...ends, sourceKind: source.kind, account: source.identity ?? source.id };
      const rows = await suggestMappings(db.sql, scope, { limit, offset, ...filter });
      return {
        items: rows.slice(0, limit),
        nextCursor: rows.length > limit ? encodeCursor([offset + limit]) : null,
      };
    },
  );
}
