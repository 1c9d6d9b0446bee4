import { z } from 'zod';
import { type ChangeRow, getChange, listChanges } from '../../../db/changes/changes.ts';
import { decideChange, type Undecidable } from '../../../db/changes/decisions.ts';
import { getIntegration } from '../../../db/integrations/integrations.ts';
import { changeStates, type Wanted } from '../../../domain/change.ts';
import { chooseProduct } from '../../choose-product.ts';
import type { App, Context } from '../../context.ts';
import { byId, listOf, listQuery, toPage } from '../../pages.ts';
import { found, Problem } from '../../problem.ts';
import { begin, type ChangeRequest, changesOf, estimateChange, requestChange } from '../../request-change.ts';
import { answers, idParams, outsideId } from '../../schemas.ts';
import { type Change, change, decision, estimate, wanted } from './schemas.ts';

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
        summary: 'Request a change at the distributor',
        description: "Waits for approval unless the integration's policy allows it without.",
        tags,
        params: idParams,
        body: wanted,
        response: answers({ 202: change }),
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const asked = await requestChange(context, { ...(await requestOf(id, body)), by: caller!.actor });
      return reply.code(202).header('location', `/v1/changes/${asked.id}`).send(show(asked));
    },
  );

  app.post(
    '/integrations/:id/changes/estimate',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'What a change would cost, and whether a person must approve it',
        description: 'Stores and sends nothing. Answers the same problem as the request itself would.',
        tags,
        params: idParams,
        body: wanted,
        response: answers({ 200: estimate }),
      },
    },
    async ({ params: { id }, body }) => {
      const request = await requestOf(id, body);
      const { base, cost, facts, waitsBecause } = await estimateChange(context, request);
      return { base, cost, cancelUntil: facts?.cancelUntil ?? null, waitsBecause };
    },
  );

  app.get(
    '/integrations/:id/changes',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Requested changes, newest first',
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
            ? 'It is placed at once if the distributor still has what the requester saw.'
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

  /** The body in the words of a change; a product is looked up by what it is sold as. */
  async function requestOf(integrationId: string, body: z.output<typeof wanted>): Promise<ChangeRequest> {
    const { kind } = body;
    const asked = { integrationId, kind, subscriptionId: null };
    if (kind === 'create-customer') return { ...asked, wanted: { customer: body.customer } };
    if (kind === 'update-customer')
      return { ...asked, customerId: body.customerId, wanted: { customer: body.customer } };
    if (kind === 'create') {
      const { customerId, partNumber, term, billingCycle, ...rest } = body;
      const { connectionId } = (await changesOf(context, integrationId)).target;
      const choice = { partNumber, term, billingCycle, currency: rest.currency };
      const product = await chooseProduct(sql, connectionId, choice);
      const { kind: _, ...wanted } = rest;
      return { ...asked, customerId, wanted: { ...wanted, product } };
    }
    const { kind: _, subscriptionId, ...rest } = body;
    return { ...asked, subscriptionId, wanted: rest as Wanted };
  }
}

const reasons: Record<Undecidable, (row: ChangeRow) => string> = {
  decided: ({ state, decidedBy }) =>
    `This change is ${state} already${decidedBy ? `, decided by ${decidedBy}` : ''}.`,
  expired: ({ expiresAt }) =>
    `This change could be approved until ${expiresAt.toISOString()}. Request it again.`,
  own: ({ askedBy }) => `${askedBy} requested this change, so someone else must approve it.`,
  moved: ({ message }) => message!,
};

const iso = (at: Date | null) => at?.toISOString() ?? null;

const show = ({ connectionId: _, ...row }: ChangeRow): Change => ({
  ...row,
  wanted: { ...row.wanted },
  askedAt: row.askedAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  decidedAt: iso(row.decidedAt),
  intendedAt: iso(row.intendedAt),
  placedAt: iso(row.placedAt),
  finishedAt: iso(row.finishedAt),
});
