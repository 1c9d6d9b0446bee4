import { Cron } from 'croner';

/** When a schedule fires: at a fixed interval, or by a cron expression in a time zone. */
export interface ScheduleTimes {
  every?: string;
  cron?: string;
  timeZone?: string;
  /** The maximum random delay of a run: an ISO 8601 duration. */
  spread?: string;
  quiet?: QuietHours;
}

/** No run starts from `from` until before `to`, in local time; past midnight if `to` is earlier. */
export interface QuietHours {
  from: string;
  to: string;
  timeZone: string;
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

/** Minutes of the day. */
export const quietMinutes = ({ from, to }: QuietHours) => ({ from: ofDay(from), to: ofDay(to) });

const ofDay = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Whether an instant is in the quiet hours. */
export function isQuiet(quiet: QuietHours, at: Date): boolean {
  const { from, to } = quietMinutes(quiet);
  const { timeZone } = quiet;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
  });
  const now = ofDay(clock.format(at));
  return from < to ? now >= from && now < to : now >= from || now < to;
}

/** Problems of the spread and the quiet hours, by field. `runs`: some of the next runs. */
export function spareProblems(
  { spread, quiet }: ScheduleTimes,
  runs: Date[],
): { field: string; detail: string }[] {
  const problems: { field: string; detail: string }[] = [];
  const length = spread === undefined ? 0 : fixedDuration(spread);
  if (length === null || length > 12 * 60 * minute)
    problems.push({
      field: 'spread',
      detail: 'must be an ISO 8601 duration of at most 12 hours, such as PT10M',
    });
  if (!quiet) return problems;
  if (!isTimeZone(quiet.timeZone))
    problems.push({ field: 'quiet/timeZone', detail: 'must be an IANA time zone such as Europe/Berlin' });
  else if (quiet.from === quiet.to)
    problems.push({ field: 'quiet/to', detail: 'must be another time than from' });
  else if (runs.length > 0 && runs.every((at) => isQuiet(quiet, at)))
    problems.push({ field: 'quiet', detail: 'every run would fall into these hours, so none would begin' });
  return problems;
}

/** Some of the next runs, ignoring quiet hours. */
export function comingRuns({ every, cron, timeZone }: ScheduleTimes, offset = 0, now = new Date()): Date[] {
  if (cron !== undefined) return parse(cron, timeZone).nextRuns(100, now);
  const step = fixedDuration(every!)!;
  const first = Math.ceil((now.getTime() - offset) / step) * step + offset;
  // Enough runs to reach every hour of the day, whatever the interval.
  const count = Math.min(1_440, Math.ceil((366 * day) / step));
  return Array.from({ length: count }, (_, n) => new Date(first + n * step));
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
function longestGap({ every, cron, timeZone, quiet }: ScheduleTimes): number {
  const quietLength = quiet ? quietMs(quiet) : 0;
  if (every !== undefined) return (fixedDuration(every) ?? day) + quietLength;
  const runs = parse(cron!, timeZone).nextRuns(32);
  const gaps = runs.slice(1).map((run, n) => run.getTime() - runs[n]!.getTime());
  return (gaps.length > 0 ? Math.max(...gaps) : day) + quietLength;
}

function quietMs(quiet: QuietHours): number {
  const { from, to } = quietMinutes(quiet);
  return ((to - from + 24 * 60) % (24 * 60)) * minute;
}
