import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { definitions } from '../../connectors/definitions.ts';
import { getConnection } from '../../db/connections/connections.ts';
import { getIntegration } from '../../db/integrations/integrations.ts';
import type { Difference } from '../../db/reconciliation/differences.ts';
import {
  type Reconciliation,
  type ReconciliationRequest,
  reconcile,
} from '../../db/reconciliation/reconcile.ts';
import {
  freeze,
  getStatement,
  listStatements,
  monthEnd,
  statementOf,
} from '../../db/reconciliation/statements.ts';
import { chargeStates } from '../../domain/charges.ts';
import { differenceClasses, differenceClassNames } from '../../domain/reconciliation.ts';
import { ledgerLimit } from '../../temporal/schedule-spec.ts';
import type { App, Context } from '../context.ts';
import { csvLine } from '../csv.ts';
import { byPlace, encodeCursor, listOf, listQuery, toPage } from '../pages.ts';
import { found, invalid, Problem } from '../problem.ts';
import { answers, givenInstant, idParams, instant } from '../schemas.ts';

const decimal = z.string().nullable().describe('A decimal.');
const word = z.string().nullable();

export const sum = z
  .object({
    amount: z.string().describe('A decimal.'),
    currency: word,
    cycle: word.describe('The billing cycle the amount is for.'),
  })
  .meta({
    id: 'Sum',
    description: 'Amounts in other currencies or billing cycles are listed separately, never added.',
  });

const side = z
  .object({
    quantity: decimal,
    unitCost: decimal,
    unitPrice: decimal,
    currency: word,
    cycle: word,
    term: word,
    status: word,
  })
  .describe('Summed over its lines; null if they disagree or a value is unknown.');

const charged = z
  .object({
    state: z.enum(chargeStates),
    month: z.string(),
    quantity: decimal.describe('Without credits; null where no line says how many.'),
    lines: z.int(),
    money: z.array(sum).describe('Of the whole month, credits included.'),
  })
  .meta({ id: 'Charged' });

const difference = z
  .object({
    class: z.enum(differenceClassNames),
    customerId: word,
    customerName: word,
    clientId: word,
    clientName: word,
    product: z.string().describe("The vendor's number of what is sold, else its name."),
    productName: word,
    subscriptionIds: z.array(z.string()),
    licenceIds: z.array(z.string()),
    distributor: side.nullable(),
    destination: side.nullable(),
    charged: charged.nullable().describe("The distributor's own charges; null where none were read."),
    money: z
      .array(sum)
      .describe('Positive: should be billed but is not. Negative: is billed but should not be.'),
    cause: z.string(),
    since: instant,
    action: z
      .enum(['preview', 'map', 'review'])
      .describe(
        '`preview`: preview an import of `customerId`. `map`: map the customer first. `review`: a person looks.',
      ),
  })
  .meta({ id: 'Difference' });

const chargesSide = z
  .object({
    month: z.string(),
    state: z.enum(chargeStates),
    problem: word,
    readAt: instant,
    money: z.array(sum),
    withoutSubscription: z.array(sum).describe('Lines of no subscription that is known.'),
  })
  .describe('What the distributor billed for the last month that was over; null where it was not read.')
  .meta({ id: 'ReconciledCharges' });

const reconciliation = listOf(difference)
  .extend({
    state: z
      .enum(['known', 'unknown'])
      .describe('unknown: a side was incomplete or stale; nothing found proves nothing.'),
    unknown: z.array(z.string()).describe('Why it is unknown.'),
    asOf: instant.nullable().describe('Both sides were read no earlier than this.'),
    summary: z
      .array(z.object({ class: z.enum(differenceClassNames), count: z.int(), money: z.array(sum) }))
      .describe('For all classes, whatever page was requested.'),
    charges: chargesSide.nullable(),
  })
  .meta({ id: 'Reconciliation' });
export type ReconciliationAnswer = z.output<typeof reconciliation>;

