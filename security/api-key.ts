import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export const minimumApiKeyLength = 24;

/** 256 random bits, so that a plain hash of it is as good as a slow one. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const newApiKey = (): string => `trib_${newSecret()}`;

/** What is stored of a key, a link or a session. */
export const secretHash = (secret: string): string => hash('sha256', secret, 'hex');

/** As much of a key as people need to tell it from another. */
export const keyPrefix = (key: string): string => key.slice(0, 12);

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
