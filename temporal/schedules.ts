import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { ScheduleSpec } from '../db/schema.ts';
import { scheduleId, syncWorkflowId, taskQueue } from './ids.ts';
import { fixedDuration, intervalOf } from './schedule-spec.ts';
import { intervalOffset, quietCalendars, spreadCron } from './schedule-times.ts';
import { integrationKey } from './search-attributes.ts';

/** The row holds the spec; Temporal holds the schedule, whether it is paused, and its runs. */
export interface ScheduleRuns {
  paused: boolean;
  nextRuns: string[];
  lastRuns: { at: string; workflowId: string }[];
  /** The `spec` that Temporal has. */
  fingerprint: string | null;
  /** Runs that Temporal skipped since it has had the schedule. */
  missedCatchup: number;
  skippedOverlap: number;
}

/** Creates the schedule or updates it to this spec; a paused one stays paused. */
export async function putSchedule(client: Client, integrationId: string, spec: ScheduleSpec): Promise<void> {
  const id = scheduleId(integrationId);
  const wanted = optionsOf(integrationId, spec);
  try {
    await client.schedule.create({ scheduleId: id, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(id).update(({ state }) => ({ ...wanted, state }));
  }
}

/** A text of all that Temporal is to do, which changes whenever that changes. */
export function fingerprintOf(integrationId: string, spec: ScheduleSpec): string {
  const { spec: times, policies } = timesOf(integrationId, spec);
  return createHash('sha256')
    .update(JSON.stringify([times, policies]))
    .digest('base64url')
    .slice(0, 16);
}

function optionsOf(integrationId: string, spec: ScheduleSpec) {
  return {
    ...timesOf(integrationId, spec),
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'syncIntegration',
      workflowId: syncWorkflowId(integrationId),
      taskQueue,
      args: [{ integrationId }],
      memo: { schedule: fingerprintOf(integrationId, spec) },
      typedSearchAttributes: [{ key: integrationKey, value: integrationId }],
    },
  };
}

function timesOf(integrationId: string, { cron, every, timeZone, spread, quiet }: ScheduleSpec) {
  const interval = every === undefined ? 0 : fixedDuration(every)!;
  const spec = { every, cron, timeZone };
  return {
    spec: {
      ...(cron
        ? { cronExpressions: [spreadCron(integrationId, cron, spread)] }
        : { intervals: [{ every: interval, offset: intervalOffset(integrationId, interval, spread) }] }),
      ...(quiet && { skip: quietCalendars(quiet) }),
      // Of a cron expression, which has its own, and of quiet hours, which are then meant in it.
      timezone: (cron ? timeZone : quiet?.timeZone) ?? 'UTC',
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      // Only the last run missed while Temporal was away is caught up: earlier ones would find nothing new.
      catchupWindow: Math.max(60_000, intervalOf(spec)),
    },
  };
}

/** Removes the schedule; a running sync continues. */
export async function deleteSchedule(client: Client, integrationId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId(integrationId)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Null if Temporal has no such schedule, as after a restore until a worker has reconciled it. */
export async function describeSchedule(client: Client, integrationId: string): Promise<ScheduleRuns | null> {
  try {
    return runsOf(await client.schedule.getHandle(scheduleId(integrationId)).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

const runsOf = ({ state, info, action }: ScheduleDescription): ScheduleRuns => ({
  fingerprint: (action.memo?.schedule as string | undefined) ?? null,
  missedCatchup: info.numActionsMissedCatchupWindow,
  skippedOverlap: info.numActionsSkippedOverlap,
  paused: state.paused,
  nextRuns: state.paused ? [] : info.nextActionTimes.map((at) => at.toISOString()),
  lastRuns: info.recentActions
    .map(({ takenAt, action }) => ({ at: takenAt.toISOString(), workflowId: action.workflow.workflowId }))
    .reverse(),
});

export async function pauseSchedule(client: Client, integrationId: string): Promise<void> {
  await client.schedule.getHandle(scheduleId(integrationId)).pause('paused by a person');
}

export async function resumeSchedule(client: Client, integrationId: string): Promise<void> {
  await client.schedule.getHandle(scheduleId(integrationId)).unpause('resumed by a person');
}

/** Runs a sync now, unless one is running already. */
export async function triggerSchedule(client: Client, integrationId: string): Promise<void> {
  await client.schedule.getHandle(scheduleId(integrationId)).trigger(ScheduleOverlapPolicy.SKIP);
}

/** The integrations that have a schedule in Temporal. */
export async function scheduledInTemporal(client: Client): Promise<string[]> {
  const prefix = scheduleId('');
  const ids: string[] = [];
  for await (const { scheduleId: id } of client.schedule.list())
    if (id.startsWith(prefix)) ids.push(id.slice(prefix.length));
  return ids;
}

/** Makes Temporal match the rows at a worker's start: after a restore, or with a new Temporal server. */
export async function reconcileSchedules(
  client: Client,
  wanted: { id: string; schedule: ScheduleSpec }[],
): Promise<{ put: number; removed: number }> {
  for (const { id, schedule } of wanted) await putSchedule(client, id, schedule);
  const ids = new Set(wanted.map(({ id }) => scheduleId(id)));
  let removed = 0;
  for await (const { scheduleId: id } of client.schedule.list()) {
    if (!id.startsWith(scheduleId('')) || ids.has(id)) continue;
    await client.schedule.getHandle(id).delete();
    removed++;
  }
  return { put: wanted.length, removed };
}
