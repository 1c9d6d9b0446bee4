import { expect, test } from 'vitest';
import { deriveKeyRing, newKeyRing, parseKeyRing } from '../../security/key-ring.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

test('the first key writes and all read', () => {
  const ring = parseKeyRing(`new:${key(2)}, old:${key(1)}`);
  expect(ring.writeId).toBe('new');
  expect([...ring.keys.keys()]).toEqual(['new', 'old']);
  expect(parseKeyRing(newKeyRing()).writeId).toBe('k1');
});

test('base64url is read too', () => {
  expect(parseKeyRing(`a:${Buffer.alloc(32, 251).toString('base64url')}`).keys.get('a')).toEqual(
    Buffer.alloc(32, 251),
  );
});

test.each([
  ['', 'not of the form'],
  ['nokey', 'not of the form'],
  [`a:${key(1)},a:${key(2)}`, 'twice'],
  [`a:${Buffer.alloc(16).toString('base64')}`, '16 bytes'],
])('%s is refused without being repeated', (text, says) => {
  expect(() => parseKeyRing(text)).toThrow(says);
  if (text) expect(() => parseKeyRing(text)).not.toThrow(text);
});

test('derived keys differ from the ring and from each other, and are the same every time', () => {
  const ring = parseKeyRing(`a:${key(1)}`);
  const derived = (purpose: string) => deriveKeyRing(ring, purpose).keys.get('a')!.toString('hex');
  expect(new Set([derived('one'), derived('two'), ring.keys.get('a')!.toString('hex')]).size).toBe(3);
  expect(derived('one')).toBe(derived('one'));
});
