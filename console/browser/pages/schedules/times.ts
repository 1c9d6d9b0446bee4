/** When a schedule runs, as people read and choose it. */
export const intervals: Record<string, string> = {
  PT15M: '15 minutes',
  PT30M: '30 minutes',
  PT1H: 'hour',
  PT2H: '2 hours',
  PT4H: '4 hours',
  PT6H: '6 hours',
  PT12H: '12 hours',
  P1D: 'day',
};

/** An instant on the clock of a zone, with that clock's name: "Fri, 27 Nov 2026, 06:00 CET". */
export const onClockOf = (at: string, timeZone: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  }).format(new Date(at));

/** How far a zone's clock is from UTC at an instant: "GMT+2". */
const offsetOf = (at: string, timeZone: string): string | undefined =>
  new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(new Date(at))
    .find(({ type }) => type === 'timeZoneName')?.value;

/** Whether the zone's clocks are changed between two instants. */
export const clockChanges = (from: string, to: string, timeZone: string): boolean =>
  offsetOf(from, timeZone) !== offsetOf(to, timeZone);
