import type { SubscriptionStatus } from '../../domain/subscription.ts';

/** The words of contract §6, most of them assumed there, and the two seen for a licence that is on. */
const statusWords = new Map<string, SubscriptionStatus>([
  ['active', 'active'],
  ['activation_ok', 'active'],
  ['86', 'active'],
  ['suspended', 'suspended'],
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
  ['expired', 'expired'],
  ['deleted', 'deleted'],
  ['terminated', 'deleted'],
  ['pending', 'pending'],
]);

/**
 * `isEnabled` is the truth about on and off. On, it is active whatever the word (one cancelled at its term's end is
 * still on), unless it has not begun. Off under a word we do not know, it may be paused or gone for good: the table
 * of status codes is not public. `suspended` would have it created, `cancelled` have it deactivated, so neither is
 * guessed and a person sees the word.
 */
export function status(isEnabled: boolean | null, word: string | null): SubscriptionStatus {
  const known = statusWords.get(word?.toLowerCase() ?? '') ?? 'unknown';
  if (isEnabled === true) return known === 'pending' ? 'pending' : 'active';
  if (isEnabled === false) return known === 'active' ? 'unknown' : known;
  return known;
}

/**
 * Billed by consumption: by its own word, by the hour or day, or cloud infrastructure sold without seats. Reserved
 * infrastructure has seats and a term and is not; nor is what has seats that cannot be read.
 */
export function isUsage(
  seats: unknown,
  type: unknown,
  periodicity: string | null,
  categories: unknown[],
): boolean {
  if (typeof type === 'string' && /consum|usage|pay.?as/i.test(type)) return true;
  if (periodicity !== null && [1, 24].includes(Number(periodicity))) return true;
  const uncounted = seats === null || seats === undefined;
  return (
    uncounted && categories.some((word) => typeof word === 'string' && word.trim().toUpperCase() === 'IAAS')
  );
}
