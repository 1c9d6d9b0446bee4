import { z } from 'zod';
import { mappingDifferences, putMappings, undoMappings } from '../../../db/integrations/mapping-batches.ts';
import { listMappings } from '../../../db/integrations/mappings.ts';
import { type App, type Context, requireMatch, versionOf, withEtag } from '../../context.ts';
import { csvLine, mappingsFromCsv } from '../../csv.ts';
import { type FieldError, found, invalid, Problem } from '../../problem.ts';
import { answers, idParams, ifMatch, outsideId } from '../../schemas.ts';
import { mappable } from './mappable.ts';

const wanted = z.strictObject({
  customerId: outsideId,
  clientId: outsideId.nullable().describe('null: the next customer import creates it.'),
});
const csvText = z.string().meta({
  description: 'text/csv: the first line names customerId and clientId; `create` requests a new client.',
});

const differences = z
  .object({
    items: z.array(
      z.object({
        customerId: z.string(),
        customerName: z.string().nullable(),
        clientId: z.string().nullable(),
        clientName: z.string().nullable(),
        before: z.object({ clientId: z.string().nullable() }).nullable().describe('null: not mapped.'),
        problem: z.enum(['customer-unknown', 'client-unknown', 'client-taken']).nullable(),
        takenBy: z.string().nullable(),
      }),
    ),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    unchanged: z.int(),
    batchId: z.uuid().nullable(),
    version: z.string().describe('For If-Match.'),
  })
  .meta({ id: 'MappingDifferences' });
export type MappingDifferences = z.output<typeof differences>;

const columns = ['customerId', 'customerName', 'clientId', 'clientName', 'origin', 'createdAt'];

/** Many mappings at once: as a table out and in, with the differences first, and undone as a batch. */
export function mappingTableRoutes(app: App, context: Context): void {
  const { db } = context;
  const tags = ['mappings'];

  app.get(
    '/integrations/:id/mappings/csv',
    {
      config: { access: 'read' },
      schema: {
        summary: 'All mappings as CSV',
        tags,
        params: idParams,
        response: {
          ...answers({}),
          200: { description: 'A table.', content: { 'text/csv': { schema: z.string() } } },
        },
      },
    },
    async ({ params: { id } }, reply) => {
      const ends = await mappable(db, id);
      const rows = await listMappings(db, ends, { limit: 1_000_000, after: null });
      const lines = rows.map(({ customerId, customerName, clientId, clientName, origin, createdAt }) =>
        csvLine([
          customerId,
          customerName,
          clientId ?? (origin ? 'create' : ''),
          clientName,
          origin,
          createdAt?.toISOString(),
        ]),
      );
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="mappings.csv"')
        .send([csvLine(columns), ...lines].join('') as never);
    },
  );

  // In a separate scope, because few routes read CSV.
  app.register(async (scope) => {
    scope.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    (scope as App).put(
      '/integrations/:id/mappings',
      {
        config: { access: 'operate' },
        schema: {
          summary: 'Set many mappings, from JSON or CSV',
          description:
            'Returns the differences; with `apply=true` they are set, all or nothing, as a batch that can be undone. Customers left out stay unchanged. `If-Match` with the `version` of differences sets these or none.',
          tags,
          consumes: ['application/json', 'text/csv'],
          params: idParams,
          headers: ifMatch,
          querystring: z.strictObject({
            apply: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false),
          }),
          body: z.union([z.strictObject({ items: z.array(wanted).max(20_000) }), csvText]),
          response: answers({ 200: differences }),
        },
      },
      async ({ params: { id }, query: { apply }, headers, body, caller }, reply) => {
        const ends = await mappable(db, id);
        const { items: asked, errors } =
          typeof body === 'string' ? mappingsFromCsv(body) : { items: body.items, errors: [] };
        // Invalid CSV is refused with and without `apply`.
        if (errors.length > 0) throw invalid(errors);
        const twice = twiceIn(asked);
        const items = await mappingDifferences(db.sql, ends, asked);
        const version = versionOf(items);
        requireMatch(headers, { version });
        const unsound = twice.length > 0 || items.some(({ problem }) => problem !== null);
        if (apply && unsound) throw invalid([...twice, ...items.flatMap(refused)]);
        const batchId =
          apply && items.length > 0 ? await putMappings(db.sql, id, items, caller!.actor) : null;
        if (apply && items.length > 0 && batchId === null)
          throw new Problem('conflict', 'Someone else has changed one of these mappings. Nothing was set.');
        withEtag(reply, { version });
        return { items, errors: twice, unchanged: asked.length - items.length, batchId, version };
      },
    );
  });

  app.delete(
    '/integrations/:id/mappings/batches/:batchId',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Undo a batch of mappings',
        description: 'Mappings changed since are kept.',
        tags,
        params: idParams.extend({ batchId: z.uuid() }),
        response: answers({ 200: z.object({ undone: z.int() }) }),
      },
    },
    async ({ params: { id, batchId }, caller }) => {
      await mappable(db, id);
      return { undone: found(await undoMappings(db.sql, id, batchId, caller!.actor), 'batch of mappings') };
    },
  );
}

const why = {
  'customer-unknown': 'names no customer in the ledger',
  'client-unknown': 'names no client as last read',
  'client-taken': 'is mapped to another customer',
};

const refused = ({ customerId, problem, takenBy }: MappingDifferences['items'][number]): FieldError[] =>
  problem === null
    ? []
    : [{ pointer: `/items/${customerId}`, detail: `${why[problem]}${takenBy ? ` (${takenBy})` : ''}` }];

/** Refuses a customer or client that is named twice. */
function twiceIn(asked: { customerId: string; clientId: string | null }[]): FieldError[] {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const { customerId, clientId } of asked)
    for (const name of [`customer ${customerId}`, ...(clientId === null ? [] : [`client ${clientId}`])]) {
      if (seen.has(name)) errors.push({ pointer: `/items/${customerId}`, detail: `${name} is named twice` });
      seen.add(name);
    }
  return errors;
}
