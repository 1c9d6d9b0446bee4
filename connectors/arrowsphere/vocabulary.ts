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
  ['pending', 'pending'],
]);

/**
 * `isEnabled` is the truth about on and off. On, it is active whatever the word (one cancelled at its term's end is
 * still on), unless it has not begun. Off under a word we do not know, it may be paused or gone for good: the table
 * of status codes is not public. `suspended` would have it created, `cancelled` have it deactivated, so neither is
 * guessed and a person sees the word.
 */
export function status(isEnabled: boolean | null | undefined, word: string | null) {
  const known = statusWords.get(word?.toLowerCase() ?? '') ?? 'unknown';
  const said = (status: SubscriptionStatus) => ({ status, statusText: word });
  if (isEnabled === true) return said(known === 'pending' ? 'pending' : 'active');
  if (isEnabled === false) return said(known === 'active' ? 'unknown' : known);
  return said(known);
}

/**
 * Billed by consumption: by its own word, by the hour or day, or cloud infrastructure sold without seats. Reserved
 * infrastructure has seats and a term and is not.
 */
export function isUsage(
  quantity: string | null,
  type: unknown,
  periodicity: unknown,
  categories: unknown[],
): boolean {
  if (/consum|usage|pay.?as/i.test(text(type) ?? '')) return true;
  if (periodicity !== null && (Number(periodicity) === 1 || Number(periodicity) === 24)) return true;
  return quantity === null && categories.some((category) => text(category)?.toUpperCase() === 'IAAS');
}

/** Trimmed text, of a number too; null when there is none. */
export function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return (typeof value === 'string' && value.trim()) || null;
}
