import { type Reading, unreadable } from './reading.ts';

/**
 * An instant (`YYYY-MM-DDTHH:MM:SSZ`) when the text carries a zone or `zoneless` says which is meant, or is a count of
 * seconds or milliseconds since 1970; else a plain date (`YYYY-MM-DD`). Offsets are read with and without a colon or
 * minutes (`-0400`, `+00`). Years beyond 2100 and 1901 or earlier mean "no date" at ArrowSphere and HaloPSA, and zero
 * means it in a count. Days that do not exist, and orders that could mean two days (`09/11/2026`), are unreadable.
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

/** Whether this `YYYY-MM-DD` is in the calendar. */
export function isDay(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

/** An instant in UTC, which most dates are: nothing to work out. Days that some month lacks take the long way. */
const instant =
  /^(19[1-9]|20\d)\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/;

const written = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

const count = /^\d{9,13}(\.\d+)?$/;
const [earliest, latest] = [Date.UTC(1990, 0), Date.UTC(2101, 0)];

/** Seconds or milliseconds, told apart by size. */
function sinceEpoch(given: number): Reading<string> {
  if (given === 0) return null;
  const at = given < 1e11 ? given * 1000 : given;
  return at >= earliest && at < latest ? secondsOf(new Date(at)) : unreadable;
}

const secondsOf = (at: Date) => at.toISOString().replace(/\.\d{3}Z$/, 'Z');
