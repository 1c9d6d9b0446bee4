/** A requested pause of more than a day is taken for a mistake. */
const mostMs = 24 * 3_600_000;

/** Milliseconds until the time in a `Retry-After` (seconds or an HTTP date), at most a day; undefined if unreadable. */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const [text = ''] = [header].flat();
  const [seconds] = /^\d+(\.\d+)?(?=\s*(,|;|s\b|$))/.exec(text.trim()) ?? [];
  const ms = seconds
    ? Number(seconds) * 1000
    : /[a-z]{3}.*\d|\d{4}-\d\d/i.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(mostMs, Math.max(0, ms));
}

/** The time `ms` from now, as people read it. */
export const momentIn = (ms: number, now = Date.now()): string =>
  `${new Date(now + ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
