import { expect, test } from 'vitest';
import { momentIn, retryAfter } from '../../connectors/retry-after.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const day = 24 * 3_600_000;

test.each([
  ['120', 120_000],
  [' 1.5 ', 1_500],
  ['0', 0],
  ['30s', 30_000],
  ['120, 120', 120_000],
  [['7', '9'], 7_000],
  ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
  ['2026-03-01T12:00:10Z', 10_000],
  ['Sat, 28 Feb 2026 12:00:00 GMT', 0],
  // Beyond a day it is a mistake, however it came about.
  ['86401', day],
  ['9'.repeat(400), day],
  ['Sun, 08 Mar 2026 12:00:00 GMT', day],
  ['Fri, 31 Dec 9999 23:59:59 GMT', day],
  ['', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['1e9', undefined],
  ['0x10', undefined],
  [undefined, undefined],
] as [string | string[] | undefined, number | undefined][])('Retry-After %j is %o ms', (header, ms) => {
  expect(retryAfter(header, now)).toBe(ms);
});

test('a time is formatted to the minute, in UTC', () => {
  expect(momentIn(90_000, now)).toBe('2026-03-01 12:01 UTC');
});
