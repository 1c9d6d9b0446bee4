/** How money, counts and instants are written. Only `Intl`, in the reader's own locale. */

/** Money of the API: a decimal text in one currency. It is shown as it is, never counted with. */
export interface Amount {
  amount: string;
  currency: string;
  /** `month`, `year`, …: how often it is paid. */
  cycle?: string | null;
}

export type Sign = 'auto' | 'always';

/** `Intl` takes a decimal text exactly; a number would lose digits. */
export function moneyText({ amount, currency, cycle }: Amount, sign: Sign = 'auto', locale?: string): string {
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    signDisplay: sign === 'always' ? 'exceptZero' : 'auto',
    maximumFractionDigits: 4,
  });
  const text = format.format(amount as Intl.StringNumericLiteral);
  return cycle ? `${text} a ${cycle}` : text;
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

/** Whole days from now, rounded down; negative once it has passed. */
export const daysUntil = (at: string, now = new Date()): number =>
  Math.floor((new Date(at).getTime() - now.getTime()) / day);
