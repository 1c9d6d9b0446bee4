import type { SubscriptionStatus } from '../../domain/subscription.ts';

/**
 * Stellr's statuses vary in spelling and are often unset, so they are matched by substring. Inactive and discontinued
 * subscriptions have ended; suspended ones can be reactivated.
 */
const ended: [RegExp, SubscriptionStatus][] = [
  // A requested but pending cancellation, in either word order: still running, so not to be ended by us.
  [/pending|schedul|request/, 'unknown'],
  [/expire/, 'expired'],
  [/cancel|discontinu|inactiv/, 'cancelled'],
  [/delete|terminat/, 'deleted'],
  [/suspend|disabl|paus/, 'suspended'],
];

const running = /^(re)?activ(e|ated)\b|^(enabled|provisioned|trial)$/;
const starting = /^(pending|in[ _-]?progress|provisioning|processing|submitted)$/;

export function statusFromText(text: string | null): SubscriptionStatus {
  const word = text?.trim().toLowerCase() ?? '';
  if (word === '') return 'active';
  if (starting.test(word)) return 'pending';
  return ended.find(([pattern]) => pattern.test(word))?.[1] ?? (running.test(word) ? 'active' : 'unknown');
}

export const isClosed = (text: string | null) => /inactiv|suspend|cancel|disabl|discontinu/i.test(text ?? '');

/** The payment frequency says nothing about the commitment. */
const payment = /\b(billed|paid|payable|payment|invoiced|charged)\s+(up\s?front|every\s+\w+|per\s+\w+|\w+)/gi;
const terms: [RegExp, string][] = [
  [/\btriennial\b|\bP?3[ -]?Y(ears?|rs?)?\b|\bthree[ -]years?\b|\b36[ -]months?\b|\bP36M\b/i, 'P3Y'],
  [/\bP?2[ -]?Y(ears?|rs?)?\b|\bbiennial\b|\btwo[ -]years?\b|\b24[ -]months?\b/i, 'P2Y'],
  [/\bannual(ly)?\b|\byearly\b|\bP?1[ -]?Y(ears?|rs?)?\b|\bone[ -]year\b|\b12[ -]months?\b|\bP12M\b/i, 'P1Y'],
  [/\bmonthly\b|\bmonth[ -]to[ -]month\b|\b1[ -]month\b|\bP1M\b/i, 'P1M'],
];

/** Stellr has no field for the commitment; product names carry it: "(Annual, billed monthly)" is a year. */
export function termFromName(name: string): string | null {
  const commitment = name.replace(payment, ' ');
  return terms.find(([pattern]) => pattern.test(commitment))?.[1] ?? null;
}

/** No field tells it; Azure plans and the like are recognised by their frequency or name. */
export const isUsage = (frequency: string | null, name: string) =>
  /usage|consum|meter/i.test(frequency ?? '') ||
  /\bazure (plan|subscription)\b|\bpay[- ]as[- ]you[- ]go\b|\bconsumption\b/i.test(name);
