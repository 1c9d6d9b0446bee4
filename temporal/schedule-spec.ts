import { Cron } from 'croner';

/** When a schedule fires: at a fixed interval, or by a cron expression in a time zone. */
export interface ScheduleTimes {
  every?: string;
  cron?: string;
  timeZone?: string;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** An ISO 8601 duration of fixed length (`PT6H`, `P1DT12H`) in milliseconds; null for any other text. */
export function fixedDuration(text: string): number | null {
  const match = /^P(?=.)(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/.exec(text);
  if (!match) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return days * day + hours * 60 * minute + minutes * minute + seconds * 1_000;
}

export function isTimeZone(zone: string): boolean {
  try {
    // Offsets such as +02:00 are refused: they have no daylight saving time.
    return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

/** Problems by field; empty if it is valid. */
export function scheduleProblems({
  every,
  cron,
  timeZone,
}: ScheduleTimes): { field: string; detail: string }[] {
  if ((every === undefined) === (cron === undefined))
    return [{ field: every === undefined ? 'every' : 'cron', detail: 'give exactly one of every and cron' }];
  if (every !== undefined) return everyProblems(every, timeZone);
  const problems: { field: string; detail: string }[] = [];
  if (timeZone !== undefined && !isTimeZone(timeZone))
    problems.push({ field: 'timeZone', detail: 'must be an IANA time zone such as Europe/Berlin' });
  const wrong = cronProblem(cron!);
  if (wrong) problems.push({ field: 'cron', detail: wrong });
  return problems;
}

function everyProblems(every: string, timeZone: string | undefined) {
  if (timeZone !== undefined)
    return [{ field: 'timeZone', detail: 'only goes with cron; an interval has no time zone' }];
  const length = fixedDuration(every);
  if (length === null)
    return [
      { field: 'every', detail: 'must be an ISO 8601 duration of days, hours, minutes, such as PT6H or P1D' },
    ];
  if (length < minute || length > 366 * day)
    return [{ field: 'every', detail: 'must be between one minute and 366 days' }];
  return [];
}

const field = '(?:[\\d*,/-]|[A-Za-z]{3})+';
const cronShape = new RegExp(`^${field}(?: +${field}){4}$`);

/** Accepts only what Temporal accepts too: five fields of numbers, names, lists, ranges and steps. */
function cronProblem(cron: string): string | null {
  if (!cronShape.test(cron.trim()))
    return 'must be five fields: minute, hour, day of month, month, day of week';
  try {
    // Temporal requires both day fields to match, so an expression that never fires is caught here.
    return parse(cron).nextRun() ? null : 'never fires';
  } catch {
    return 'cannot be read: minute 0-59, hour 0-23, day 1-31, month 1-12 or JAN-DEC, day of week 0-7 or SUN-SAT';
  }
}

const parse = (cron: string, timezone = 'UTC') =>
  new Cron(cron.trim(), { mode: '5-part', domAndDow: true, timezone, paused: true });

/** Approximate time between two runs, in milliseconds. */
export function intervalOf({ every, cron, timeZone }: ScheduleTimes): number {
  if (every !== undefined) return fixedDuration(every) ?? day;
  const [first, second] = parse(cron!, timeZone).nextRuns(2);
  return first && second ? second.getTime() - first.getTime() : day;
}

/** How old a ledger may be, in milliseconds: one run may be missed; without a schedule, an import a day is expected. */
export function ledgerLimit(schedule: ScheduleTimes | null): number {
  return schedule ? 2 * longestGap(schedule) : 26 * 60 * minute;
}

/** The longest time between two runs, for example over a weekend. */
function longestGap({ every, cron, timeZone }: ScheduleTimes): number {
  if (every !== undefined) return fixedDuration(every) ?? day;
  const runs = parse(cron!, timeZone).nextRuns(32);
  const gaps = runs.slice(1).map((run, n) => run.getTime() - runs[n]!.getTime());
  return gaps.length > 0 ? Math.max(...gaps) : day;
}
