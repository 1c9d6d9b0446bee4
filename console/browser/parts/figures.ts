/** Formats money, counts and instants with `Intl` only, in the reader's locale. */

/** The API's money: a decimal text in one currency. It is displayed, never calculated with. */
export interface Amount {
  amount: string;
  /** null if its system names none. */
  currency: string | null;
  /** The billing cycle: `monthly`, `annual`, … */
  cycle?: string | null;
}

const cycles: Record<string, string> = {
  hourly: 'an hour', daily: 'a day', weekly: 'a week', monthly: 'a month', quarterly: 'a quarter',
  'half-yearly': 'a half-year', annual: 'a year', biennial: 'every 2 years', triennial: 'every 3 years', 'one-time': 'once',
}; // biome-ignore format: a table

export type Sign = 'auto' | 'always';

/** `Intl` formats decimal text exactly; a number would lose digits. Prices have up to four places, sums of a bill two. */
export function moneyText(
  { amount, currency, cycle }: Amount,
  sign: Sign = 'auto',
  locale?: string,
  places = 4,
): string {
  const format = new Intl.NumberFormat(locale, {
    ...(currency ? { style: 'currency', currency } : {}),
    signDisplay: sign === 'always' ? 'exceptZero' : 'auto',
    maximumFractionDigits: places,
  });
  const text = format.format(amount as Intl.StringNumericLiteral);
  return cycle ? `${text} ${cycles[cycle] ?? cycle}` : text;
}

const count = new Intl.NumberFormat();

/** How many, with the reader's own grouping. */
export const countText = (value: number): string => count.format(value);

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** Relative time within a day, otherwise the date. */
export function whenText(then: Date, now: Date): string {
  const ms = then.getTime() - now.getTime();
  const far = Math.abs(ms);
  if (far < minute) return relative.format(0, 'second');
  if (far < hour) return relative.format(Math.trunc(ms / minute), 'minute');
  if (far < day) return relative.format(Math.trunc(ms / hour), 'hour');
  return dates.format(then);
}

const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });

/** A distributor's date, with or without a time: only the date counts. */
export const dayText = (text: string): string => {
  const at = new Date(text.slice(0, 10));
  return Number.isNaN(at.getTime()) ? text : days.format(at);
};

/** Whole days from now, rounded down; negative once it has passed. */
export const daysUntil = (at: string, now = new Date()): number =>
  Math.floor((new Date(at).getTime() - now.getTime()) / day);

/** Whether two decimal texts are equal numbers, such as "12", "12.0" and "12.0000". */
export const sameDecimal = (one: string, other: string): boolean => plain(one) === plain(other);

const plain = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
