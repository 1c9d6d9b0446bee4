import { z } from 'zod';
import {
  alikeFindings,
  type FindingRow,
  findingFacets,
  getFinding,
  listFindings,
  muteFinding,
  type NotUndone,
  resolveFinding,
  undoFinding,
} from '../../db/findings/findings.ts';
import { integrationEndpoints } from '../../db/integrations/integrations.ts';
import { clientExists } from '../../db/integrations/mappings.ts';
import { severities } from '../../domain/findings/definition.ts';
import { findingActions, findingStates } from '../../domain/kinds.ts';
import type { App, Context } from '../context.ts';
import { facets, listQuery, toPage, withFacets } from '../pages.ts';
import { found, invalid, Problem } from '../problem.ts';
import { answers, givenInstant, idParams, instant, outsideId, text } from '../schemas.ts';

const state = z.enum(findingStates);

const finding = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    key: z.string(),
    cause: z.string().describe('Groups findings that have the same reason.'),
    severity: z.enum(severities),
    integrationId: z.uuid().nullable(),
    connectionId: z.uuid().nullable(),
    importId: z.uuid().nullable(),
    subject: z.record(z.string(), z.unknown()).describe('Its subject: ids and names.'),
    message: z.string(),
    state,
    actions: z.array(z.string()).describe('The possible answers.'),
    openedAt: instant,
    mutedUntil: instant.nullable(),
    resolvedAt: instant.nullable(),
    resolution: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Finding' });

export type Finding = z.output<typeof finding>;

const resolution = z.strictObject({
  action: z.enum(findingActions),
  clientId: outsideId.optional().describe('Of `map`.'),
  fields: z
    .array(text(60))
    .min(1)
    .max(100)
    .optional()
    .describe('For `takeOurs` and `keepTheirs`; all by default.'),
  reason: text(1_000).optional(),
});

/** Decided by one request. */
const most = 1_000;

