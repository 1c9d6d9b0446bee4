import { z } from 'zod';
import { integrationEndpoints } from '../../../db/integrations/integrations.ts';
import {
  listSubscriptionLines,
  type SubscriptionLine,
  type SubscriptionSort,
  subscriptionFacets,
  subscriptionSorts,
} from '../../../db/subscriptions/list.ts';
import { subscriptionStates } from '../../../domain/kinds.ts';
import type { App, Context } from '../../context.ts';
import { byName, facets, listQuery, sortBy, toPage, withFacets } from '../../pages.ts';
import { found } from '../../problem.ts';
import { answers, idParams, instant, outsideId, search } from '../../schemas.ts';
import { subscriptionStatuses } from '../connections/ledger.ts';

const word = z.string().nullable();
const decimal = word.describe('A decimal.');

const line = z
  .object({
    id: z.string().describe("The distributor's id."),
    customerId: z.string(),
    customerName: word,
    name: z.string(),
    status: z.string().describe("The distributor's."),
    quantity: decimal,
    unitCost: decimal,
    unitPrice: decimal,
    currency: word,
    billingCycle: word,
    term: word,
    endDate: word,
    renewalDate: word,
    sku: word,
    clientId: word,
    clientName: word,
    licenceId: word,
    licenceQuantity: decimal,
    licenceUnitPrice: decimal,
    licenceActive: z.boolean().nullable(),
    state: z
      .enum(subscriptionStates)
      .describe(
        '`differs`: quantity, sale price, client or whether it is active. `licence-gone`: we wrote it and it is not there.',
      ),
    changedAt: instant,
  })
  .meta({ id: 'SubscriptionLine' });
export type SubscriptionLineAnswer = z.output<typeof line>;

export function subscriptionRoutes(app: App, { db }: Context): void {
  app.get(
    '/integrations/:id/subscriptions',
    {
      config: { access: 'read' },
      schema: {
        summary: "An integration's subscriptions beside their licences, as last read",
        tags: ['subscriptions'],
        params: idParams,
        querystring: listQuery(byName, {
          search,
          customerId: outsideId.optional(),
          status: z.enum(subscriptionStatuses).optional(),
          state: z.enum(subscriptionStates).optional(),
          sort: sortBy(...subscriptionSorts).default('customer'),
          facets,
        }),
        response: answers({ 200: withFacets(line, 'status', 'state') }),
      },
    },
    async ({ params: { id }, query }) => {
      const { limit, cursor = null, sort, facets, ...filter } = query;
      const ends = found(await integrationEndpoints(db, id), 'integration');
      const [rows, counted] = await Promise.all([
        listSubscriptionLines(db.sql, { ...ends, ...filter }, { ...ordered(sort), limit, after: cursor }),
        facets ? subscriptionFacets(db.sql, { ...ends, ...filter }) : undefined,
      ]);
      return { ...toPage(rows, limit, (row) => [row.key, row.id], show), facets: counted };
    },
  );
}

const ordered = (sort: SubscriptionSort | `-${SubscriptionSort}`) => ({
  sort: sort.replace(/^-/, '') as SubscriptionSort,
  descending: sort.startsWith('-'),
});

const show = ({ changedAt, key: _, ...row }: SubscriptionLine): SubscriptionLineAnswer => ({
  ...row,
  changedAt: changedAt.toISOString(),
});
