import { z } from 'zod';
import {
  findingStates,
  importKinds,
  importModes,
  importStates,
  importTriggers,
  itemActions,
  itemOutcomes,
  requestedModes,
} from '../../../domain/kinds.ts';
import { actor, instant } from '../../schemas.ts';

/** An import and its items, as the contract shows them. */
const count = z.int();
export const importKind = z.enum(importKinds);
export const requestedMode = z.enum(requestedModes);
export const importMode = z
  .enum(importModes)
  .describe('`observe`: an import of an integration that observes.');

export const importSchema = z
  .object({
    id: z.uuid(),
    integrationId: z.uuid(),
    collectionId: z.uuid().nullable(),
    previewId: z.uuid().nullable(),
    kind: importKind,
    mode: importMode,
    trigger: z.enum(importTriggers),
    startedBy: actor.nullable(),
    state: z.enum(importStates),
    startedAt: instant,
    finishedAt: instant.nullable(),
    progress: z.object({
      received: count,
      total: count.nullable(),
      planned: count,
      applied: count,
      calls: count.describe('HTTP requests made to the destination.'),
      waitingFor: z
        .object({
          reason: z
            .enum(['read-back', 'rate-limit', 'call-budget', 'token', 'outage'])
            .describe(
              '`read-back`: an answer was lost, so what was written is looked for. `rate-limit`: the destination asked us to wait. `call-budget`: its window is used up. `token`: a person must enter a new one. `outage`: an outside system fails; `problem` says how, and it is tried again until it works or a quarter of an hour has passed.',
            ),
          until: instant.nullable(),
        })
        .nullable(),
      expectedAt: instant.nullable().describe('Estimated end.'),
    }),
    counts: z
      .object({
        created: count,
        updated: count,
        unchanged: count,
        deactivated: count,
        held: count,
        failed: count,
        skipped: count,
        quarantined: count,
      })
      .describe('In a preview, what would happen.'),
    completeness: z
      .object({
        declared: count.nullable(),
        received: count,
        distinct: count,
        duplicates: count,
        unreadable: count,
        complete: z.boolean(),
      })
      .describe('Its collection says why it is incomplete.')
      .nullable(),
    problem: z.object({ type: z.string(), title: z.string(), detail: z.string() }).nullable(),
    temporal: z.object({
      workflowId: z.string(),
      runId: z.string().nullable().describe('null until its workflow has been started.'),
      url: z.string().nullable(),
    }),
  })
  .meta({ id: 'Import' });

export type Import = z.output<typeof importSchema>;

const values = z.record(z.string(), z.unknown()).nullable();

export const itemSchema = z
  .object({
    id: z.uuid(),
    seq: count,
    action: z.enum(itemActions),
    externalId: z.string(),
    customerId: z.string().nullable(),
    customerName: z.string().nullable(),
    name: z.string().nullable(),
    recordId: z.string().nullable(),
    clientId: z.string().nullable(),
    rule: z.string().describe('Why.'),
    before: values,
    after: values,
    held: values.describe('Fields held: the destination keeps its values.'),
    outcome: z.enum(itemOutcomes),
    message: z.string().nullable(),
  })
  .meta({ id: 'Item' });

export type Item = z.output<typeof itemSchema>;

const event = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({ id: count, event: z.literal(type), data });

/** An event from its lines `id`, `event` and `data`, the data parsed as JSON. */
export const importEvent = z
  .discriminatedUnion('event', [
    event('progress', importSchema.shape.progress),
    event(
      'item',
      itemSchema.pick({
        id: true, action: true, externalId: true, name: true, recordId: true, rule: true, outcome: true, message: true,
      }),
    ),
    event(
      'finding',
      z.object({ id: z.uuid(), kind: z.string(), message: z.string(), state: z.enum(findingStates) }),
    ),
    event('state', importSchema.pick({ state: true, counts: true, problem: true })),
  ])
  .meta({ id: 'ImportEvent' }); // biome-ignore format: a row
