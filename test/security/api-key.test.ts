import { expect, test } from 'vitest';
import { bearerOf, minimumApiKeyLength, newApiKey, sameApiKey } from '../../security/api-key.ts';

test('a key equals itself only', () => {
  const key = newApiKey();
  expect(key.length).toBeGreaterThanOrEqual(minimumApiKeyLength);
  expect(sameApiKey(key, key)).toBe(true);
  for (const other of ['', key.slice(1), `${key}x`, newApiKey()]) expect(sameApiKey(other, key)).toBe(false);
});

test('nothing equals an expectation that is too short', () => {
  expect(sameApiKey('', '')).toBe(false);
  expect(sameApiKey('short', 'short')).toBe(false);
});

test('the key is taken from a bearer header', () => {
  expect(bearerOf('Bearer abc')).toBe('abc');
  expect(bearerOf('bearer  abc')).toBe('abc');
  for (const header of [undefined, '', 'abc', 'Basic abc', 'Bearer', 'Bearer a b'])
    expect(bearerOf(header)).toBeNull();
});
