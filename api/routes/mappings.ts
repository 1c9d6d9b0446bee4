import { z } from 'zod';
import { refOf } from '../../db/access/actors.ts';
import { getConnection } from '../../db/connections/connections.ts';
import { setCustomerMode } from '../../db/integrations/customer-modes.ts';
import { matchesOf } from '../../db/integrations/generate.ts';
import { integrationEndpoints } from '../../db/integrations/integrations.ts';
import { mappingDifferences, putMappings, undoMappings } from '../../db/integrations/mapping-batches.ts';
import {
  type CheckMapping,
  clientExists,
  countMappings,
  getMapping,
  listMappings,
  type Mapping as MappingRow,
  mapByHand,
  mappingStates,
  removeMapping,
} from '../../db/integrations/mappings.ts';
import { suggestMappings } from '../../db/integrations/suggestions.ts';
import { integrationModes, mappingOrigins } from '../../domain/kinds.ts';
import { type App, askHere, type Context, requireMatch, versionOf, withEtag } from '../context.ts';
import { csvLine, mappingsFromCsv } from '../csv.ts';
import { byName, byPlace, encodeCursor, facets, listOf, listQuery, toPage, withFacets } from '../pages.ts';
import { type FieldError, found, invalid, Problem } from '../problem.ts';
import {
  actor,
  answers,
  idParams,
  ifMatch,
  instant,
  noContent,
  outsideId,
  precondition,
  search,
} from '../schemas.ts';
import { definitionFor } from './connections/input.ts';
import { sum } from './reconciliation.ts';

const mapping = z
  .object({
    customerId: z.string(),
    customerName: z.string(),
    clientId: z.string().nullable().describe('null with an origin: the next customer import creates it.'),
    clientName: z.string().nullable(),
    origin: z.enum(mappingOrigins).nullable(),
    createdBy: actor.nullable(),
    createdAt: instant.nullable(),
    version: z
      .string()
      .nullable()
      .describe('For If-Match: another one once somebody has mapped the customer anew. null: not mapped.'),
    mode: z
      .enum(integrationModes)
      .describe("The customer's, beside the integration's: the stricter of the two counts."),
  })
  .meta({ id: 'Mapping' });
export type Mapping = z.output<typeof mapping>;

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

const choice = z
  .strictObject({ clientId: outsideId.optional(), create: z.literal(true).optional() })
  .refine(({ clientId, create }) => (clientId === undefined) !== (create === undefined), {
    path: ['clientId'],
    error: 'give either clientId or create: true',
  })
  .meta({ oneOf: [{ required: ['clientId'] }, { required: ['create'] }] });

