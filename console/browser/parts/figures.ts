/** How money, counts and instants are written. Only `Intl`, in the reader's own locale. */

/** Money of the API: a decimal text in one currency. It is shown as it is, never counted with. */
export interface Amount {
  amount: string;
  /** null where the system it comes from names none. */
  currency: string | null;
  /** How often it is paid: `monthly`, `annual`, … */
  cycle?: string | null;
}

const cycles: Record<string, string> = {
  hourly: 'an hour', daily: 'a day', weekly: 'a week', monthly: 'a month', quarterly: 'a quarter',
  'half-yearly': 'a half-year', annual: 'a year', biennial: 'every 2 years', triennial: 'every 3 years', 'one-time': 'once',
}; // biome-ignore format: a table

export type Sign = 'auto' | 'always';

/** `Intl` takes a decimal text exactly; a number would lose digits. */
export function moneyText({ amount, currency, cycle }: Amount, sign: Sign = 'auto', locale?: string): string {
  const format = new Intl.NumberFormat(locale, {
    ...(currency ? { style: 'currency', currency } : {}),
    signDisplay: sign === 'always' ? 'exceptZero' : 'auto',
    maximumFractionDigits: 4,
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

/** How long ago or until below a day, else the date. */
export function whenText(then: Date, now: Date): string {
  const ms = then.getTime() - now.getTime();
  const far = Math.abs(ms);
  if (far < minute) return relative.format(0, 'second');
  if (far < hour) return relative.format(Math.trunc(ms / minute), 'minute');
  if (far < day) return relative.format(Math.trunc(ms / hour), 'hour');
  return dates.format(then);
}

const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });

/** A day as a distributor names it, with or without a time: only its date counts. */
export const dayText = (text: string): string => {
  const at = new Date(text.slice(0, 10));
  return Number.isNaN(at.getTime()) ? text : days.format(at);
};

/** Whole days from now, rounded down; negative once it has passed. */
export const daysUntil = (at: string, now = new Date()): number =>
  Math.floor((new Date(at).getTime() - now.getTime()) / day);

/** Whether two decimal texts are one number: "12", "12.0" and "12.0000" are. */
export const sameDecimal = (one: string, other: string): boolean => plain(one) === plain(other);

const plain = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
