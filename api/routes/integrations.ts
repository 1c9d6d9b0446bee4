import { z } from 'zod';
import type { ConnectionRow } from '../../db/connections/connections.ts';
import { getImport } from '../../db/imports/imports.ts';
import { wouldWrite } from '../../db/imports/would-write.ts';
import {
  addIntegration,
  changeIntegration,
  getIntegration,
  type IntegrationRow,
  listIntegrations,
  removeIntegration,
} from '../../db/integrations/integrations.ts';
import { noticeDays } from '../../db/renewals/renewals.ts';
import { defaultPolicy } from '../../domain/change-policy.ts';
import { integrationModes } from '../../domain/kinds.ts';
import { ownedFields, owners } from '../../domain/ownership.ts';
import { within } from '../../temporal/client.ts';
import { isTimeZone } from '../../temporal/schedule-spec.ts';
import { deleteSchedule } from '../../temporal/schedules.ts';
import { type App, type Context, requireMatch, withEtag } from '../context.ts';
import { mergePatch } from '../merge-patch.ts';
import { byId, listOf, listQuery, toPage } from '../pages.ts';
import { type FieldError, fieldErrors, found, invalid, Problem } from '../problem.ts';
import { answers, idParams, ifMatch, instant, noContent, outsideId, text } from '../schemas.ts';
import { importKind } from './imports/schemas.ts';
import { requireFresh } from './imports/start.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

const changePolicy = z
  .strictObject({
    autoSeats: z
      .int()
      .min(0)
      .default(defaultPolicy.autoSeats)
      .describe('With `auto`: how many seats one change may add or remove without approval.'),
    autoMoney: z
      .string()
      .regex(/^\d{1,12}(\.\d{1,6})?$/, 'must be a decimal such as 500.00')
      .nullable()
      .default(defaultPolicy.autoMoney)
      .describe(
        "With `auto`: what one change may cost without approval until the term ends, in the subscription's currency.",
      ),
    fourEyes: z.boolean().default(defaultPolicy.fourEyes).describe('The requester may not approve.'),
    approvalHours: z
      .int()
      .min(1)
      .max(2_160)
      .default(defaultPolicy.approvalHours)
      .describe('How long a request can be approved.'),
  })
  .describe('Limits of changes that are placed at the distributor.');

const options = z.strictObject({
  topLevelId: outsideId.nullable().default(null).describe('New clients are created under it.'),
  createClients: z.boolean().default(false).describe('Create a client for a customer without one.'),
  updateMainSiteAddress: z.boolean().default(false),
  shrinkLimitPercent: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('The largest share that one import may remove; more is held.'),
  currency: z
    .string()
    .refine((code) => currencies.has(code), 'must be an ISO 4217 code such as EUR')
    .nullable()
    .default(null)
    .describe("The destination's currency; prices in others are not written."),
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin').default('UTC'),
  marginFloorPercent: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .default(null)
    .describe('Reconciliation reports margins below this percentage of the sale price; null for none.'),
  renewalNoticeDays: z
    .int()
    .min(0)
    .max(365)
    .default(noticeDays)
    .describe('How many days before the end of a term (longer than a month) a finding opens.'),
  ownership: z
    .array(
      z.strictObject({
        field: z.enum(ownedFields),
        owner: z
          .enum(owners)
          .describe(
            '`ours`: an edit in the PSA is overwritten. `ask`: it is held for a person. `theirs`: written once, when the licence is made.',
          ),
        vendor: text(200).nullable().default(null).describe("The distributor's word; null: of all."),
        sku: text(200).nullable().default(null).describe("The distributor's or the vendor's; null: of all."),
      }),
    )
    .max(200)
    .default([])
    .describe(
      'Who owns which field of a licence; the first that fits decides. Name and price: `ask`, all others: `ours`.',
    ),
  mode: z
    .enum(integrationModes)
    .default('apply')
    .describe(
      '`observe`: everything is planned and reported, nothing is written. `paused`: only previews run.',
    ),
  changes: z
    .enum(['off', 'ask', 'auto'])
    .default('off')
    .describe(
      'Changes at the distributor: refused, each approved by a person, or placed without approval within the limits.',
    ),
  changePolicy: changePolicy.prefault({}),
});

const newIntegration = z.strictObject({
  name: text(200),
  sourceId: z.uuid(),
  destinationId: z.uuid(),
  options: options.prefault({}),
});

