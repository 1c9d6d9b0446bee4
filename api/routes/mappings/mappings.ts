import { z } from 'zod';
import { setCustomerMode } from '../../../db/integrations/customer-modes.ts';
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
} from '../../../db/integrations/mappings.ts';
import { integrationModes, mappingOrigins } from '../../../domain/kinds.ts';
import { type App, type Context, requireMatch, versionOf, withEtag } from '../../context.ts';
import { byName, facets, listQuery, toPage, withFacets } from '../../pages.ts';
import { found, invalid, Problem } from '../../problem.ts';
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
} from '../../schemas.ts';
import { mappable } from './mappable.ts';

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
      const ends = await mappable(db, id);
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
      const ends = await mappable(db, id);
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
      const ends = await mappable(db, id);
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
      await mappable(db, id);
      const check: CheckMapping = (now) => requireMatch(headers, now && { version: versionIn(now) });
      if (!(await removeMapping(db, id, customerId, caller!.actor, check)))
        throw new Problem('not-found', 'This customer is not mapped.');
      return reply.code(204).send();
    },
  );
}

const versionIn = (now: NonNullable<Parameters<CheckMapping>[0]>) =>
  versionOf([now.clientId, now.origin, now.createdAt]);

const show = ({ createdAt, ...row }: MappingRow): z.output<typeof mapping> => ({
  ...row,
  version: row.origin && createdAt && versionIn({ clientId: row.clientId, origin: row.origin, createdAt }),
  createdAt: createdAt?.toISOString() ?? null,
});
