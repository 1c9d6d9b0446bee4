import type { SubscriptionStatus } from '../../domain/subscription.ts';

/**
 * Ion mixes the statuses of orders, cloud resources and licences in one enum (upper case in filters, lower case in
 * answers). ERROR and FAILED describe the last operation, not whether the seats exist: they stay unknown, as do
 * UNSPECIFIED and statuses we have not seen, so that nothing is ended on a guess.
 */
const words: Record<string, SubscriptionStatus> = {
  active: 'active',
  // Usable cloud resources.
  available: 'active',
  enabled: 'active',
  running: 'active',
  // A completed order: the subscription exists.
  complete: 'active',
  completed: 'active',

  // A pending order; Ion's orders pass CONFIRMED before IN_PROGRESS and COMPLETED.
  accepted: 'pending',
  confirmed: 'pending',
  initiated: 'pending',
  in_progress: 'pending',
  pending: 'pending',

  // Can be resumed; DISABLED is Azure's word for a subscription it has stopped.
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

/** By cloud provider id if known, and by the first half of the resource type. */
const vendors = new Map(Object.entries({
  '1': 'AWS', '30': 'Microsoft',
  ACRONIS: 'Acronis', AWS: 'AWS', AZURE: 'Microsoft', GCP: 'Google', GSUITE: 'Google', IBM: 'IBM',
  MCAFEE: 'McAfee', SOPHOS: 'Sophos',
})); // biome-ignore format: a table

export const vendorOf = (providerId: string | null, resourceType: string | null) =>
  vendors.get(providerId ?? '') ?? vendors.get(resourceType?.split('::')[0] ?? '') ?? null;

const metered = new Set(['AZURE::CustomerEntitlement', 'AWS::Resource', 'GCP::Resource']);

/**
 * The billing type decides if there is one. Without it, an `AZURE::Subscription` may have seats (NCE does) or be an
 * Azure plan: it is a plan if it has no licence count; an unreadable count counts as one.
 */
export function isUsage(billingType: string | null, resourceType: string | null, licences: unknown) {
  if (/usage|consum|meter|pay.?as|payg|postpay/i.test(billingType ?? '')) return true;
  if (/licen[cs]e/i.test(billingType ?? '')) return false;
  if (metered.has(resourceType ?? '')) return true;
  return resourceType === 'AZURE::Subscription' && (licences === null || licences === undefined);
}
