import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export const minimumApiKeyLength = 24;

/** 256 random bits, so a plain hash is as safe as a slow one. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const newApiKey = (): string => `trib_${newSecret()}`;

/** What is stored of a key, a link or a session. */
export const secretHash = (secret: string): string => hash('sha256', secret, 'hex');

/** The first characters, enough for people to tell keys apart. */
export const keyPrefix = (key: string): string => key.slice(0, 12);

/** Compares in constant time whatever the lengths: both sides are hashed first. */
export function sameApiKey(given: string, expected: string): boolean {
  // An empty or short expected key is a mistake of ours and must match nothing.
  if (expected.length < minimumApiKeyLength) return false;
  return timingSafeEqual(digest(given), digest(expected));
}

/** The key in `Authorization: Bearer <key>`. */
export const bearerOf = (header: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;

const digest = (text: string) => hash('sha256', text, 'buffer');
