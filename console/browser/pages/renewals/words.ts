import type { RenewalAnswer } from '../../api/types.ts';
import { termText } from '../../parts/words.ts';

/** How far ahead one looks. */
export const spans = [
  { id: 'P30D', text: '30 days' },
  { id: 'P60D', text: '60 days' },
  { id: 'P6M', text: '6 months' },
  { id: 'P1Y', text: '1 year' },
];

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });

/** A day, as the reader's language writes it: the day stays the one it is, whatever the reader's zone. */
export const dayText = (day: string): string => date.format(new Date(`${day.slice(0, 10)}T00:00:00Z`));

export const renewsText = ({ autoRenew, term }: Pick<RenewalAnswer, 'autoRenew' | 'term'>): string =>
  autoRenew === null
    ? 'Not known'
    : autoRenew
      ? `Renews${term === null ? '' : ` for ${termText(term)}`}`
      : 'Ends';

export const cancellationText = ({
  cancellation,
  cancelUntil,
}: Pick<RenewalAnswer, 'cancellation' | 'cancelUntil'>): string =>
  cancellation === 'unknown'
    ? 'Not known'
    : cancellation === 'open'
      ? `Until ${dayText(cancelUntil!)}`
      : 'Only at the end of its term';
