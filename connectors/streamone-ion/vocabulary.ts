import type { SubscriptionStatus } from '../../domain/subscription.ts';

/**
 * Ion mixes the words of orders, cloud resources and licences in one enum (upper case in filters, lower case in
 * answers). ERROR and FAILED say that the last operation went wrong, not whether the seats exist: they are left
 * unknown, as are UNSPECIFIED and words we have not met, so that nothing is ended by a guess.
 */
const words: Record<string, SubscriptionStatus> = {
  active: 'active',
  // Words of usable cloud resources.
  available: 'active',
  enabled: 'active',
  running: 'active',
  // An order carried out: what was ordered is there.
  complete: 'active',
  completed: 'active',

  // An order not yet carried out; CONFIRMED comes before IN_PROGRESS and COMPLETED in Ion's orders.
  accepted: 'pending',
  confirmed: 'pending',
  initiated: 'pending',
  in_progress: 'pending',
  pending: 'pending',

  // Still held and can be resumed; DISABLED is what Azure calls a subscription it has stopped.
  suspended: 'suspended',
  paused: 'suspended',
  stopped: 'suspended',
  disabled: 'suspended',

  cancelled: 'cancelled',
  canceled: 'cancelled',
  expired: 'expired',
  deleted: 'deleted',
};

export function statusFromText(text: string | null): SubscriptionStatus {
  const word = text
    ?.trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return (word && Object.hasOwn(words, word) && words[word]) || 'unknown';
}

const renewal: Record<string, boolean> = { ENABLED: true, DISABLED: false };

export const renewalFromText = (text: string | null) => renewal[text?.trim().toUpperCase() ?? ''] ?? null;

/** By cloud provider id, where it is known, and by the first half of the resource type. */
const vendors = new Map(Object.entries({
  '1': 'AWS', '30': 'Microsoft',
  ACRONIS: 'Acronis', AWS: 'AWS', AZURE: 'Microsoft', GCP: 'Google', GSUITE: 'Google', IBM: 'IBM',
  MCAFEE: 'McAfee', SOPHOS: 'Sophos',
})); // biome-ignore format: a table

export const vendorOf = (providerId: string | null, resourceType: string | null) =>
  vendors.get(providerId ?? '') ?? vendors.get(resourceType?.split('::')[0] ?? '') ?? null;

const metered = new Set(['AZURE::CustomerEntitlement', 'AWS::Resource', 'GCP::Resource']);

/**
 * The billing type's own word decides. Without one, an `AZURE::Subscription` may be seats (NCE comes so) or an
 * Azure plan: it is a plan when nobody counts its licences; a count that cannot be read is a count.
 */
export function isUsage(billingType: string | null, resourceType: string | null, licences: unknown) {
  if (/usage|consum|meter|pay.?as|payg|postpay/i.test(billingType ?? '')) return true;
  if (/licen[cs]e/i.test(billingType ?? '')) return false;
  if (metered.has(resourceType ?? '')) return true;
  return resourceType === 'AZURE::Subscription' && (licences === null || licences === undefined);
}
