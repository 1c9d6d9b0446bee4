import type { SubscriptionStatus } from '../../domain/subscription.ts';

/** The statuses of contract §6, most of them assumed there, and two seen on enabled licences. */
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
 * `isEnabled` decides whether a licence is on. An enabled one is active whatever its status (one cancelled at the end
 * of its term is still on), unless it has not started. A disabled one with an unknown status may be paused or gone for
 * good, and the status codes are not public: `suspended` would create it, `cancelled` would deactivate it, so it stays
 * unknown and a person sees the status.
 */
export function status(isEnabled: boolean | null, word: string | null): SubscriptionStatus {
  const known = statusWords.get(word?.toLowerCase() ?? '') ?? 'unknown';
  if (isEnabled === true) return known === 'pending' ? 'pending' : 'active';
  if (isEnabled === false) return known === 'active' ? 'unknown' : known;
  return known;
}

/**
 * Billed by consumption: according to its own field, by the hour or day, or as cloud infrastructure without seats.
 * Reserved infrastructure has seats and a term, so it is not; nor is one whose seats cannot be read.
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
