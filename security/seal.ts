import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

export class SealError extends Error {
  override readonly name = 'SealError';
  readonly reason: 'unknown-key' | 'malformed' | 'not-authentic';

  constructor(reason: SealError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The place of a sealed text, e.g. `connections|credentials|<row id>`: copied elsewhere, it cannot be opened. */
export const sealedPlace = (table: string, column: string, id: string) => `${table}|${column}|${id}`;

/** AES-256-GCM: `v1.<key id>.<iv>.<ciphertext and tag>`, base64url. */
export function seal(ring: KeyRing, place: string, text: string): string {
  const keyId = ring.writeId;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', ring.keys.get(keyId)!, iv);
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1.${keyId}.${iv.toString('base64url')}.${sealed.toString('base64url')}`;
}

export function unseal(ring: KeyRing, place: string, text: string): string {
  const [version, keyId, iv, body, ...more] = text.split('.');
  const sealed = Buffer.from(body ?? '', 'base64url');
  const nonce = Buffer.from(iv ?? '', 'base64url');
  if (version !== 'v1' || !keyId || nonce.length !== 12 || sealed.length < 16 || more.length > 0)
    throw new SealError('malformed', `What is stored at ${place} is not a sealed text.`);
  const key = ring.keys.get(keyId);
  if (!key)
    throw new SealError(
      'unknown-key',
      `What is stored at ${place} was sealed with key "${keyId}", which TRIBUTARY_KEYS does not hold.`,
    );
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch {
    throw new SealError(
      'not-authentic',
      `What is stored at ${place} was not sealed there with key "${keyId}", or was changed since.`,
    );
  }
}
