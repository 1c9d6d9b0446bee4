import { describe, expect, test } from 'vitest';
import { missedRuns, scheduleActivities } from '../../activities/schedules.ts';
import { changeSchedule } from '../../db/integrations/integrations.ts';
import { bySystem } from '../../domain/actor.ts';
import { localTime } from '../../domain/local-time.ts';
import { scheduleId } from '../../temporal/ids.ts';
import { isQuiet } from '../../temporal/schedule-spec.ts';
import { delayOf, quietCalendars, spreadCron } from '../../temporal/schedule-times.ts';
import { describeSchedule, putSchedule } from '../../temporal/schedules.ts';
import { installation, pair } from './installation.ts';

const it = installation();
const hour = 3_600_000;
const watching = () =>
  scheduleActivities({
    db: it.db,
    temporal: it.temporal,
    log: { info() {}, warn() {} },
  } as never).watchSchedules();

describe('runs over the days', () => {
  test('integrations of one interval begin at different times, each always at the same', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    const runs = async (body: object) => (await it.call('PUT', path, body)).body.nextRuns as string[];
    const first = await runs({ every: 'PT6H' });
    expect(new Date(first[1]!).getTime() - new Date(first[0]!).getTime()).toBe(6 * hour);
    const late = new Date(first[0]!).getTime() % (6 * hour);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(600_000);
    expect(await runs({ every: 'PT6H' })).toEqual(first);
    expect(new Date((await runs({ every: 'PT6H', spread: 'PT0S' }))[0]!).getTime() % (6 * hour)).toBe(0);
    // Many of them cover the spread.
    const delays = Array.from({ length: 200 }, (_, n) => delayOf(`integration ${n}`, 600_000));
    expect(new Set(delays).size).toBeGreaterThan(150);
    expect(Math.max(...delays)).toBeGreaterThan(540_000);
    expect(Math.min(...delays)).toBeLessThan(60_000);
  });

  test('a cron expression is exact; with a spread its minutes move on inside their hour', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    const put = async (body: object) => (await it.call('PUT', path, body)).body;
    const exact = await put({ cron: '30 6 * * *', timeZone: 'Europe/Berlin' });
    expect(localTime(new Date(exact.nextRuns[0]), 'Europe/Berlin')).toContain('T06:30:00');
    const moved = await put({ cron: '30 6 * * *', timeZone: 'Europe/Berlin', spread: 'PT20M' });
    const minute = Number(localTime(new Date(moved.nextRuns[0]), 'Europe/Berlin').slice(14, 16));
    expect(minute).toBeGreaterThanOrEqual(30);
    expect(minute).toBeLessThanOrEqual(50);
    for (let n = 0; n < 50; n++) {
      expect(spreadCron(`i${n}`, '59 2 * * *', 'PT20M')).toBe('59 2 * * *');
      const [minutes] = spreadCron(`i${n}`, '*/15 * * * 1-5', 'PT1H').split(' ');
      const [a, b, c, d] = minutes!.split(',').map(Number) as [number, number, number, number];
      if (b !== undefined) expect([b - a, c - b, d - c, d < 60]).toEqual([15, 15, 15, true]);
    }
    const wrong = await it.call('PUT', path, { cron: '0 6 * * *', spread: 'P2D' });
    expect(wrong.body.errors).toMatchObject([{ pointer: '/spread' }]);
  });

  test('summer time: the clock time stays, both ways, and what we show says where the clock changed', async () => {
    const { integrationId } = await pair(it);
    const zone = 'Europe/Berlin';
    const path = `/v1/integrations/${integrationId}/schedule`;
    // Sundays on which clocks change, both ways, for years.
    const locals = async (cron: string) => {
      const { nextRuns } = (await it.call('PUT', path, { cron, timeZone: zone })).body;
      return nextRuns.map((at: string) => localTime(new Date(at), zone)) as string[];
    };
    const morning = await locals('30 4 25-31 3,10 0');
    for (const local of morning) expect(local).toContain('T04:30:00');
    expect(new Set(morning.map((local) => local.slice(19)))).toEqual(new Set(['+01:00', '+02:00']));
    // An hour that spring leaves out has no run that day; autumn's comes once, as the runbook says.
    const night = await locals('30 2 25-31 3,10 0');
    expect(night.every((local) => local.includes('-10-') && local.includes('T02:30:00'))).toBe(true);
    expect(new Set(night.map((local) => local.slice(0, 10))).size).toBe(night.length);
    const { next } = (await it.call('PUT', path, { cron: '30 4 25-31 3,10 0', timeZone: zone })).body;
    expect(next.slice(1).every(({ clockChange }: { clockChange: boolean }) => clockChange)).toBe(true);
  });

  test('no run begins in quiet hours, over midnight too, and a person still can', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    for (const quiet of [
      { from: '08:15', to: '18:45' },
      { from: '22:30', to: '06:00' },
      { from: '09:10', to: '09:50' },
    ]) {
      const { body } = await it.call('PUT', path, {
        every: 'PT20M',
        quiet: { ...quiet, timeZone: 'Europe/Berlin' },
      });
      expect(body.quiet).toEqual({ ...quiet, timeZone: 'Europe/Berlin' });
      expect(body.nextRuns.length).toBe(10);
      for (const at of body.nextRuns)
        expect(isQuiet(body.quiet, new Date(at)), `${at} in ${quiet.from}`).toBe(false);
    }
    const own = await it.call('PUT', path, {
      cron: '0 * * * *',
      timeZone: 'America/New_York',
      quiet: { from: '09:00', to: '17:00' },
    });
    expect(own.body.quiet.timeZone).toBe('America/New_York');
    const none = await it.call('PUT', path, { cron: '0 12 * * *', quiet: { from: '11:00', to: '13:00' } });
    expect(none.body.errors).toMatchObject([{ pointer: '/quiet' }]);
    const same = await it.call('PUT', path, { every: 'PT1H', quiet: { from: '11:00', to: '11:00' } });
    expect(same.body.errors).toMatchObject([{ pointer: '/quiet/to' }]);
    // Every minute of the day is either in the calendars or not quiet.
    for (const quiet of [
      { from: '08:15', to: '18:45' },
      { from: '22:30', to: '06:00' },
      { from: '00:00', to: '00:01' },
      { from: '23:59', to: '00:00' },
      { from: '05:00', to: '07:00' },
    ]) {
      const skipped = quietCalendars({ ...quiet, timeZone: 'UTC' });
      for (let minute = 0; minute < 1_440; minute++) {
        const at = new Date(Date.UTC(2026, 0, 1, 0, minute));
        const [h, m] = [at.getUTCHours(), at.getUTCMinutes()];
        const skips = skipped.some(
          (one) => h >= one.hour.start && h <= one.hour.end && m >= one.minute.start && m <= one.minute.end,
        );
        expect(skips, `${h}:${m} of ${quiet.from}–${quiet.to}`).toBe(
          isQuiet({ ...quiet, timeZone: 'UTC' }, at),
        );
      }
    }
  });
});

