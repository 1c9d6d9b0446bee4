import { z } from 'zod';
import { getConnection } from '../../../db/connections/connections.ts';
import { lastComplete } from '../../../db/ledger/collections.ts';
import { listClients, readOffers } from '../../../db/ledger/queries.ts';
import { type App, askHere, type Context } from '../../context.ts';
import { byName, byPlace, listOf, listQuery, slicePage, toPage } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import { answers, flag, idParams, instant, search } from '../../schemas.ts';
import { definitionFor } from './input.ts';

const asOf = instant.nullable().describe('When it was last read; null if never.');
const refresh = flag.describe('Read them from the destination again.');

const offer = z.looseObject({ id: z.string(), name: z.string() });
const client = z.object({
  id: z.string(),
  name: z.string(),
  inactive: z.boolean(),
  topLevelId: z.string().nullable(),
});

export function offerRoutes(app: App, context: Context): void {
  const { db } = context;
  const tags = ['destinations'];
  const summaries = {
    'top-levels': 'Top levels under which clients can be created',
    agents: 'Agents',
  } as const;

  for (const what of ['top-levels', 'agents'] as const)
    app.get(
      `/connections/:id/${what}`,
      {
        config: { access: 'read' },
        schema: {
          summary: summaries[what],
          tags,
          params: idParams,
          querystring: listQuery(byPlace, { refresh }),
          response: answers({ 200: listOf(offer).extend({ asOf }) }),
        },
      },
      async ({ params: { id }, query: { limit, cursor, refresh } }) => {
        await prepare(id, what, refresh);
        const offers = await readOffers(db, id, what);
        const page = slicePage(offers?.items ?? [], limit, cursor);
        return { ...page, asOf: offers?.asOf.toISOString() ?? null };
      },
    );

  app.get(
    '/connections/:id/clients',
    {
      config: { access: 'read' },
      schema: {
        summary: "A destination's clients",
        tags,
        params: idParams,
        querystring: listQuery(byName, { search, refresh }),
        response: answers({ 200: listOf(client).extend({ asOf }) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...query } }) => {
      await prepare(id, 'clients', query.refresh);
      const filter = { connectionId: id, search: query.search };
      const rows = await listClients(db, filter, { limit, after: cursor });
      const read = await lastComplete(db, id, 'clients');
      const page = toPage(
        rows,
        limit,
        (row) => [row.key, row.id],
        (row) => row,
      );
      return { ...page, asOf: read?.toISOString() ?? null };
    },
  );

  async function prepare(
    id: string,
    what: 'top-levels' | 'agents' | 'clients',
    anew: boolean,
  ): Promise<void> {
    const { kind } = found(await getConnection(db, id), 'connection');
    if (definitionFor(kind).flow !== 'push')
      throw new Problem('not-applicable', `A ${kind} connection is not a destination we write to.`);
    if (!anew) return;
    const question = {
      what: 'refresh',
      subjectId: id,
      workflow: 'refreshOffers',
      input: { connectionId: id, what },
    };
    await askHere<void>(context, question, `/v1/connections/${id}/${what}`);
  }
}
