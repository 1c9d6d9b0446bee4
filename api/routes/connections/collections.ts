import { z } from 'zod';
import { getConnection } from '../../../db/connections/connections.ts';
import {
  type CollectionRow,
  getCollection,
  listCollections,
  requestCollection,
} from '../../../db/ledger/collections.ts';
import {
  collectionStates,
  importKinds,
  type ListingKind,
  listingKinds,
  mirrorKinds,
} from '../../../domain/kinds.ts';
import { within } from '../../../temporal/client.ts';
import { startCollection } from '../../../temporal/start.ts';
import type { App, Context } from '../../context.ts';
import { byId, listOf, listQuery, toPage } from '../../pages.ts';
import { found, notFound, Problem } from '../../problem.ts';
import { answers, idParams, instant } from '../../schemas.ts';
import { definitionFor } from './input.ts';

const kind = z.enum(listingKinds);

/** What each role can list. */
const offered: Record<string, readonly ListingKind[]> = {
  distributor: importKinds,
  push: mirrorKinds,
  pull: [],
};

const collection = z
  .object({
    id: z.uuid(),
    connectionId: z.uuid(),
    kind,
    customerIds: z.array(z.string()).nullable().describe('null: all customers.'),
    state: z.enum(collectionStates),
    attempt: z.int(),
    startedAt: instant,
    finishedAt: instant.nullable(),
    completeness: z.looseObject({}).nullable(),
    problem: z.object({ type: z.string(), title: z.string(), detail: z.string() }).nullable(),
  })
  .meta({ id: 'Collection' });

export function collectionRoutes(app: App, { db, temporal }: Context): void {
  const tags = ['ledger'];

  app.post(
    '/connections/:id/collections',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Refresh only the ledger',
        tags,
        params: idParams,
        body: z.strictObject({ kind }),
        response: answers({ 202: collection }),
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const connection = found(await getConnection(db, id), 'connection');
      const { role, flow } = definitionFor(connection.kind);
      if (!offered[flow ?? role]?.includes(body.kind))
        throw new Problem('not-applicable', `A ${connection.kind} connection lists no ${body.kind}.`);
      const row = await requestCollection(
        db,
        { connectionId: id, kind: body.kind, customerIds: null },
        caller!.actor,
      );
      // If this fails, the next request starts the row's workflow, or housekeeping closes the row.
      const input = {
        collectionId: row.id,
        connectionId: id,
        kind: row.kind,
        connectionKind: connection.kind,
        customerIds: row.customerIds,
      };
      await within(temporal(), () => startCollection(temporal(), input, null));
      return reply
        .code(202)
        .header('location', `/v1/connections/${id}/collections/${row.id}`)
        .send(show(row));
    },
  );

  app.get(
    '/connections/:id/collections',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Collections of a connection',
        tags,
        params: idParams,
        querystring: listQuery(byId, { kind: kind.optional() }),
        response: answers({ 200: listOf(collection) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...filter } }) => {
      found(await getConnection(db, id), 'connection');
      const rows = await listCollections(db, { connectionId: id, ...filter }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.id], show);
    },
  );

  app.get(
    '/connections/:id/collections/:cid',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A collection',
        tags,
        params: idParams.extend({ cid: z.uuid() }),
        response: answers({ 200: collection }),
      },
    },
    async ({ params: { id, cid } }) => {
      const row = await getCollection(db, cid);
      if (row?.connectionId !== id) throw notFound('collection');
      return show(row);
    },
  );
}

const show = (row: CollectionRow): z.output<typeof collection> => ({
  ...row,
  completeness: row.completeness && { ...row.completeness },
  startedAt: row.startedAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
});
