import { hkdfSync, randomBytes } from 'node:crypto';

/** Keys by id, in the order given: the first one seals, all open. */
export interface KeyRing {
  writeId: string;
  keys: ReadonlyMap<string, Buffer>;
}

/** The message never repeats the input: it may be a key. */
export class KeyRingError extends Error {
  override readonly name = 'KeyRingError';
}

/** Reads `id:base64key[,id2:base64key2]`, as in `TRIBUTARY_KEYS`. */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, id, encoded] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(entry) ?? [];
    if (!id || !encoded) throw new KeyRingError(`key ${index + 1} is not of the form id:base64key`);
    if (keys.has(id)) throw new KeyRingError(`key id ${id} appears twice`);
    const key = Buffer.from(encoded, 'base64');
    if (key.length !== 32) throw new KeyRingError(`key ${id} has ${key.length} bytes, not 32`);
    keys.set(id, key);
  }
  return { writeId: [...keys.keys()][0]!, keys };
}

/** A ring with one new key, as text to store. */
export const newKeyRing = (id = 'k1'): string => `${id}:${randomBytes(32).toString('base64')}`;

/** The same ids with keys derived for another purpose: a text sealed for one purpose cannot be opened for another. */
export function deriveKeyRing(ring: KeyRing, purpose: string): KeyRing {
  const derived = [...ring.keys].map(
    ([id, key]) =>
      [id, Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `tributary/${purpose}`, 32))] as const,
  );
  return { writeId: ring.writeId, keys: new Map(derived) };
}
