import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Provider } from '../../db/ledger/work365.ts';
import type { KeyRing } from '../../security/key-ring.ts';
import { openCredentials } from '../../security/token.ts';

export const keyHeader = 'work-365-rest-provider-api-key';

/** Opened for each request: that takes microseconds, and a changed key is valid at once. */
export function keyOf(ring: KeyRing, { connectionId, credentials }: Provider): string | null {
  if (credentials === null) return null;
  const { key } = openCredentials(ring, connectionId, credentials) as { key?: unknown };
  return typeof key === 'string' && key !== '' ? key : null;
}

const nobodys = randomBytes(32).toString('base64url');

/** Compares in constant time whatever the lengths, also without a key to compare with. */
export function sameKey(given: string | string[] | undefined, expected: string | null): boolean {
  const same = timingSafeEqual(digest(String(given ?? '')), digest(expected ?? nobodys));
  return same && expected !== null;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
