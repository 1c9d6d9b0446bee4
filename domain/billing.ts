/**
 * Billing cycles and terms in one spelling for all distributors: a cycle is a word, a term an ISO 8601 duration.
 * Anything not listed is kept as received.
 */
const hours: Record<string, { cycle: string; term: string | null }> = {
  '0': { cycle: 'one-time', term: null },
  '1': { cycle: 'hourly', term: 'PT1H' },
  '24': { cycle: 'daily', term: 'P1D' },
  '720': { cycle: 'monthly', term: 'P1M' },
  '730': { cycle: 'monthly', term: 'P1M' },
  '744': { cycle: 'monthly', term: 'P1M' },
  '2160': { cycle: 'quarterly', term: 'P3M' },
  '4320': { cycle: 'half-yearly', term: 'P6M' },
  '8640': { cycle: 'annual', term: 'P1Y' },
  '17280': { cycle: 'biennial', term: 'P2Y' },
  '25920': { cycle: 'triennial', term: 'P3Y' },
  '34560': { cycle: 'every 4 years', term: 'P4Y' },
  '43200': { cycle: 'every 5 years', term: 'P5Y' },
  '51840': { cycle: 'every 6 years', term: 'P6Y' },
};

const cycleWords: Record<string, string> = {
  month: 'monthly', monthly: 'monthly', p1m: 'monthly', 'per month': 'monthly',
  quarter: 'quarterly', quarterly: 'quarterly', p3m: 'quarterly',
  halfyear: 'half-yearly', 'half-yearly': 'half-yearly', biannual: 'half-yearly', p6m: 'half-yearly',
  year: 'annual', yearly: 'annual', annual: 'annual', annually: 'annual', p1y: 'annual', 'per year': 'annual',
  biennial: 'biennial', p2y: 'biennial',
  triennial: 'triennial', triennially: 'triennial', p3y: 'triennial',
  one_time: 'one-time', onetime: 'one-time', 'one-time': 'one-time', once: 'one-time',
  hourly: 'hourly', daily: 'daily', weekly: 'weekly',
}; // biome-ignore format: a table

const termWords: Record<string, string> = {
  month: 'P1M', monthly: 'P1M', 'month-to-month': 'P1M', '1 month': 'P1M',
  quarterly: 'P3M', '3 months': 'P3M', '6 months': 'P6M',
  year: 'P1Y', annual: 'P1Y', annually: 'P1Y', yearly: 'P1Y', '1 year': 'P1Y',
  '2 years': 'P2Y', biennial: 'P2Y', triennial: 'P3Y', '3 years': 'P3Y', '3y': 'P3Y',
}; // biome-ignore format: a table

/** Own properties only: `constructor` is no cycle. */
const own = <T>(table: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** The cycle for a length in hours (30-day months, 360-day years), or the number itself as text. */
export const cycleFromHours = (value: number | string): string =>
  own(hours, String(value))?.cycle ?? String(value);

/** The term for a length in hours; null for `No Term`. */
export function termFromHours(value: number | string): string | null {
  const known = own(hours, String(value));
  return known ? known.term : String(value);
}

export function cycleFromText(text: string | null): string | null {
  if (!text?.trim()) return null;
  return own(cycleWords, text.trim().toLowerCase()) ?? text.trim();
}

export function termFromText(text: string | null): string | null {
  if (!text?.trim()) return null;
  const word = text.trim();
  if (/^P(\d+[YMWD])+$/i.test(word))
    return word
      .toUpperCase()
      .replace(/^P12M$/, 'P1Y')
      .replace(/^P36M$/, 'P3Y');
  return own(termWords, word.toLowerCase()) ?? word;
}
