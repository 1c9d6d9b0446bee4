import { z } from 'zod';
import { record } from '../../db/audit/audit.ts';
import { changeSchedule, getIntegration, type IntegrationRow } from '../../db/integrations/integrations.ts';
import type { ScheduleSpec } from '../../db/schema.ts';
import { within } from '../../temporal/client.ts';
import { scheduleProblems } from '../../temporal/schedule-spec.ts';
import {
  deleteSchedule,
  describeSchedule,
  pauseSchedule,
  putSchedule,
  resumeSchedule,
  triggerSchedule,
} from '../../temporal/schedules.ts';
import type { App, Context } from '../context.ts';
import { found, invalid, notFound } from '../problem.ts';
import { answers, idParams, instant, noContent } from '../schemas.ts';

const spec = {
  customers: z.boolean(),
  subscriptions: z.boolean(),
  every: z.string().max(40).optional().describe('An ISO 8601 duration of days, hours and minutes: PT6H.'),
  cron: z.string().max(200).optional().describe('Five fields.'),
  timeZone: z.string().max(64).optional().describe("Of cron; the integration's unless given."),
};

const newSchedule = z
  .strictObject({ ...spec, customers: z.boolean().default(true), subscriptions: z.boolean().default(true) })
  .superRefine((given, context) => {
    for (const { field, detail } of scheduleProblems(given))
      context.addIssue({ code: 'custom', path: [field], message: detail });
    if (!given.customers && !given.subscriptions)
      context.addIssue({
        code: 'custom',
        path: ['subscriptions'],
        message: 'give customers, subscriptions or both',
      });
  })
  .meta({ oneOf: [{ required: ['every'] }, { required: ['cron'] }] });

const schedule = z
  .object({
    ...spec,
    paused: z.boolean(),
    nextRuns: z.array(instant).describe('Empty while paused.'),
    lastRuns: z.array(z.object({ at: instant, workflowId: z.string() })).describe('Newest first.'),
  })
  .meta({ id: 'Schedule' });

export type Schedule = z.output<typeof schedule>;

export function scheduleRoutes(app: App, { db, temporal }: Context): void {
  const tags = ['schedules'];
  const path = '/integrations/:id/schedule';

  app.get(
    path,
    {
      config: { access: 'read' },
      schema: { summary: 'The schedule', tags, params: idParams, response: answers({ 200: schedule }) },
    },
    async ({ params: { id } }) => await show(await requireSchedule(id)),
  );

  app.put(
    path,
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Set the schedule',
        description: 'Exactly one of `every` and `cron`. A pause stays.',
        tags,
        params: idParams,
        body: newSchedule,
        response: answers({ 200: schedule }),
      },
    },
    async ({ params: { id }, body, caller }) => {
      const row = found(await getIntegration(db, id), 'integration');
      const given: ScheduleSpec = body.cron ? { timeZone: row.options.timeZone, ...body } : body;
      const apply = () => withDeadline(() => put(id, given));
      return await show(found(await changeSchedule(db, id, given, apply, caller!.actor), 'integration'));
    },
  );

  app.delete(
    path,
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Remove the schedule',
        tags,
        params: idParams,
        response: answers({ 204: noContent }),
      },
    },
    async ({ params: { id }, caller }, reply) => {
      await requireSchedule(id);
      const apply = () => withDeadline(() => deleteSchedule(temporal(), id));
      await changeSchedule(db, id, null, apply, caller!.actor);
      return reply.code(204).send();
    },
  );

  const acts = {
    trigger: ['Run it now', 202, triggerSchedule],
    pause: ['Pause it', 200, pauseSchedule],
    resume: ['Resume it', 200, resumeSchedule],
  } as const;
  for (const [act, [summary, status, run]] of Object.entries(acts))
    app.post(
      `${path}/${act}`,
      {
        config: { access: 'operate' },
        schema: { summary, tags, params: idParams, response: answers({ [status]: schedule }) },
      },
      async ({ params: { id }, caller }, reply) => {
        const row = await requireSchedule(id);
        await withDeadline(() => run(temporal(), id));
        const target = ['integration', id] as const;
        await record(db.sql, caller!.actor, { action: `schedule.${act}`, target, integrationId: id });
        return reply.code(status).send((await show(row)) as never);
      },
    );

  async function requireSchedule(id: string): Promise<IntegrationRow> {
    const row = found(await getIntegration(db, id), 'integration');
    if (!row.schedule) throw notFound('schedule');
    return row;
  }

  /** Temporal reads cron with rules of its own; what it refuses is the caller's to correct. */
  async function put(id: string, given: ScheduleSpec): Promise<void> {
    await putSchedule(temporal(), id, given).catch((error) => {
      if ((error as { cause?: { code?: number } }).cause?.code !== 3 && error.code !== 3) throw error;
      const pointer = given.cron ? '/cron' : '/every';
      throw invalid([{ pointer, detail: 'is refused by the scheduler' }]);
    });
  }

  async function show({ id, schedule: stored }: IntegrationRow): Promise<z.output<typeof schedule>> {
    const runs = await withDeadline(() => describeSchedule(temporal(), id));
    return { ...stored!, ...(runs ?? { paused: false, nextRuns: [], lastRuns: [] }) };
  }

  const withDeadline = <T>(use: () => Promise<T>) => within(temporal(), use);
}
