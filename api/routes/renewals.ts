import { z } from 'zod';
import { listRenewals, type Renewal, renewalDays } from '../../db/renewals/renewals.ts';
import type { App, Context } from '../context.ts';
import { listOf, listQuery, toPage } from '../pages.ts';
import { answers, instant, outsideId } from '../schemas.ts';
import { sum } from './reconciliation.ts';

const word = z.string().nullable();
const decimal = z.string().nullable().describe('A decimal; null if the distributor does not say.');
const day = z.iso.date().describe("In the integration's time zone.");

const renewal = z
  .object({
    integrationId: z.uuid(),
    integrationName: z.string(),
    connectionId: z.uuid(),
    subscriptionId: z.string(),
    customerId: z.string(),
    customerName: word,
    clientId: word,
    clientName: word,
    licenceId: word,
    name: z.string(),
    vendor: word,
    sku: word,
    status: z.string(),
    trial: z.boolean(),
    term: word.describe('An ISO 8601 duration.'),
    billingCycle: word,
    autoRenew: z.boolean().nullable().describe('null: the distributor does not say.'),
    renewsAt: instant.describe('When the running term ends.'),
    day,
    renewalDate: word,
    commitmentEnd: word.describe('An instant or a date; null without a commitment.'),
    cancelUntil: word.describe('The end of the cancellation window.'),
    cancellation: z
      .enum(['open', 'closed', 'unknown'])
      .describe('Whether the running term may be cancelled or reduced now.'),
    quantity: decimal,
    minQuantity: decimal,
    maxQuantity: decimal,
    unitCost: decimal,
    unitPrice: decimal,
    renewalCost: decimal.describe('Per unit and billing cycle after the renewal.'),
    renewalPrice: decimal,
    currency: word,
    money: z.array(sum).describe('Its cost per billing cycle now.'),
    moneyAfter: z.array(sum).describe('… and after the renewal; empty if the distributor does not say.'),
    unreadable: z.array(z.string()).describe('Fields the distributor gave that cannot be read.'),
  })
  .meta({ id: 'Renewal' });
export type RenewalAnswer = z.output<typeof renewal>;

const renewalDay = z
  .object({
    day,
    count: z.int(),
    ending: z.int().describe('Those that do not renew automatically.'),
    money: z.array(sum).describe('Their cost per billing cycle.'),
  })
  .meta({ id: 'RenewalDay' });
export type RenewalDayAnswer = z.output<typeof renewalDay>;

const duration = z
  .string()
  .regex(/^P(?=\d)(\d{1,2}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,4}D)?$/, 'must be a duration such as P60D or P2M')
  .default('P60D')
  .describe('How far ahead to look: an ISO 8601 duration of years, months, weeks or days.');

const boolean = z.enum(['true', 'false']).transform((text) => text === 'true');

const filters = {
  within: duration,
  integrationId: z.uuid().optional(),
  customerId: outsideId.optional(),
  autoRenew: boolean.optional(),
  commitments: boolean.optional().describe('`true`: only terms longer than a month.'),
};

export function renewalRoutes(app: App, { db }: Context): void {
  const tags = ['renewals'];

  app.get(
    '/renewals',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Subscriptions whose term ends soon, soonest first',
        description: 'Over all integrations, as last listed. Ended and pending subscriptions are left out.',
        tags,
        querystring: listQuery(z.tuple([instant, z.uuid(), z.string()]), { ...filters, day: day.optional() }),
        response: answers({ 200: listOf(renewal) }),
      },
    },
    async ({ query: { limit, cursor = null, ...filter } }) =>
      toPage(
        await listRenewals(db.sql, filter, { limit, after: cursor }),
        limit,
        (row) => [row.renewsAt.toISOString(), row.integrationId, row.subscriptionId],
        show,
      ),
  );

  app.get(
    '/renewals/days',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How many subscriptions renew on each day, and their cost',
        tags,
        querystring: z.strictObject(filters),
        response: answers({ 200: z.object({ items: z.array(renewalDay) }) }),
      },
    },
    async ({ query }) => ({ items: await renewalDays(db.sql, query) }),
  );
}

const show = (row: Renewal): RenewalAnswer => ({ ...row, renewsAt: row.renewsAt.toISOString() });