const integration = z
  .object({
    id: z.uuid(),
    name: z.string(),
    sourceId: z.uuid(),
    destinationId: z.uuid(),
    options: z.object(options.shape),
    scheduled: z.boolean(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Integration' });

const integrationDetail = integration
  .extend({
    wouldWrite: z
      .array(
        z.object({
          kind: importKind,
          importId: z.uuid(),
          mode: z.enum(['preview', 'observe']),
          finishedAt: instant,
          created: z.int(),
          updated: z.int(),
          deactivated: z.int(),
          held: z.int(),
        }),
      )
      .optional()
      .describe(
        'While it observes or is paused, and in the answer that switches it to `apply`: what the newest plan of each kind for all customers would write. Empty if there is none.',
      ),
  })
  .meta({ id: 'IntegrationDetail' });

export type Integration = z.output<typeof integrationDetail>;

export function integrationRoutes(app: App, { db, temporal }: Context): void {
  const tags = ['integrations'];

  app.post(
    '/integrations',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Add an integration',
        tags,
        body: newIntegration,
        response: answers({ 201: integration }),
      },
    },
    async ({ body, caller }, reply) => {
      const added = await addIntegration(db, body, requireEnds, caller!.actor);
      if ('pairTaken' in added)
        throw new Problem('conflict', 'An integration of these two connections exists already.');
      const { row } = added;
      return withEtag(reply, row).code(201).header('location', `/v1/integrations/${row.id}`).send(show(row));
    },
  );

  app.get(
    '/integrations',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Integrations',
        tags,
        querystring: listQuery(byId, { connectionId: z.uuid().optional() }),
        response: answers({ 200: listOf(integration) }),
      },
    },
    async ({ query: { limit, cursor = null, ...filter } }) =>
      toPage(await listIntegrations(db, filter, { limit, after: cursor }), limit, (row) => [row.id], show),
  );

  app.get(
    '/integrations/:id',
    {
      config: { access: 'read' },
      schema: {
        summary: 'An integration',
        tags,
        params: idParams,
        response: answers({ 200: integrationDetail }),
      },
    },
    async ({ params }, reply) => {
      const row = found(await getIntegration(db, params.id), 'integration');
      return withEtag(reply, row).send(await detailed(db, row, isWritten(row)));
    },
  );

  app.patch(
    '/integrations/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Change an integration',
        description:
          'A JSON merge patch (RFC 7396). Its two connections cannot be changed. A switch to `apply` answers what would be written; with a `previewId`, it is made only while that preview holds.',
        tags,
        params: idParams,
        headers: ifMatch,
        body: z.strictObject({
          name: text(200).optional(),
          options: z.record(z.string(), z.unknown()).optional(),
          previewId: z
            .uuid()
            .optional()
            .describe(
              'With a switch to `apply`: the preview, or the import that observed, that was looked at.',
            ),
        }),
        response: answers({ 200: integrationDetail }),
      },
    },
    async ({ params, headers, body, caller }, reply) => {
      const { previewId } = body;
      if (previewId !== undefined && body.options?.mode !== 'apply')
        throw invalid([{ pointer: '/previewId', detail: 'goes with a switch of the mode to apply' }]);
      if (previewId !== undefined) await requireLookedAt(db, params.id, previewId);
      let written = true;
      const change = (row: IntegrationRow) => {
        requireMatch(headers, row);
        written = isWritten(row);
        return {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.options === undefined ? {} : { options: merged(row, body.options) }),
        };
      };
      const row = found(await changeIntegration(db, params.id, change, caller!.actor), 'integration');
      return withEtag(reply, row).send(await detailed(db, row, written));
    },
  );

  app.delete(
    '/integrations/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Delete an integration',
        description: 'Deletes its schedule, keeps its history, and does not touch the destination.',
        tags,
        params: idParams,
        headers: ifMatch,
        response: answers({ 204: noContent }),
      },
    },
    async ({ params, headers, caller }, reply) => {
      const last = async (row: IntegrationRow) => {
        requireMatch(headers, row);
        await within(temporal(), () => deleteSchedule(temporal(), row.id));
      };
      const outcome = await removeIntegration(db, params.id, last, caller!.actor);
      if (outcome && 'running' in outcome)
        throw new Problem('import-running', 'An import of this integration runs.', {
          importId: outcome.running,
        });
      found(outcome, 'integration');
      return reply.code(204).send();
    },
  );
}

const isWritten = ({ options }: IntegrationRow) => (options.mode ?? 'apply') === 'apply';

const detailed = async (db: Context['db'], row: IntegrationRow, written: boolean): Promise<Integration> => ({
  ...show(row),
  ...(!written && {
    wouldWrite: (await wouldWrite(db, row.id)).map(({ finishedAt, ...plan }) => ({
      ...plan,
      finishedAt: finishedAt.toISOString(),
    })),
  }),
});

/** The preview on which a switch to `apply` relies: of this integration, of the last 24 hours, and overtaken by no write. */
async function requireLookedAt(db: Context['db'], integrationId: string, previewId: string): Promise<void> {
  const preview = await getImport(db, previewId);
  if (!preview || preview.integrationId !== integrationId || preview.mode === 'apply')
    throw invalid([{ pointer: '/previewId', detail: 'names no preview of this integration' }]);
  if (preview.finishedAt === null || ['failed', 'cancelled'].includes(preview.state))
    throw new Problem('not-applicable', 'This preview did not finish. Make another, then switch.');
  await requireFresh(db, preview, 'preview');
}

function requireEnds(source: ConnectionRow | null, destination: ConnectionRow | null): void {
  const wrong = (pointer: string, row: ConnectionRow | null, role: string): FieldError[] => {
    if (!row) return [{ pointer, detail: 'names no connection' }];
    return row.role === role ? [] : [{ pointer, detail: `must be a ${role}; ${row.kind} is a ${row.role}` }];
  };
  const errors = [
    ...wrong('/sourceId', source, 'distributor'),
    ...wrong('/destinationId', destination, 'destination'),
  ];
  if (errors.length > 0) throw invalid(errors);
}

function merged(row: IntegrationRow, patch: Record<string, unknown>): z.output<typeof options> {
  const read = options.safeParse(mergePatch(row.options, patch));
  if (read.error) throw invalid(fieldErrors(read.error.issues, '/options'));
  return read.data;
}

const show = ({ schedule, createdAt, updatedAt, ...row }: IntegrationRow): z.output<typeof integration> => ({
  ...row,
  options: options.parse(row.options),
  scheduled: schedule !== null,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
