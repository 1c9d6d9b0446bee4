import { z } from 'zod';
import { integrationEndpoints } from '../../db/integrations/integrations.ts';
import {
  clientExists,
  getMapping,
  listMappings,
  type Mapping as MappingRow,
  mapByHand,
  removeMapping,
} from '../../db/integrations/mappings.ts';
import { mappingOrigins } from '../../domain/kinds.ts';
import { type App, askHere, type Context } from '../context.ts';
import { byName, listOf, listQuery, toPage } from '../pages.ts';
import { found, invalid, Problem } from '../problem.ts';
import { actor, answers, idParams, instant, noContent, outsideId, search } from '../schemas.ts';
import { definitionFor } from './connections/input.ts';

const mapping = z
  .object({
    customerId: z.string(),
    customerName: z.string(),
    clientId: z.string().nullable().describe('null with an origin: the next customer import creates it.'),
    clientName: z.string().nullable(),
    origin: z.enum(mappingOrigins).nullable(),
    createdBy: actor.nullable(),
    createdAt: instant.nullable(),
  })
  .meta({ id: 'Mapping' });

const generated = z.object({ generated: z.int(), ambiguous: z.int(), unmatched: z.int() });

const choice = z
  .strictObject({ clientId: outsideId.optional(), create: z.literal(true).optional() })
  .refine(({ clientId, create }) => (clientId === undefined) !== (create === undefined), {
    path: ['clientId'],
    error: 'give either clientId or create: true',
  })
  .meta({ oneOf: [{ required: ['clientId'] }, { required: ['create'] }] });

const params = idParams.extend({ customerId: z.string().min(1).max(400) });

export function mappingRoutes(app: App, context: Context): void {
  const { db } = context;
  const tags = ['mappings'];

  app.get(
    '/integrations/:id/mappings',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Customers and their clients',
        tags,
        params: idParams,
        querystring: listQuery(byName, {
          search,
          state: z.enum(['mapped', 'unmapped']).optional().describe('unmapped: has no client yet.'),
        }),
        response: answers({ 200: listOf(mapping) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...filter } }) => {
      const ends = await mappable(id);
      const rows = await listMappings(db, { ...ends, ...filter }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.key, row.customerId], show);
    },
  );

  app.put(
    '/integrations/:id/mappings/:customerId',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Map a customer by hand',
        description: '`create: true`: the next customer import makes a client for it, whatever its name.',
        tags,
        params,
        body: choice,
        response: answers({ 200: mapping }),
      },
    },
    async ({ params: { id, customerId }, body, caller }) => {
      const ends = await mappable(id);
      found(await getMapping(db, ends, customerId), 'customer in the ledger');
      const clientId = body.clientId ?? null;
      if (clientId !== null && !(await clientExists(db, ends.destinationId, clientId)))
        throw invalid([
          {
            pointer: '/clientId',
            detail: 'names no client as last read; GET …/clients?refresh=true reads them anew',
          },
        ]);
      const outcome = await mapByHand(db, { integrationId: id, customerId, clientId }, caller!.actor);
      if ('taken' in outcome)
        throw new Problem('client-taken', `The client is mapped to customer ${outcome.taken}.`, {
          customerId: outcome.taken,
        });
      return show(found(await getMapping(db, ends, customerId), 'customer in the ledger'));
    },
  );

  app.delete(
    '/integrations/:id/mappings/:customerId',
    {
      config: { access: 'operate' },
      schema: { summary: 'Remove a mapping', tags, params, response: answers({ 204: noContent }) },
    },
    async ({ params: { id, customerId }, caller }, reply) => {
      await mappable(id);
      if (!(await removeMapping(db, id, customerId, caller!.actor)))
        throw new Problem('not-found', 'This customer is not mapped.');
      return reply.code(204).send();
    },
  );

  app.post(
    '/integrations/:id/mappings/generate',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Map customers and clients of exactly the same name',
        tags,
        params: idParams,
        response: answers({ 200: generated }),
      },
    },
    async ({ params: { id } }) => {
      await mappable(id);
      const question = {
        what: 'generate',
        subjectId: id,
        workflow: 'generateMappings',
        input: { integrationId: id },
      };
      return await askHere<z.output<typeof generated>>(context, question, `/v1/integrations/${id}/mappings`);
    },
  );

  async function mappable(id: string) {
    const ends = found(await integrationEndpoints(db, id), 'integration');
    if (definitionFor(ends.destinationKind).flow === 'pull')
      throw new Problem(
        'not-applicable',
        `${ends.destinationKind} reads from us, so its clients are not ours to map.`,
      );
    return ends;
  }
}

const show = ({ createdAt, ...row }: MappingRow): z.output<typeof mapping> => ({
  ...row,
  createdAt: createdAt?.toISOString() ?? null,
});