const month = z.string().regex(/^(19|2\d)\d\d-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-10');

const statement = z
  .object({
    id: z.uuid(),
    integrationId: z.uuid(),
    month,
    createdAt: instant,
    createdBy: z.string(),
    state: z.enum(['known', 'unknown']),
    summary: reconciliation.shape.summary,
  })
  .meta({ id: 'Statement' });

export type StatementLine = z.output<typeof statement>;

const frozen = statement
  .extend({
    asOf: instant.nullable(),
    unknown: z.array(z.string()),
    items: z.array(difference),
    charges: chargesSide.nullable(),
  })
  .meta({ id: 'FrozenStatement' });
export type FrozenStatement = z.output<typeof frozen>;

const distributorNames = Object.fromEntries(
  definitions.flatMap(({ kind, distributorName }) => (distributorName ? [[kind, distributorName]] : [])),
);
const everything = { limit: 1_000_000, offset: 0 };
const causes = new Map(differenceClasses.map((one) => [one.name as string, one]));

function show(item: Difference): z.output<typeof difference> {
  const { cause, action, ...known } = causes.get(item.class)!;
  const unmapped = item.class === 'active-but-unbilled' && item.clientId === null;
  return {
    ...item,
    since: new Date(item.since).toISOString(),
    // Statements frozen before these were known have none.
    charged: item.charged ?? null,
    productName: item.productName ?? null,
    cause: unmapped && 'unmapped' in known ? known.unmapped : cause,
    action: unmapped ? 'map' : action,
  };
}

/** Of a frozen statement its instants are texts, and one frozen before charges were read has none. */
const toldCharges = (charges: Reconciliation['charges'] | undefined) =>
  charges ? { ...charges, readAt: new Date(charges.readAt).toISOString() } : null;

const columns: [string, (item: z.output<typeof difference>) => unknown][] = [
  ['class', (item) => item.class],
  ['customerId', (item) => item.customerId],
  ['customerName', (item) => item.customerName],
  ['clientId', (item) => item.clientId],
  ['clientName', (item) => item.clientName],
  ['product', (item) => item.product],
  ['productName', (item) => item.productName],
  ['subscriptionIds', (item) => item.subscriptionIds.join(' ')],
  ['licenceIds', (item) => item.licenceIds.join(' ')],
  ['distributorQuantity', (item) => item.distributor?.quantity],
  ['destinationQuantity', (item) => item.destination?.quantity],
  ['distributorPrice', (item) => item.distributor?.unitPrice],
  ['destinationPrice', (item) => item.destination?.unitPrice],
  ['chargedMonth', (item) => item.charged?.month],
  ['chargedState', (item) => item.charged?.state],
  ['chargedQuantity', (item) => item.charged?.quantity],
  ['chargedAmount', (item) => item.charged?.money[0]?.amount],
  ['chargedCurrency', (item) => item.charged?.money[0]?.currency],
  ['amount', (item) => item.money[0]?.amount],
  ['currency', (item) => item.money[0]?.currency],
  ['cycle', (item) => item.money[0]?.cycle],
  ['cause', (item) => item.cause],
  ['since', (item) => item.since],
  ['action', (item) => item.action],
];

const csvOf = (items: z.output<typeof difference>[]): string =>
  [
    csvLine(columns.map(([name]) => name)),
    ...items.map((item) => csvLine(columns.map(([, value]) => value(item)))),
  ].join('');

const wantsCsv = (format: 'json' | 'csv' | undefined, accept = ''): boolean =>
  format === 'csv' || (format === undefined && /^text\/csv\b/.test(accept));

function asFile(reply: FastifyReply, name: string, text: string): never {
  reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`);
  return reply.serializer(String).send(text) as never;
}

export function reconciliationRoutes(app: App, { db }: Context): void {
  const tags = ['reconciliation'];

  app.get(
    '/integrations/:id/reconciliation',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What differs between the distributor and the destination',
        description:
          'Unbilled subscriptions come first. `format=csv`, or `Accept: text/csv`, returns everything as a file.',
        tags,
        params: idParams,
        querystring: listQuery(byPlace, {
          asOf: givenInstant.optional().describe('The state at this time; now by default.'),
          class: z.enum(differenceClassNames).optional(),
          format: z.enum(['json', 'csv']).optional(),
        }),
        response: answers({ 200: reconciliation }),
      },
    },
    async ({ params: { id }, query, headers }, reply) => {
      const { limit, cursor: [offset] = [0], asOf, class: of, format } = query;
      const at = asOf === undefined ? null : new Date(asOf);
      if (at && at > new Date())
        throw invalid([{ pointer: '/query/asOf', detail: 'must not be in the future' }]);
      const csv = wantsCsv(format, headers.accept);
      const page = csv ? everything : { limit: limit + 1, offset };
      const { items, ...rest } = await read(id, { asOf: at, class: of, ...page });
      if (csv) {
        const name = `reconciliation-${rest.asOf?.toISOString().slice(0, 10) ?? 'unknown'}`;
        return asFile(reply, name, csvOf(items.map(show)));
      }
      return {
        ...rest,
        asOf: rest.asOf?.toISOString() ?? null,
        charges: toldCharges(rest.charges),
        items: items.slice(0, limit).map(show),
        nextCursor: items.length > limit ? encodeCursor([offset + limit]) : null,
      };
    },
  );

  app.post(
    '/integrations/:id/statements',
    {
      config: { access: 'operate' },
      schema: {
        summary: "Freeze a month's reconciliation",
        description: 'A frozen statement never changes: repeating the request returns the same one.',
        tags,
        params: idParams,
        body: z.strictObject({ month }),
        response: answers({ 201: frozen }),
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const { options } = found(await getIntegration(db, id), 'integration');
      const { end, over } = await monthEnd(db.sql, body.month, options.timeZone);
      if (!over)
        throw new Problem(
          'not-applicable',
          `${body.month} is not over yet: its statement can be frozen from ${end.toISOString()}.`,
        );
      const known = await statementOf(db.sql, id, body.month);
      const made =
        known ??
        (await freeze(
          db.sql,
          {
            integrationId: id,
            month: body.month,
            reconciliation: await read(id, { asOf: end, ...everything }),
          },
          caller!.actor,
        ));
      return reply.code(201).header('location', `/v1/statements/${made.id}`).send(whole(made));
    },
  );

  app.get(
    '/integrations/:id/statements',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Frozen monthly statements, newest first',
        tags,
        params: idParams,
        querystring: listQuery(z.tuple([month]), {}),
        response: answers({ 200: listOf(statement) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor: [after] = [null] } }) => {
      found(await getIntegration(db, id), 'integration');
      const rows = await listStatements(db.sql, id, { limit, after });
      return toPage(
        rows,
        limit,
        (row) => [row.month],
        ({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() }),
      );
    },
  );

  app.get(
    '/statements/:id',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A frozen statement',
        description: '`format=csv`, or `Accept: text/csv`, returns its differences as a file.',
        tags,
        params: idParams,
        querystring: z.strictObject({ format: z.enum(['json', 'csv']).optional() }),
        response: answers({ 200: frozen }),
      },
    },
    async ({ params: { id }, query: { format }, headers }, reply) => {
      const statement = whole(found(await getStatement(db.sql, id), 'statement'));
      return wantsCsv(format, headers.accept)
        ? asFile(reply, `statement-${statement.month}`, csvOf(statement.items))
        : statement;
    },
  );

  async function read(
    id: string,
    request: Pick<ReconciliationRequest, 'asOf' | 'class' | 'limit' | 'offset'>,
  ) {
    const { destinationId } = found(await getIntegration(db, id), 'integration');
    await requirePush(destinationId);
    const staleAfterMs: ReconciliationRequest['staleAfterMs'] = ({ schedule }) =>
      ledgerLimit(schedule as never);
    return found(await reconcile(db.sql, id, { ...request, distributorNames, staleAfterMs }), 'integration');
  }

  async function requirePush(destinationId: string): Promise<void> {
    const { kind } = found(await getConnection(db, destinationId), 'connection');
    if (definitions.find((one) => one.kind === kind)?.flow !== 'push')
      throw new Problem('not-applicable', 'Work 365 reads from Tributary, so there is nothing to compare.');
  }
}

const whole = (made: {
  id: string;
  integrationId: string;
  month: string;
  createdAt: Date;
  createdBy: string;
  reconciliation: Reconciliation;
}) => {
  const { reconciliation, createdAt, ...rest } = made;
  const { state, unknown, summary, asOf, items, charges } = reconciliation;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    state,
    unknown,
    summary,
    asOf: asOf === null ? null : new Date(asOf).toISOString(),
    charges: toldCharges(charges),
    items: items.map(show),
  };
};
