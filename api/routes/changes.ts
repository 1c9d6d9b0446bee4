import { z } from 'zod';
import {
  type ChangeRow,
  decideChange,
  getChange,
  listChanges,
  type Undecidable,
} from '../../db/changes/changes.ts';
import { getIntegration } from '../../db/integrations/integrations.ts';
import { changeKinds, changeStates, type Wanted } from '../../domain/change.ts';
import type { App, Context } from '../context.ts';
import { byId, listOf, listQuery, toPage } from '../pages.ts';
import { found, Problem } from '../problem.ts';
import { begin, estimateChange, requestChange } from '../request-change.ts';
import { answers, idParams, instant, outsideId, text } from '../schemas.ts';
import { sum } from './reconciliation.ts';

const word = z.string().nullable();
const base = z.object({ quantity: word, status: z.string(), autoRenew: z.boolean().nullable() });

const cost = z.object({ perCycle: sum.nullable(), untilTermEnd: sum.nullable() });

const estimate = z
  .object({
    base: base.nullable(),
    cost,
    cancelUntil: word,
    waitsBecause: word.describe('Why a person decides; null: it is placed at once.'),
  })
  .meta({ id: 'ChangeEstimate' });
export type ChangeEstimate = z.output<typeof estimate>;

const change = z
  .object({
    id: z.uuid(),
    integrationId: z.uuid(),
    kind: z.enum(changeKinds),
    customerId: word,
    subscriptionId: word,
    wanted: z
      .record(z.string(), z.unknown())
      .describe('What is asked for; a quantity is the resulting total.'),
    base: base.nullable().describe('What the distributor had when it was asked for.'),
    seen: base.nullable().describe('What the distributor had when it was read again.'),
    cost,
    cancelUntil: word,
    state: z.enum(changeStates),
    message: word.describe('Why it waits, was refused or failed.'),
    operation: word.describe("The distributor's id of the order."),
    fourEyes: z.boolean().describe('Whoever asked may not approve.'),
    askedBy: z.string(),
    askedAt: instant,
    expiresAt: instant.describe('Until when it can be approved.'),
    decidedBy: word,
    decidedAt: instant.nullable(),
    reason: word,
    placedAt: instant.nullable(),
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Change' });
export type Change = z.output<typeof change>;

const quantity = z.string().regex(/^\d{1,9}(\.\d{1,4})?$/, 'must be a decimal such as 12');
const of = { subscriptionId: outsideId };

const wanted = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('quantity'), ...of, quantity: quantity.describe('The resulting total.') }),
  z.strictObject({ kind: z.literal('auto-renew'), ...of, autoRenew: z.boolean() }),
  z.strictObject({ kind: z.enum(['cancel', 'suspend', 'activate']), ...of }),
]);

const decision = z.strictObject({ reason: text(1_000).optional() }).nullish();

export function changeRoutes(app: App, context: Context): void {
  const { sql } = context.db;
  const tags = ['changes'];
  const filters = {
    integrationId: z.uuid().optional(),
    subscriptionId: outsideId.optional(),
    state: z.enum(changeStates).optional(),
  };

  app.post(
    '/integrations/:id/changes',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Ask for a change at the distributor',
        description: "Waits for an approval unless the integration's policy lets it pass.",
        tags,
        params: idParams,
        body: wanted,
        response: answers({ 202: change }),
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const { kind, subscriptionId, ...rest } = body;
      const asked = await requestChange(context, {
        integrationId: id,
        kind,
        subscriptionId,
        wanted: rest as Wanted,
        by: caller!.actor,
      });
      return reply.code(202).header('location', `/v1/changes/${asked.id}`).send(show(asked));
    },
  );

  app.post(
    '/integrations/:id/changes/estimate',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'What a change would cost, and whether a person must approve it',
        description:
          'Stores and sends nothing. What asking would be refused with is the answer here as well.',
        tags,
        params: idParams,
        body: wanted,
        response: answers({ 200: estimate }),
      },
    },
    async ({ params: { id }, body }) => {
      const { kind, subscriptionId, ...rest } = body;
      const { base, cost, facts, waitsBecause } = await estimateChange(context, {
        integrationId: id,
        kind,
        subscriptionId,
        wanted: rest as Wanted,
      });
      return { base, cost, cancelUntil: facts?.cancelUntil ?? null, waitsBecause };
    },
  );

  app.get(
    '/integrations/:id/changes',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Changes asked for, newest first',
        tags,
        params: idParams,
        querystring: listQuery(byId, { subscriptionId: filters.subscriptionId, state: filters.state }),
        response: answers({ 200: listOf(change) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, ...filter } }) => {
      found(await getIntegration(context.db, id), 'integration');
      const rows = await listChanges(sql, { integrationId: id, ...filter }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.id], show);
    },
  );

  app.get(
    '/changes/:id',
    {
      config: { access: 'read' },
      schema: { summary: 'A change', tags, params: idParams, response: answers({ 200: change }) },
    },
    async ({ params: { id } }) => show(found(await getChange(sql, id), 'change')),
  );

  app.get(
    '/approvals',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Changes that wait for a person, newest first',
        tags,
        querystring: listQuery(byId, { ...filters, state: z.enum(changeStates).default('waiting') }),
        response: answers({ 200: listOf(change) }),
      },
    },
    async ({ query: { limit, cursor = null, ...filter } }) =>
      toPage(await listChanges(sql, filter, { limit, after: cursor }), limit, (row) => [row.id], show),
  );

  for (const [verb, approve] of [
    ['approve', true],
    ['reject', false],
  ] as const)
    app.post(
      `/approvals/:id/${verb}`,
      {
        config: { access: 'operate' },
        schema: {
          summary: approve ? 'Approve a change' : 'Reject a change',
          description: approve
            ? 'It is placed at once, if the distributor still has what the asker saw.'
            : 'Nothing is sent.',
          tags,
          params: idParams,
          body: decision,
          response: answers({ 200: change }),
        },
      },
      async ({ params: { id }, body, caller }) => {
        const by = caller!.actor;
        const outcome = found(
          await decideChange(sql, id, { approve, by, reason: body?.reason ?? null }),
          'change',
        );
        if ('not' in outcome) throw new Problem('not-applicable', reasons[outcome.not](outcome.row));
        if (approve) await begin(context, outcome.decided);
        return show(outcome.decided);
      },
    );
}

const reasons: Record<Undecidable, (row: ChangeRow) => string> = {
  decided: ({ state, decidedBy }) =>
    `This change is ${state} already${decidedBy ? `, decided by ${decidedBy}` : ''}.`,
  expired: ({ expiresAt }) =>
    `This change could be approved until ${expiresAt.toISOString()}. Ask for it again.`,
  own: ({ askedBy }) => `${askedBy} asked for this change, so somebody else must approve it.`,
  moved: ({ message }) => message!,
};

const iso = (at: Date | null) => at?.toISOString() ?? null;

const show = ({ connectionId: _, ...row }: ChangeRow): Change => ({
  ...row,
  wanted: { ...row.wanted },
  askedAt: row.askedAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  decidedAt: iso(row.decidedAt),
  placedAt: iso(row.placedAt),
  finishedAt: iso(row.finishedAt),
});