export function findingRoutes(app: App, { db }: Context): void {
  const tags = ['findings'];

  app.get(
    '/findings',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What needs a person, newest first',
        tags,
        querystring: listQuery(z.tuple([givenInstant, z.uuid()]), {
          state: state.optional(),
          kind: z.string().max(60).optional(),
          integrationId: z.uuid().optional(),
          connectionId: z.uuid().optional(),
          importId: z.uuid().optional(),
          externalId: outsideId.optional().describe("The distributor's id of the subscription it is about."),
          facets,
        }),
        response: answers({ 200: withFacets(finding, 'state', 'kind', 'integrationId') }),
      },
    },
    async ({ query: { limit, cursor = null, facets, ...filter } }) => {
      const rows = await listFindings(db, filter, { limit, after: cursor });
      const counted = facets ? await findingFacets(db, filter) : undefined;
      return { ...toPage(rows, limit, (row) => [row.openedAt.toISOString(), row.id], show), facets: counted };
    },
  );

  app.get(
    '/findings/:id',
    {
      config: { access: 'read' },
      schema: { summary: 'A finding', tags, params: idParams, response: answers({ 200: finding }) },
    },
    async ({ params: { id } }) => show(found(await getFinding(db, id), 'finding')),
  );

  app.post(
    '/findings/:id/resolve',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Decide',
        description: 'Carried out by the next import; a mapping takes effect at once.',
        tags,
        params: idParams,
        body: resolution,
        response: answers({ 200: finding }),
      },
    },
    async ({ params: { id }, body, caller }) => {
      const row = found(await getFinding(db, id), 'finding');
      if (body.action === 'map' && row.actions.includes('map')) await requireClient(row, body.clientId);
      const outcome = found(await resolveFinding(db, id, body, caller!.actor), 'finding');
      if ('taken' in outcome) throw clientTaken(outcome.taken);
      if ('notApplicable' in outcome)
        throw new Problem('not-applicable', reasons[outcome.notApplicable](outcome.row));
      return show(outcome.row);
    },
  );

  app.post(
    '/findings/resolve',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Decide alike about all that match',
        description:
          'Open findings of one kind and integration, up to 1,000 at once; each is decided, audited and undone as if it were alone. `left` says how many are still open: ask again.',
        tags,
        body: z.strictObject({
          action: z.enum(['takeOurs', 'keepTheirs', 'approve', 'reject', 'dismiss']),
          kind: text(60),
          integrationId: z.uuid(),
          cause: text(400).optional(),
          customerId: outsideId.optional(),
          field: text(60).optional().describe('Of `edited`: only where this field was, and about it alone.'),
          reason: text(1_000).optional(),
        }),
        response: answers({ 200: z.object({ resolved: z.int(), left: z.int() }) }),
      },
    },
    async ({ body: { action, reason, ...match }, caller }) => {
      const ids = await alikeFindings(db.sql, match, most + 1);
      const answer = { action, reason, fields: match.field === undefined ? undefined : [match.field] };
      let resolved = 0;
      for (const id of ids.slice(0, most)) {
        const outcome = await resolveFinding(db, id, answer, caller!.actor);
        if (outcome && 'row' in outcome && !('notApplicable' in outcome)) resolved++;
      }
      return { resolved, left: (await alikeFindings(db.sql, match, most + 1)).length };
    },
  );

  app.post(
    '/findings/:id/mute',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Set aside for a while',
        tags,
        params: idParams,
        body: z.strictObject({ until: givenInstant, reason: text(1_000) }),
        response: answers({ 200: finding }),
      },
    },
    async ({ params: { id }, body: { until, reason }, caller }) => {
      const end = new Date(until);
      if (end.getTime() <= Date.now())
        throw invalid([{ pointer: '/until', detail: 'must be in the future' }]);
      const row = found(await getFinding(db, id), 'finding');
      const muted = await muteFinding(db, id, { until: end, reason }, caller!.actor);
      if (!muted) throw new Problem('not-applicable', reasons.resolved(row));
      return show(muted);
    },
  );

  app.post(
    '/findings/:id/undo',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Take an answer or a mute back',
        description:
          'Reopens the finding and restores what the answer changed. Refused once an import may have acted on the answer, or after a newer decision.',
        tags,
        params: idParams,
        response: answers({ 200: finding }),
      },
    },
    async ({ params: { id }, caller }) => {
      const outcome = found(await undoFinding(db, id, caller!.actor), 'finding');
      if ('taken' in outcome) throw clientTaken(outcome.taken);
      if ('notUndone' in outcome) throw new Problem('not-applicable', notUndone[outcome.notUndone]);
      return show(outcome.row);
    },
  );

  async function requireClient({ integrationId }: FindingRow, clientId: string | undefined): Promise<void> {
    if (clientId === undefined) throw invalid([{ pointer: '/clientId', detail: 'is needed to map' }]);
    const ends = integrationId ? await integrationEndpoints(db, integrationId) : null;
    if (!ends) throw new Problem('not-applicable', 'The integration of this finding is deleted.');
    if (!(await clientExists(db, ends.destinationId, clientId)))
      throw invalid([{ pointer: '/clientId', detail: 'names no client as last read' }]);
  }
}

const clientTaken = (customerId: string) =>
  new Problem('client-taken', `The client is mapped to customer ${customerId}.`, { customerId });

const notUndone: Record<NotUndone, string> = {
  open: 'This finding is open: there is no answer to take back.',
  'by-itself': 'This finding closed by itself: there is no answer to take back.',
  used: 'An import has run since this answer and may have acted on it. Change the result in the PSA, or answer again.',
  changed: 'There is a newer decision. Look at that one first.',
};

const reasons = {
  resolved: (_: FindingRow) => 'This finding is resolved already.',
  action: ({ actions }: FindingRow) =>
    actions.length > 0
      ? `This finding accepts only these answers: ${actions.join(', ')}.`
      : 'No action is needed: this finding closes by itself.',
  subject: (_: FindingRow) => 'This answer does not apply to the subject of this finding.',
};

const show = ({ openedAt, mutedUntil, resolvedAt, ...row }: FindingRow): z.output<typeof finding> => ({
  ...row,
  openedAt: openedAt.toISOString(),
  mutedUntil: row.state === 'muted' ? (mutedUntil?.toISOString() ?? null) : null,
  resolvedAt: resolvedAt?.toISOString() ?? null,
});
