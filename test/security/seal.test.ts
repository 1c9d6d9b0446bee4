import { describe, expect, test } from 'vitest';
import { newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { type SealError, seal, sealedPlace, unseal } from '../../security/seal.ts';

const [old, fresh] = [newKeyRing('old'), newKeyRing('fresh')];
const ring = parseKeyRing(old);
const place = sealedPlace('connections', 'credentials', 'row-1');

const reasonOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return (error as SealError).reason;
  }
};

describe('a sealed text', () => {
  const sealed = seal(ring, place, 'sécret');

  test('opens where it was sealed and names its key', () => {
    expect(unseal(ring, place, sealed)).toBe('sécret');
    expect(sealed).toMatch(/^v1\.old\.[\w-]{16}\.[\w-]+$/);
  });

  test('is another text each time', () => {
    expect(seal(ring, place, 'sécret')).not.toBe(sealed);
  });

  test('does not open in another row, column or table', () => {
    for (const other of [
      sealedPlace('connections', 'credentials', 'row-2'),
      sealedPlace('connections', 'settings', 'row-1'),
      sealedPlace('tokens', 'credentials', 'row-1'),
    ])
      expect(reasonOf(() => unseal(ring, other, sealed))).toBe('not-authentic');
  });

  test('does not open when any part was changed', () => {
    const [version, keyId, iv, body] = sealed.split('.') as [string, string, string, string];
    const flipped = (text: string) => {
      const bytes = Buffer.from(text, 'base64url');
      bytes[0]! ^= 1;
      return bytes.toString('base64url');
    };
    for (const changed of [
      [version, keyId, flipped(iv), body],
      [version, keyId, iv, flipped(body)],
      [version, keyId, iv, body.slice(0, -4)],
    ])
      expect(reasonOf(() => unseal(ring, place, changed.join('.')))).toBe('not-authentic');
    for (const broken of ['', 'plain', 'v2.old.aaaaaaaaaaaaaaaa.bbbb', `${sealed}.more`, `v1.old.${iv}.`])
      expect(reasonOf(() => unseal(ring, place, broken))).toBe('malformed');
  });

  test('is read after a rotation, until its key leaves the ring', () => {
    const rotated = parseKeyRing(`${fresh},${old}`);
    expect(unseal(rotated, place, sealed)).toBe('sécret');
    expect(seal(rotated, place, 'x')).toMatch(/^v1\.fresh\./);
    expect(() => unseal(parseKeyRing(fresh), place, sealed)).toThrow(/"old", which TRIBUTARY_KEYS/);
    expect(reasonOf(() => unseal(parseKeyRing(fresh), place, sealed))).toBe('unknown-key');
  });

  test('does not open with another key of the same id', () => {
    expect(reasonOf(() => unseal(parseKeyRing(newKeyRing('old')), place, sealed))).toBe('not-authentic');
  });
});