describe('the wish in the database and the schedule at Temporal', () => {
  test('agree again after the schedule was deleted, changed by hand, or left behind', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    const wanted = (await it.call('PUT', path, { every: 'PT6H' })).body.nextRuns;
    const handle = it.temporal.schedule.getHandle(scheduleId(integrationId));
    await handle.delete();
    await watching();
    expect((await it.call('GET', path)).body.nextRuns).toEqual(wanted);

    await handle.update(
      (known) =>
        ({
          ...known,
          spec: { intervals: [{ every: '1 day' }] },
          action: { ...known.action, memo: {} },
        }) as never,
    );
    await watching();
    expect((await it.call('GET', path)).body.nextRuns).toEqual(wanted);

    const left = '0191d0f0-0000-7000-8000-00000000dead';
    await putSchedule(it.temporal, left, { customers: true, subscriptions: true, every: 'PT1H' });
    await expect
      .poll(async () => (await watching()) && (await describeSchedule(it.temporal, left)), {
        timeout: 20_000,
      })
      .toBeNull();
  });

  test('agree after a process died between the two writes', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    const wanted = (await it.call('PUT', path, { every: 'PT6H' })).body.nextRuns;
    // Temporal has the new one; the transaction that would say so never ends.
    const other = { customers: true, subscriptions: true, every: 'PT1H' };
    const killed = changeSchedule(
      it.db,
      integrationId,
      other,
      async () => {
        await putSchedule(it.temporal, integrationId, other);
        throw new Error('killed');
      },
      bySystem,
    );
    await expect(killed).rejects.toThrow('killed');
    expect((await it.call('GET', path)).body.nextRuns).not.toEqual(wanted);
    await watching();
    expect((await it.call('GET', path)).body).toMatchObject({ every: 'PT6H', nextRuns: wanted });

    // … and one that removed it.
    const removed = changeSchedule(
      it.db,
      integrationId,
      null,
      async () => {
        await it.temporal.schedule.getHandle(scheduleId(integrationId)).delete();
        throw new Error('killed');
      },
      bySystem,
    );
    await expect(removed).rejects.toThrow('killed');
    await watching();
    expect((await it.call('GET', path)).body).toMatchObject({ every: 'PT6H', nextRuns: wanted });
  });

  test('a pause at Temporal stays a pause', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    await it.call('PUT', path, { every: 'PT6H' });
    await it.call('POST', `${path}/pause`);
    await watching();
    expect((await it.call('GET', path)).body.paused).toBe(true);
  });
});

