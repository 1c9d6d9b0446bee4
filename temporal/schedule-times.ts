import { createHash } from 'node:crypto';
import { fixedDuration, type QuietHours, quietMinutes } from './schedule-spec.ts';

const minute = 60_000;

/** The default maximum delay of an interval's runs: a tenth of it, at most ten minutes. */
const usualSpread = (every: number) => Math.min(Math.floor(every / 10), 10 * minute);

/** How much later an integration's runs start, in ms: a fixed share of the spread, different per integration. */
export function delayOf(integrationId: string, spreadMs: number): number {
  const part = createHash('sha256').update(integrationId).digest().readUInt32BE() / 2 ** 32;
  return Math.floor((part * spreadMs) / 1_000) * 1_000;
}

/** An interval's offset. */
export function intervalOffset(integrationId: string, every: number, spread?: string): number {
  const most = spread === undefined ? usualSpread(every) : Math.min(fixedDuration(spread) ?? 0, every);
  return delayOf(integrationId, most);
}

/**
 * A cron expression asks for exact times, so it is kept unless a spread is given. Then all its minutes move by the same
 * amount, never out of their hour, so that daylight saving and days keep their meaning.
 */
export function spreadCron(integrationId: string, cron: string, spread?: string): string {
  const wish = cron.trim();
  const [first, ...rest] = wish.split(/ +/);
  const minutes = minutesOf(first!);
  const most = spread === undefined ? 0 : Math.floor((fixedDuration(spread) ?? 0) / minute);
  const room = Math.min(most, 59 - Math.max(...minutes));
  const by = Math.floor(delayOf(integrationId, (room + 1) * minute) / minute);
  return by <= 0 ? wish : [minutes.map((one) => one + by).join(','), ...rest].join(' ');
}

/** The minutes in a cron field. */
const minutesOf = (field: string): number[] => {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range, step = '1'] = part.split('/');
    const [from, to = from] = range === '*' ? ['0', '59'] : range!.split('-');
    const last = range !== '*' && !range!.includes('-') && part.includes('/') ? 59 : Number(to);
    for (let at = Number(from); at <= last; at += Number(step)) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
};

/** The quiet hours as calendars to skip: whole hours, and the parts of hours at both ends. */
export function quietCalendars(quiet: QuietHours) {
  const { from, to } = quietMinutes(quiet);
  const spans = from < to ? [[from, to]] : [[from, 24 * 60], [0, to]]; // biome-ignore format: one line
  return spans.flatMap(([begin, end]) => calendars(begin!, end!));
}

function calendars(begin: number, end: number) {
  const second = { start: 0, end: 59 };
  const found = [];
  for (let at = begin; at < end; ) {
    const hour = Math.floor(at / 60);
    const whole = at % 60 === 0 ? Math.floor(end / 60) - hour : 0;
    if (whole > 0) {
      found.push({ second, minute: { start: 0, end: 59 }, hour: { start: hour, end: hour + whole - 1 } });
      at += whole * 60;
    } else {
      const last = Math.min(end, (hour + 1) * 60) - 1;
      found.push({ second, minute: { start: at % 60, end: last % 60 }, hour: { start: hour, end: hour } });
      at = last + 1;
    }
  }
  return found;
}
