import { z } from 'zod';
import { record } from '../../db/audit/audit.ts';
import { getConnection } from '../../db/connections/connections.ts';
import { callsOfLast } from '../../db/imports/outlook.ts';
import {
  changeSchedule,
  expectRunsFromNow,
  getIntegration,
  type IntegrationRow,
} from '../../db/integrations/integrations.ts';
import type { ScheduleSpec } from '../../db/schema.ts';
import { localTime, offsetOf } from '../../domain/local-time.ts';
import { within } from '../../temporal/client.ts';
import { comingRuns, fixedDuration, scheduleProblems, spareProblems } from '../../temporal/schedule-spec.ts';
import { intervalOffset } from '../../temporal/schedule-times.ts';
import {
  deleteSchedule,
  describeSchedule,
  pauseSchedule,
  putSchedule,
  resumeSchedule,
  triggerSchedule,
} from '../../temporal/schedules.ts';
import { type App, type Context, requireMatch, versionOf, withEtag } from '../context.ts';
import { found, invalid, notFound } from '../problem.ts';
import { answers, idParams, ifMatch, instant, noContent, precondition } from '../schemas.ts';
import { windowOf } from './connections/call-window.ts';

const spec = {
  customers: z.boolean(),
  subscriptions: z.boolean(),
  every: z.string().max(40).optional().describe('An ISO 8601 duration of days, hours and minutes: PT6H.'),
  cron: z.string().max(200).optional().describe('Five fields.'),
  timeZone: z.string().max(64).optional().describe("Of cron; the integration's unless given."),
  spread: z
    .string()
    .max(40)
    .optional()
    .describe(
      'The longest by which runs begin later, so that integrations of one time do not begin at once: PT10M. Each is put off by its own part, always the same. An interval is spread over a tenth of it unless given; cron is exact unless given.',
    ),
};

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:00');
const quiet = z
  .strictObject({
    from: clock,
    to: clock,
    timeZone: z.string().max(64).optional().describe("The schedule's, else the integration's, unless given."),
  })
  .describe('No scheduled run begins from `from` until before `to`; over midnight where `to` is earlier.');

