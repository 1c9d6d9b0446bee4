import { type Reading, unreadable } from './reading.ts';

/**
 * An instant (`YYYY-MM-DDTHH:MM:SSZ`) if the text has a zone, `zoneless` names one, or it is a count of seconds or
 * milliseconds since 1970; otherwise a plain date (`YYYY-MM-DD`). Offsets are accepted with or without a colon or
 * minutes (`-0400`, `+00`). Years after 2100 and up to 1901 mean "no date" at ArrowSphere and HaloPSA, as does a count
 * of zero. Days that do not exist and ambiguous orders (`09/11/2026`) are unreadable.
 */
export function readDate(given: unknown, zoneless: 'utc' | 'local' = 'local'): Reading<string> {
  if (typeof given === 'number') return sinceEpoch(given);
  if (typeof given !== 'string' || given.length > 60) return unreadable;
  if (instant.test(given)) return `${given.slice(0, 19)}Z`;
  const value = given.trim();
  if (count.test(value)) return sinceEpoch(Number(value));
  const match = written.exec(value);
  if (!match) return unreadable;
  const [, year, month, day, time, zone] = match;
  if (Number(year) <= 1901) return null;
  const date = `${year}-${month}-${day}`;
  if (!isDay(date)) return unreadable;
  const clock = time ? (time.length === 5 ? `${time}:00` : time) : '00:00:00';
  const offset = zone ? zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, h, m) => `${h}:${m ?? '00'}`) : 'Z';
  const at = new Date(`${date}T${clock}${offset.toUpperCase()}`);
  if (Number.isNaN(at.getTime())) return unreadable;
  if (Number(year) > 2100) return null;
  return !zone && zoneless === 'local' ? date : secondsOf(at);
}

export const localDate = (given: unknown) => readDate(given, 'local');
export const utcDate = (given: unknown) => readDate(given, 'utc');

/** Whether this `YYYY-MM-DD` is a real date. */
export function isDay(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

/** Already an instant in UTC, as most dates are. Days that some month lacks take the slow path. */
const instant =
  /^(19[1-9]|20\d)\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/;

const written = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

const count = /^\d{9,13}(\.\d+)?$/;
const [earliest, latest] = [Date.UTC(1990, 0), Date.UTC(2101, 0)];

/** Seconds or milliseconds, distinguished by size. */
function sinceEpoch(given: number): Reading<string> {
  if (given === 0) return null;
  const at = given < 1e11 ? given * 1000 : given;
  return at >= earliest && at < latest ? secondsOf(new Date(at)) : unreadable;
}

const secondsOf = (at: Date) => at.toISOString().replace(/\.\d{3}Z$/, 'Z');
