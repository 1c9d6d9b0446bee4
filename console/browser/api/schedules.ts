import { queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, isOvertaken, Problem, post, put } from './client.ts';
import { queries } from './queries.ts';
import type { Schedule } from './types.ts';

/** null if the integration has none. */
export const schedule = (integrationId: string) =>
  queryOptions({
    queryKey: ['schedules', integrationId],
    queryFn: async ({ signal }): Promise<Schedule | null> => {
      try {
        return await get<Schedule>('/v1/integrations/{id}/schedule', { path: { id: integrationId }, signal });
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
    refetchInterval: 30_000,
  });

export type ScheduleInput = Pick<
  Schedule,
  'customers' | 'subscriptions' | 'every' | 'cron' | 'timeZone' | 'spread' | 'quiet'
>;

const keep = (integrationId: string) => (now: Schedule | null) => {
  queries.setQueryData(schedule(integrationId).queryKey, now);
  return queries.invalidateQueries({ queryKey: ['integrations'] });
};

/** What somebody else has set is shown. */
const readAnew = (integrationId: string) => (error: Error) =>
  isOvertaken(error) ? queries.invalidateQueries(schedule(integrationId)) : undefined;

/** Replaces the schedule the reader has seen; null for none. */
export const useSetSchedule = (integrationId: string, seen: Schedule | null) =>
  useMutation({
    mutationFn: (body: ScheduleInput) =>
      put<Schedule>('/v1/integrations/{id}/schedule', {
        path: { id: integrationId },
        ifMatch: seen?.version ?? null,
        body,
      }),
    onSuccess: keep(integrationId),
    onError: readAnew(integrationId),
  });

export const useRemoveSchedule = (integrationId: string, seen: Schedule) =>
  useMutation({
    mutationFn: () =>
      del('/v1/integrations/{id}/schedule', { path: { id: integrationId }, ifMatch: seen.version }),
    onSuccess: () => keep(integrationId)(null),
    onError: readAnew(integrationId),
  });

const acts = {
  trigger: (id: string) => post<Schedule>('/v1/integrations/{id}/schedule/trigger', { path: { id } }),
  pause: (id: string) => post<Schedule>('/v1/integrations/{id}/schedule/pause', { path: { id } }),
  resume: (id: string) => post<Schedule>('/v1/integrations/{id}/schedule/resume', { path: { id } }),
};
export type ScheduleAct = keyof typeof acts;

export const useActOnSchedule = (integrationId: string) =>
  useMutation({
    mutationFn: (act: ScheduleAct) => acts[act](integrationId),
    onSuccess: keep(integrationId),
  });