const newSchedule = z
  .strictObject({
    ...spec,
    quiet: quiet.optional(),
    customers: z.boolean().default(true),
    subscriptions: z.boolean().default(true),
  })
  .superRefine((given, context) => {
    for (const { field, detail } of scheduleProblems({ ...given, quiet: undefined }))
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
    version: z.string().describe('For If-Match: another one once somebody has set another schedule.'),
    ...spec,
    quiet: quiet.optional(),
    paused: z.boolean(),
    nextRuns: z.array(instant).describe('Empty while paused.'),
    next: z
      .array(
        z.object({
          at: instant,
          local: z.string().describe('Local time of the zone, with its offset.'),
          clockChange: z.boolean().describe('The clocks changed between this run and the one before.'),
        }),
      )
      .describe('The next five, in the zone of `zone`.'),
    zone: z.string(),
    expectedCalls: z
      .object({
        customers: z.int().nullable(),
        subscriptions: z.int().nullable(),
        limit: z.int().nullable().describe("Of the destination's window."),
        seconds: z.int().nullable(),
      })
      .describe(
        'How many HTTP requests the last complete import of each kind made to the destination; null before the first.',
      ),
    lastRuns: z.array(z.object({ at: instant, workflowId: z.string() })).describe('Newest first.'),
    missed: z
      .object({
        at: instant,
        runs: z.int(),
        reason: z
          .enum(['away', 'overlap'])
          .describe('`away`: nothing ran then. `overlap`: the run before was still running.'),
      })
      .nullable()
      .describe('The last runs that did not begin, since the schedule was set or resumed.'),
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
    async ({ params: { id } }, reply) => {
      const row = await requireSchedule(id);
      return withEtag(reply, versionIn(row)!).send(await show(row));
    },
  );

  app.put(
    path,
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Set the schedule',
        description: 'Exactly one of `every` and `cron`. A paused schedule stays paused.',
        tags,
        params: idParams,
        headers: precondition,
        body: newSchedule,
        response: answers({ 200: schedule }),
      },
    },
    async ({ params: { id }, headers, body, caller }, reply) => {
      const row = found(await getIntegration(db, id), 'integration');
      const { quiet, ...times } = body;
      const zone = times.cron ? (times.timeZone ?? row.options.timeZone) : undefined;
      const given: ScheduleSpec = {
        ...times,
        ...(zone && { timeZone: zone }),
        ...(quiet && { quiet: { timeZone: zone ?? row.options.timeZone, ...quiet } }),
      };
      requireRuns(id, given);
      const apply = (now: IntegrationRow) => {
        requireMatch(headers, versionIn(now));
        return withDeadline(() => put(id, given));
      };
      const set = found(await changeSchedule(db, id, given, apply, caller!.actor), 'integration');
      return withEtag(reply, versionIn(set)!).send(await show(set));
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
        headers: ifMatch,
        response: answers({ 204: noContent }),
      },
    },
    async ({ params: { id }, headers, caller }, reply) => {
      await requireSchedule(id);
      const apply = (now: IntegrationRow) => {
        requireMatch(headers, versionIn(now));
        return withDeadline(() => deleteSchedule(temporal(), id));
      };
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
        if (act === 'resume') await expectRunsFromNow(db, id);
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

  /** Temporal has its own rules for cron; a refusal is reported as the caller's error. */
  async function put(id: string, given: ScheduleSpec): Promise<void> {
    await putSchedule(temporal(), id, given).catch((error) => {
      if ((error as { cause?: { code?: number } }).cause?.code !== 3 && error.code !== 3) throw error;
      const pointer = given.cron ? '/cron' : '/every';
      throw invalid([{ pointer, detail: 'is refused by the scheduler' }]);
    });
  }

  async function show(row: IntegrationRow): Promise<Schedule> {
    const { id, schedule: stored, scheduleSeen, options, destinationId } = row;
    const [described, calls, destination] = await Promise.all([
      withDeadline(() => describeSchedule(temporal(), id)),
      callsOfLast(db.sql, id),
      getConnection(db, destinationId),
    ]);
    const runs = described ?? { paused: false, nextRuns: [], lastRuns: [] };
    const zone = stored!.timeZone ?? options.timeZone;
    const window = destination && windowOf(destination);
    return {
      ...versionIn(row)!,
      ...stored!,
      paused: runs.paused,
      nextRuns: runs.nextRuns,
      lastRuns: runs.lastRuns,
      missed: scheduleSeen?.missed ?? null,
      next: inZone(runs.nextRuns.slice(0, 5), zone),
      zone,
      expectedCalls: {
        customers: stored!.customers ? calls.customers : null,
        subscriptions: stored!.subscriptions ? calls.subscriptions : null,
        limit: window?.calls ?? null,
        seconds: window?.seconds ?? null,
      },
    };
  }

  const withDeadline = <T>(use: () => Promise<T>) => within(temporal(), use);
}

/** Pausing changes no version: it is undone by itself. */
const versionIn = ({ schedule }: IntegrationRow) => schedule && { version: versionOf(schedule) };

/** Refuses a spread that cannot be read, and quiet hours that leave no run. */
function requireRuns(id: string, given: ScheduleSpec): void {
  const every = given.every === undefined ? 0 : fixedDuration(given.every)!;
  const offset = given.every === undefined ? 0 : intervalOffset(id, every, given.spread);
  const problems = spareProblems(given, comingRuns(given, offset));
  if (problems.length > 0)
    throw invalid(problems.map(({ field, detail }) => ({ pointer: `/${field}`, detail })));
}

/** Each compared with the one before it, the first with now. */
const inZone = (runs: string[], zone: string): Schedule['next'] =>
  runs.map((at, n) => {
    const local = localTime(new Date(at), zone);
    const before = localTime(n === 0 ? new Date() : new Date(runs[n - 1]!), zone);
    return { at, local, clockChange: offsetOf(local) !== offsetOf(before) };
  });
