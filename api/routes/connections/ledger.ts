import { z } from 'zod';
import { getConnection } from '../../../db/connections/connections.ts';
import { listCustomers, listSubscriptions } from '../../../db/ledger/queries.ts';
import type { Customer } from '../../../domain/customer.ts';
import { endedStatuses, type SubscriptionStatus } from '../../../domain/subscription.ts';
import type { App, Context } from '../../context.ts';
import { byName, listOf, listQuery, toPage } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import { answers, idParams, instant, outsideId, search } from '../../schemas.ts';
import { definitionFor } from './input.ts';

const word = z.string().nullable();
const unreadable = z
  .array(z.string())
  .describe('Fields the distributor gave that cannot be read: null here, and not "none".');

const customer = z
  .object({
    id: z.string().describe("The distributor's id."),
    name: z.string(),
    status: z.string(),
    own: z.boolean().describe("The reseller's own company."),
    email: word,
    phone: word,
    domain: word,
    tenantId: word,
    address: z.record(z.string(), word).nullable(),
    unreadable,
    changedAt: instant.describe('Since when the ledger has it like this.'),
  })
  .meta({ id: 'Customer' });

const subscription = z
  .object({
    id: z.string().describe("The distributor's id."),
    customerId: z.string(),
    customerName: word,
    name: z.string(),
    status: z.string(),
    statusText: word,
    quantity: word.describe('A decimal; null if the distributor does not say.'),
    usage: z.boolean(),
    trial: z.boolean(),
    unitCost: word.describe('Per unit and billing cycle.'),
    unitPrice: word,
    currency: word,
    billingCycle: word,
    term: word,
    startDate: word,
    endDate: word,
    renewalDate: word,
    autoRenew: z.boolean().nullable(),
    vendor: word,
    sku: word,
    vendorSku: word,
    tenantId: word,
    unreadable,
    changedAt: instant,
  })
  .meta({ id: 'Subscription' });

const filters = { search, customerId: outsideId.optional() };
const customerStatuses = ['active', 'closed'] as const satisfies Customer['status'][];
export const subscriptionStatuses = [
  ...(['active', 'suspended', 'pending', 'unknown'] as const),
  ...endedStatuses,
] as const satisfies SubscriptionStatus[];

export function ledgerRoutes(app: App, { db }: Context): void {
  const tags = ['ledger'];
  const schema = { tags, params: idParams };
  const listed = <Status extends string>(statuses: readonly Status[]) =>
    listQuery(byName, { ...filters, status: z.enum(statuses).optional() });

  app.get(
    '/connections/:id/customers',
    {
      config: { access: 'read' },
      schema: {
        ...schema,
        summary: 'Customers, as last listed',
        querystring: listed(customerStatuses),
        response: answers({ 200: listOf(customer) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...filter } }) => {
      await requireDistributor(id);
      const rows = await listCustomers(db, { connectionId: id, ...filter }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.key, row.id], changed);
    },
  );

  app.get(
    '/connections/:id/subscriptions',
    {
      config: { access: 'read' },
      schema: {
        ...schema,
        summary: 'Subscriptions, as last listed',
        querystring: listed(subscriptionStatuses),
        response: answers({ 200: listOf(subscription) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...filter } }) => {
      await requireDistributor(id);
      const rows = await listSubscriptions(db, { connectionId: id, ...filter }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.customerId, row.id], changed);
    },
  );

  async function requireDistributor(id: string): Promise<void> {
    const { kind } = found(await getConnection(db, id), 'connection');
    if (definitionFor(kind).role !== 'distributor')
      throw new Problem('not-applicable', `A ${kind} connection is a destination: it lists clients.`);
  }
}

/** Keeps `validFrom`, because copying without a column is slow; the answer's schema drops it. */
const changed = <Row extends { validFrom: Date }>(row: Row) => ({
  ...row,
  changedAt: row.validFrom.toISOString(),
});