describe('a run that did not begin', () => {
  const seen = {
    paused: false,
    nextRun: '2026-10-25T02:00:00.000Z',
    missedCatchup: 1,
    skippedOverlap: 0,
    missed: null,
  };
  const found = {
    paused: false,
    nextRuns: ['2026-10-25T06:00:00.000Z'],
    lastRuns: [],
    fingerprint: 'x',
    missedCatchup: 1,
    skippedOverlap: 0,
  };
  const at = (clock: string) => new Date(`2026-10-25T${clock}:00.000Z`);

  test('is missed once it is late, unless it ran, is paused, or is still to be caught up', () => {
    expect(missedRuns(null, found, at('03:00'))).toBeNull();
    expect(missedRuns(seen, found, at('02:01'))).toBeNull();
    expect(missedRuns(seen, found, at('02:05'))).toEqual({ at: seen.nextRun, runs: 1, reason: 'away' });
    expect(missedRuns(seen, { ...found, missedCatchup: 4 }, at('05:05'))).toMatchObject({
      runs: 3,
      reason: 'away',
    });
    expect(missedRuns(seen, { ...found, skippedOverlap: 2 }, at('05:05'))).toMatchObject({
      runs: 2,
      reason: 'overlap',
    });
    const ran = [{ at: '2026-10-25T02:00:01.000Z', workflowId: 'sync/x' }];
    expect(missedRuns(seen, { ...found, lastRuns: ran }, at('03:00'))).toBeNull();
    expect(missedRuns(seen, { ...found, paused: true, nextRuns: [] }, at('03:00'))).toBeNull();
    expect(missedRuns({ ...seen, paused: true }, found, at('03:00'))).toBeNull();
    expect(missedRuns(seen, { ...found, nextRuns: ['2026-10-25T02:00:00.000Z'] }, at('02:30'))).toBeNull();
    expect(missedRuns(seen, null, at('03:00'))).toMatchObject({ runs: 1 });
  });

  test('is reported as a finding and on the schedule, and resolved once a sync starts', async () => {
    const { integrationId } = await pair(it);
    const path = `/v1/integrations/${integrationId}/schedule`;
    await it.call('PUT', path, { every: 'PT6H' });
    await watching();
    expect((await it.call('GET', path)).body.missed).toBeNull();
    // As after hours without Temporal: what was seen last was due since, and nothing began.
    const due = new Date(Date.now() - 3 * hour).toISOString();
    await it.db
      .sql`update integrations set schedule_seen = jsonb_set(schedule_seen, '{nextRun}', to_jsonb(${due}::text)) where id = ${integrationId}`;
    await it.temporal.schedule.getHandle(scheduleId(integrationId)).delete();
    await watching();
    await watching();
    const open = async () =>
      (await it.call('GET', `/v1/findings?kind=sync-missed&state=open&integrationId=${integrationId}`)).body
        .items;
    expect(await open()).toMatchObject([
      { kind: 'sync-missed', message: expect.stringContaining(`did not sync at ${due}`) },
    ]);
    expect((await it.call('GET', path)).body.missed).toEqual({ at: due, runs: 1, reason: 'away' });
    await it.call('POST', `${path}/trigger`);
    await expect.poll(async () => (await watching()) && (await open()).length, { timeout: 20_000 }).toBe(0);
  });
});
