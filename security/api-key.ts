import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export const minimumApiKeyLength = 24;

export const newApiKey = (): string => `trib_${randomBytes(32).toString('base64url')}`;

/** In constant time whatever the lengths: both sides are hashed first. */
export function sameApiKey(given: string, expected: string): boolean {
  // An empty or short expectation is a mistake of ours, never a key that fits.
  if (expected.length < minimumApiKeyLength) return false;
  return timingSafeEqual(digest(given), digest(expected));
}

/** The key in `Authorization: Bearer <key>`. */
export const bearerOf = (header: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;

const digest = (text: string) => hash('sha256', text, 'buffer');
