import { z } from 'zod';
import { definitions } from '../../../connectors/definitions.ts';
import { getConnection } from '../../../db/connections/connections.ts';
import { getIntegration, integrationEndpoints } from '../../../db/integrations/integrations.ts';
import {
  destinationVersions,
  distributorVersions,
  type SubscriptionFacts,
  subscriptionEvents,
  subscriptionFacts,
  type Version,
} from '../../../db/subscriptions/detail.ts';
import { releaseFields } from '../../../db/subscriptions/release.ts';
import {
  changesOf,
  type OwnerRule,
  ownedFields,
  ownerOf,
  ownershipOf,
  ownerships,
  unchangedSince,
} from '../../../domain/ownership.ts';
import type { App, Context } from '../../context.ts';
import { found, Problem } from '../../problem.ts';
import { actor, answers, idParams, instant } from '../../schemas.ts';

const word = z.string().nullable();
const values = z.record(z.string(), z.unknown()).nullable();

const field = z.object({
  field: z.string(),
  distributor: z.unknown().describe('The value to be written.'),
  ours: z.unknown().describe('What the destination returned after our last write.'),
  destination: z.unknown(),
  rule: z
    .enum(ownerships)
    .describe(
      "`distributor`: its value is written, over an edit too. `held`: edited at the destination and left alone until a person decides. `kept`: a person gave it to the destination. `taken`: a person takes the distributor's at the next import.",
    ),
  since: instant.nullable().describe("Since when the distributor's value has been unchanged."),
  destinationSince: instant.nullable(),
});

const event = z.object({
  at: instant,
  kind: z
    .enum(['distributor', 'destination', 'act'])
    .describe('What a listing found changed, or what an import or a person did.'),
  action: word.describe('For an action: `licence.update`, `mapping.set`, `finding.resolve` …'),
  by: actor.nullable(),
  importId: z.uuid().nullable(),
  itemId: z.uuid().nullable(),
  rule: word,
  message: word,
  before: values,
  after: values,
});

const point = z.object({ at: instant, value: word });

const detail = z
  .object({
    id: z.string(),
    customerId: z.string(),
    customerName: word,
    clientId: word,
    clientName: word,
    licenceId: word,
    licenceActive: z.boolean().nullable(),
    currency: word,
    listed: z.boolean().describe('Whether the last complete listing showed it.'),
    writtenAt: instant.nullable(),
    item: z
      .object({
        id: z.uuid(),
        importId: z.uuid(),
        rule: z.string(),
        outcome: z.string(),
        message: word,
        held: values,
      })
      .nullable()
      .describe('Its item in the last ended import; null if there was nothing to do.'),
    fields: z.array(field),
    quantity: z
      .object({ distributor: z.array(point), destination: z.array(point) })
      .describe('Each time it changed, oldest first.'),
    history: z.array(event).describe('Newest first.'),
  })
  .meta({ id: 'SubscriptionDetail' });
export type SubscriptionDetail = z.output<typeof detail>;

const one = idParams.extend({ subscriptionId: z.string().min(1).max(400) });

export function subscriptionDetailRoutes(app: App, { db }: Context): void {
  app.get(
    '/integrations/:id/subscriptions/:subscriptionId',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A subscription on all sides, field by field, and its history',
        tags: ['subscriptions'],
        params: one,
        response: answers({ 200: detail }),
      },
    },
    async ({ params: { id, subscriptionId } }) => {
      const { options } = found(await getIntegration(db, id), 'integration');
      const ends = found(await integrationEndpoints(db, id), 'integration');
      const source = found(await getConnection(db, ends.sourceId), 'connection');
      const distributorName =
        definitions.find(({ kind }) => kind === source.kind)?.distributorName ?? source.kind;
      const scope = { ...ends, distributorName, subscriptionId };
      const facts = found(await subscriptionFacts(db.sql, scope), 'subscription');
      const [theirs, there, acts] = await Promise.all([
        distributorVersions(db.sql, scope),
        facts.licenceId ? destinationVersions(db.sql, ends.destinationId, facts.licenceId) : [],
        subscriptionEvents(db.sql, scope, facts),
      ]);
      const seen = (kind: 'distributor' | 'destination', versions: Version[]) =>
        changesOf(versions).map((change) => ({ ...nothing, kind, ...change, at: change.at.toISOString() }));
      const history = [
        ...acts.map(({ at, ...act }) => ({ ...nothing, kind: 'act' as const, ...act, at: at.toISOString() })),
        ...seen('distributor', theirs),
        ...seen('destination', there),
      ].sort((a, b) => b.at.localeCompare(a.at));
      return {
        ...facts,
        writtenAt: facts.writtenAt?.toISOString() ?? null,
        fields: fieldsOf(facts, theirs, there, options.ownership ?? []),
        quantity: { distributor: quantities(theirs), destination: quantities(there) },
        history,
      };
    },
  );

  app.post(
    '/integrations/:id/subscriptions/:subscriptionId/release',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Give fields that a person kept back to the distributor',
        description: "The next import writes the distributor's value; from then on an edit is held again.",
        tags: ['subscriptions'],
        params: one,
        body: z
          .strictObject({ fields: z.array(z.enum(ownedFields)).min(1).optional() })
          .nullish()
          .describe('All that are kept, unless given.'),
        response: answers({ 200: z.object({ released: z.array(z.string()) }) }),
      },
    },
    async ({ params: { id, subscriptionId }, body, caller }) => {
      found(await integrationEndpoints(db, id), 'integration');
      const asked = { integrationId: id, subscriptionId, fields: body?.fields };
      const released = await releaseFields(db, asked, caller!.actor);
      if (released.length === 0)
        throw new Problem('not-applicable', 'No person kept such a field of this subscription.');
      return { released };
    },
  );
}

const nothing = { action: null, by: null, importId: null, itemId: null, rule: null, message: null };

function fieldsOf(
  facts: SubscriptionFacts,
  theirs: Version[],
  there: Version[],
  rules: OwnerRule[],
): SubscriptionDetail['fields'] {
  const { distributor, baseline, destination, decisions } = facts;
  const names = Object.keys({ ...distributor, ...destination }).filter((name) => name !== 'unreadable');
  return names.map((field) => {
    const sides = {
      field,
      distributor: distributor[field],
      baseline: baseline?.[field],
      destination: destination?.[field],
    };
    return {
      field,
      distributor: sides.distributor ?? null,
      ours: sides.baseline ?? null,
      destination: sides.destination ?? null,
      rule: ownershipOf(sides, ownerOf(field, distributor, rules), decisions),
      since: field in distributor ? (unchangedSince(field, theirs)?.toISOString() ?? null) : null,
      destinationSince: unchangedSince(field, there)?.toISOString() ?? null,
    };
  });
}

const quantities = (versions: Version[]) =>
  changesOf(versions)
    .filter(({ after }) => 'quantity' in after)
    .map(({ at, after }) => ({ at: at.toISOString(), value: (after.quantity as string | null) ?? null }))
    .reverse();
