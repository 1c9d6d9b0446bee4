import { z } from 'zod';
import {
  type ChargeMonth,
  chargeMonth,
  listChargeMonths,
  listCharges,
  recordReading,
} from '../../../db/charges/charges.ts';
import { getConnection } from '../../../db/connections/connections.ts';
import { chargeStates } from '../../../domain/charges.ts';
import { within } from '../../../temporal/client.ts';
import { startCharges } from '../../../temporal/start.ts';
import type { App, Context } from '../../context.ts';
import { listOf, listQuery, toPage } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import { answers, flag, idParams, instant, outsideId } from '../../schemas.ts';
import { definitionFor } from './input.ts';

export const month = z.string().regex(/^(19|2\d)\d\d-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-10');
const word = z.string().nullable();
const decimal = z.string().nullable().describe('A decimal.');

const monthOfCharges = z
  .object({
    connectionId: z.uuid(),
    month,
    state: z
      .enum(chargeStates)
      .describe(
        '`not-offered`: these credentials may not read charges. `not-published`: the distributor has none for the month yet. `incomplete`: one is not final or not whole.',
      ),
    problem: word.describe('Why it is incomplete or not offered.'),
    documents: z.int(),
    lines: z.int(),
    readAt: instant,
  })
  .meta({ id: 'ChargeMonth' });

const charge = z
  .object({
    document: z.string().describe("The distributor's own reference."),
    line: z.int(),
    subscriptionId: word.describe('null: of no subscription, or of none that is known.'),
    vendorSubscriptionId: word,
    customerId: word,
    customerName: word,
    product: word,
    quantity: decimal,
    cost: z.string().describe('What the reseller pays for the whole line; below 0 a credit.'),
    price: decimal,
    currency: word,
    from: word,
    to: word,
  })
  .meta({ id: 'Charge' });

const begun = z.object({ connectionId: z.uuid(), month, reading: z.literal(true) });

export function chargeRoutes(app: App, { db, temporal }: Context): void {
  const tags = ['charges'];

  app.post(
    '/connections/:id/charges',
    {
      config: { access: 'operate' },
      schema: {
        summary: "Read a month's charges",
        description: 'One that is being read is joined. What was read before stands until it is done.',
        tags,
        params: idParams,
        body: z.strictObject({ month }),
        response: answers({ 202: begun }),
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const { kind } = await requireCharges(id);
      const input = { connectionId: id, connectionKind: kind, month: body.month };
      await within(temporal(), () => startCharges(temporal(), input));
      await recordReading(db.sql, id, body.month, caller!.actor);
      return reply
        .code(202)
        .header('location', `/v1/connections/${id}/charges/${body.month}`)
        .send({ connectionId: id, month: body.month, reading: true });
    },
  );

  app.get(
    '/connections/:id/charges',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Months whose charges were read, newest first',
        tags,
        params: idParams,
        querystring: listQuery(z.tuple([month]), {}),
        response: answers({ 200: listOf(monthOfCharges) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor: [after] = [null] } }) => {
      await requireCharges(id);
      const rows = await listChargeMonths(db.sql, id, { limit, after });
      return toPage(rows, limit, (row) => [row.month], show(id));
    },
  );

  app.get(
    '/connections/:id/charges/:month',
    {
      config: { access: 'read' },
      schema: {
        summary: "A month's charges, as last read",
        tags,
        params: idParams.extend({ month }),
        querystring: listQuery(z.tuple([z.string(), z.int()]), {
          subscriptionId: outsideId.optional(),
          customerId: outsideId.optional(),
          unassigned: flag.describe('Only lines of no subscription that the ledger has.'),
        }),
        response: answers({ 200: listOf(charge).extend(monthOfCharges.shape) }),
      },
    },
    async ({ params: { id, month }, query: { limit, cursor = null, ...filter } }) => {
      await requireCharges(id);
      const of = found(await chargeMonth(db.sql, id, month), 'month');
      const rows = await listCharges(db.sql, { connectionId: id, month }, filter, { limit, after: cursor });
      const page = toPage(
        rows,
        limit,
        (row) => [row.document, row.line],
        (row) => row,
      );
      return { ...show(id)(of), ...page };
    },
  );

  async function requireCharges(id: string) {
    const connection = found(await getConnection(db, id), 'connection');
    const { capabilities, name } = definitionFor(connection.kind);
    if (!(capabilities as readonly string[]).includes('charges'))
      throw new Problem('not-applicable', `${name} offers no charges.`);
    return connection;
  }
}

const show = (connectionId: string) => (row: ChargeMonth) => ({
  ...row,
  connectionId,
  readAt: row.readAt.toISOString(),
});
