import { isDay } from '../../domain/dates.ts';
import { Failure } from '../../domain/failure.ts';
import { decimal } from '../../domain/money.ts';
import { type Reading, unreadable } from '../../domain/reading.ts';

/** Converts single values to and from Halo's. Halo holds free text here, so unknown texts stay as they are. */
const statuses = twoWay({
  active: 'Active',
  suspended: 'Suspended',
  pending: 'Pending',
  cancelled: 'Cancelled',
  expired: 'Expired',
  deleted: 'Deleted',
});

const cycles = twoWay({
  hourly: 'Hourly',
  daily: 'Daily',
  weekly: 'Weekly',
  monthly: 'Monthly',
  quarterly: 'Quarterly',
  'half-yearly': 'Half-yearly',
  annual: 'Annual',
  biennial: 'Biennial',
  triennial: 'Triennial',
  'one-time': 'One-time',
});

// Terms are written unchanged (`P1Y`), as in Halo's own examples.
export const words = { status: statuses, billingCycle: cycles } as const;

function twoWay(table: Record<string, string>) {
  const ours = new Map(Object.entries(table).map(([word, text]) => [text, word]));
  const theirs = new Map(Object.entries(table));
  return {
    toHalo: (word: string) => theirs.get(word) ?? word,
    fromHalo: (text: string) => ours.get(text) ?? text,
  };
}

const NO_DATE = '1901-01-01T00:00:00';

/** Halo stores local times without a zone; a zone or fraction in an answer is ignored. */
export function clock(given: unknown): Reading<string> {
  const match = written.exec(typeof given === 'string' ? given.trim() : '');
  if (!match) return unreadable;
  const [, date, minutes = '00:00', seconds = ':00'] = match;
  if (Number(date!.slice(0, 4)) <= 1901) return null;
  return isDay(date!) ? `${date}T${minutes}${seconds}` : unreadable;
}

const written =
  /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d)?(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)?)?$/i;

export const haloDate = (value: string | null) => value ?? NO_DATE;

/**
 * The JSON number that prints exactly as this decimal. Whole numbers have no point, because Halo refuses `95.0` for an
 * integer. A decimal that a JavaScript number cannot hold is refused, not rounded.
 */
export function haloNumber(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || decimal(number) !== decimal(text)) {
    throw new Failure('invalid', 'A number has too many digits to be written to HaloPSA exactly.', {
      remedy: 'Correct the amount or quantity at the distributor.',
    });
  }
  return number;
}

export function haloId(id: string): number {
  if (/^-?\d{1,15}$/.test(id)) return Number(id);
  throw new Failure('invalid', 'A HaloPSA id must be a whole number.', {
    remedy: 'Map the customer again.',
  });
}

/** Truncates to `limit` UTF-16 units, as SQL Server counts them, without splitting a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