/** What else stands below `mappings/` is no customer. */
const customer = '(?!(?:csv|generate|suggestions|batches)$)';
const ofCustomer = `/integrations/:id/mappings/:customerId(^${customer}[^/]+$)` as const;
const params = idParams.extend({
  customerId: z
    .string()
    .min(1)
    .max(400)
    .regex(new RegExp(`^${customer}`)),
});

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
          state: z
            .enum(mappingStates)
            .optional()
            .describe(
              '`unmapped`: has no client yet. `undecided`: active, and nobody has requested a new client.',
            ),
          mode: z.enum(integrationModes).optional(),
          facets,
        }),
        response: answers({ 200: withFacets(mapping, 'state') }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, facets, ...filter } }) => {
      const ends = await mappable(id);
      const rows = await listMappings(db, { ...ends, ...filter }, { limit, after: cursor });
      const counted = facets
        ? { state: await countMappings(db, { ...ends, search: filter.search }) }
        : undefined;
      return { ...toPage(rows, limit, (row) => [row.key, row.customerId], show), facets: counted };
    },
  );

  app.put(
    ofCustomer,
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Map a customer',
        description:
          '`create: true`: the next customer import creates a client for it, whatever its name. `If-None-Match: *`: only if nobody has mapped it.',
        tags,
        params,
        headers: precondition,
        body: choice,
        response: answers({ 200: mapping }),
      },
    },
    async ({ params: { id, customerId }, headers, body, caller }, reply) => {
      const ends = await mappable(id);
      found(await getMapping(db, ends, customerId), 'customer in the ledger');
      const clientId = body.clientId ?? null;
      if (clientId !== null && !(await clientExists(db, ends.destinationId, clientId)))
        throw invalid([
          {
            pointer: '/clientId',
            detail: 'is not a client as last read; GET …/clients?refresh=true reads them again',
          },
        ]);
      const wanted = { integrationId: id, customerId, clientId };
      const outcome = await mapByHand(db, wanted, caller!.actor, (now) =>
        requireMatch(headers, now && { version: versionIn(now) }),
      );
      if ('taken' in outcome)
        throw new Problem('client-taken', `The client is mapped to customer ${outcome.taken}.`, {
          customerId: outcome.taken,
        });
      const made = show(found(await getMapping(db, ends, customerId), 'customer in the ledger'));
      if (made.version !== null) withEtag(reply, { version: made.version });
      return made;
    },
  );

  app.put(
    '/integrations/:id/mappings/:customerId/mode',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Observe, pause or apply one customer',
        description:
          "Beside the integration's own mode, of which the stricter counts. Before `apply`, preview an import of this customer: it shows what would be written. Its version, for If-Match, is the mode.",
        tags,
        params,
        headers: ifMatch,
        body: z.strictObject({ mode: z.enum(integrationModes) }),
        response: answers({ 200: mapping }),
      },
    },
    async ({ params: { id, customerId }, headers, body: { mode }, caller }) => {
      const ends = await mappable(id);
      found(await getMapping(db, ends, customerId), 'customer in the ledger');
      await setCustomerMode(db.sql, { integrationId: id, customerId, mode }, caller!.actor, (now) =>
        requireMatch(headers, { version: now }),
      );
      return show(found(await getMapping(db, ends, customerId), 'customer in the ledger'));
    },
  );

  app.delete(
    ofCustomer,
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Remove a mapping',
        tags,
        params,
        headers: ifMatch,
        response: answers({ 204: noContent }),
      },
    },
    async ({ params: { id, customerId }, headers, caller }, reply) => {
      await mappable(id);
      const check: CheckMapping = (now) => requireMatch(headers, now && { version: versionIn(now) });
      if (!(await removeMapping(db, id, customerId, caller!.actor, check)))
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
        description: 'With `preview: true` nothing is mapped, and `items` lists what would be.',
        tags,
        params: idParams,
        body: z.strictObject({ preview: z.boolean().default(false) }).nullish(),
        response: answers({ 200: generated }),
      },
    },
    async ({ params: { id }, body, caller }) => {
      await mappable(id);
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
      const ends = await mappable(id);
      const source = found(await getConnection(db, ends.sourceId), 'connection');
      const scope = { ...ends, sourceKind: source.kind, account: source.identity ?? source.id };
      const rows = await suggestMappings(db.sql, scope, { limit, offset, ...filter });
      return {
        items: rows.slice(0, limit),
        nextCursor: rows.length > limit ? encodeCursor([offset + limit]) : null,
      };
    },
  );

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
      const ends = await mappable(id);
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
        const ends = await mappable(id);
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
      await mappable(id);
      return { undone: found(await undoMappings(db.sql, id, batchId, caller!.actor), 'batch of mappings') };
    },
  );

  async function mappable(id: string) {
    const ends = found(await integrationEndpoints(db, id), 'integration');
    if (definitionFor(ends.destinationKind).flow === 'pull')
      throw new Problem(
        'not-applicable',
        `${ends.destinationKind} reads from Tributary, so it has no clients to map.`,
      );
    return ends;
  }
}

const versionIn = (now: NonNullable<Parameters<CheckMapping>[0]>) =>
  versionOf([now.clientId, now.origin, now.createdAt]);

const show = ({ createdAt, ...row }: MappingRow): z.output<typeof mapping> => ({
  ...row,
  version: row.origin && createdAt && versionIn({ clientId: row.clientId, origin: row.origin, createdAt }),
  createdAt: createdAt?.toISOString() ?? null,
});

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
