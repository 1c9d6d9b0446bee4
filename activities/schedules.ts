import { resolveKeys } from '../db/findings/ledger-age.ts';
import { report } from '../db/findings/lifecycle.ts';
import {
  rememberSchedule,
  type WatchedSchedule,
  watchedSchedules,
  withWantedSchedule,
} from '../db/integrations/integrations.ts';
import type { ScheduleSeen } from '../db/schema.ts';
import { finding, findingKey } from '../domain/findings/finding.ts';
import {
  deleteSchedule,
  describeSchedule,
  fingerprintOf,
  putSchedule,
  type ScheduleRuns,
  scheduledInTemporal,
} from '../temporal/schedules.ts';
import type { Deps } from './deps.ts';

/** A run may start this late before it counts as missed. */
const graceMs = 120_000;

export function scheduleActivities({ db, temporal, log }: Deps) {
  return {
    /**
     * Makes Temporal's schedules match the rows after a crash, and reports runs that did not start.
     */
    async watchSchedules(): Promise<{ mended: number; missed: number }> {
      const counts = { mended: 0, missed: 0 };
      const wanted = await watchedSchedules(db);
      for (const row of wanted) {
        try {
          await watch(row, counts);
        } catch (error) {
          // One failure must not keep the others waiting.
          log.warn({ integrationId: row.id, error: (error as Error).name }, 'could not look at a schedule');
        }
      }
      const ids = new Set(wanted.map(({ id }) => id));
      for (const id of await scheduledInTemporal(temporal))
        if (!ids.has(id))
          await withWantedSchedule(db, id, async (schedule) => {
            if (schedule) return;
            await deleteSchedule(temporal, id);
            counts.mended++;
          });
      return counts;
    },
  };

  async function watch(row: WatchedSchedule, counts: { mended: number; missed: number }): Promise<void> {
    const found = await describeSchedule(temporal, row.id);
    const missed = missedRuns(row.seen, found, new Date());
    if (missed) {
      counts.missed++;
      await report(db.sql, [
        finding('sync-missed', { integrationId: row.id, integration: row.name, ...missed }),
      ]);
    } else if (row.seen?.missed && ranSince(found, row.seen.missed.at)) {
      await resolveKeys(db.sql, [findingKey('sync-missed', row.id)]);
    }
    if (found?.fingerprint !== fingerprintOf(row.id, row.schedule)) {
      // Under the row's lock, because somebody may be changing it.
      await withWantedSchedule(db, row.id, async (schedule) => {
        if (schedule) await putSchedule(temporal, row.id, schedule);
        else await deleteSchedule(temporal, row.id);
      });
      counts.mended++;
    }
    const now = found ?? (await describeSchedule(temporal, row.id));
    if (now)
      await rememberSchedule(db, row.id, {
        paused: now.paused,
        nextRun: now.nextRuns[0] ?? null,
        missedCatchup: now.missedCatchup,
        skippedOverlap: now.skippedOverlap,
        missed: missed ?? row.seen?.missed ?? null,
      });
  }
}

/** The run that was due according to the last observation and did not start. */
export function missedRuns(
  seen: ScheduleSeen | null,
  found: ScheduleRuns | null,
  now: Date,
): ScheduleSeen['missed'] {
  if (!seen?.nextRun || seen.paused || found?.paused) return null;
  const due = new Date(seen.nextRun).getTime();
  if (now.getTime() < due + graceMs || ranSince(found, seen.nextRun)) return null;
  // Temporal has not processed it yet and may still catch up.
  if (found && new Date(found.nextRuns[0] ?? now).getTime() <= now.getTime()) return null;
  const overlapped = found ? Math.max(0, found.skippedOverlap - seen.skippedOverlap) : 0;
  const away = found ? Math.max(0, found.missedCatchup - seen.missedCatchup) : 0;
  return {
    at: seen.nextRun,
    runs: Math.max(1, overlapped + away),
    reason: overlapped > away ? 'overlap' : 'away',
  };
}

const ranSince = (found: ScheduleRuns | null, at: string): boolean =>
  (found?.lastRuns ?? []).some((run) => new Date(run.at).getTime() >= new Date(at).getTime());
