import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDay, localDate, readDate, utcDate } from '../../domain/dates.ts';
import { unreadable } from '../../domain/reading.ts';

test.each([
  ['2024-05-06T07:08:09Z', '2024-05-06T07:08:09Z'],
  ['2024-05-06T07:08:09.123Z', '2024-05-06T07:08:09Z'],
  ['2024-05-06T07:08:09-0400', '2024-05-06T11:08:09Z'],
  ['2024-05-06T23:08+02:00', '2024-05-06T21:08:00Z'],
  ['2024-05-06 07:08:09 z', '2024-05-06T07:08:09Z'],
  ['2028-12-06 00:00:00+00', '2028-12-06T00:00:00Z'],
  ['2028-12-06T00:00:00-05', '2028-12-06T05:00:00Z'],
  ['2024-12-31T23:59:59Z', '2024-12-31T23:59:59Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
  ['2099-12-28T23:59:59Z', '2099-12-28T23:59:59Z'],
  ['2100-01-01T00:00:00Z', '2100-01-01T00:00:00Z'],
  ['1902-01-01T00:00:00Z', '1902-01-01T00:00:00Z'],
  ['2024-05-06', '2024-05-06'],
  [' 2024-05-06 ', '2024-05-06'],
  ['2024-05-06T07:08:09', '2024-05-06'],
  [1843344000001, '2028-05-31T00:00:00Z'],
  ['1782950400001', '2026-07-02T00:00:00Z'],
  [1782950400, '2026-07-02T00:00:00Z'],
  ['1782950400', '2026-07-02T00:00:00Z'],
  ['1782950400.25', '2026-07-02T00:00:00Z'],
])('%s is %s', (given, date) => {
  expect(localDate(given)).toBe(date);
});

test('what has no zone is UTC where that is meant', () => {
  expect(utcDate('2024-05-06')).toBe('2024-05-06T00:00:00Z');
  expect(utcDate('2024-05-06 07:08:09')).toBe('2024-05-06T07:08:09Z');
});

test.each([
  '0000-00-00 00:00:00',
  '0001-01-01T00:00:00Z',
  '1901-01-01T00:00:00Z',
  '1900-05-01T00:00:00Z',
  '2101-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  0,
])('%j says that there is no date', (given) => {
  expect(readDate(given)).toBeNull();
});

test.each([
  '2024-13-01T00:00:00Z',
  '2024-02-30',
  '2023-02-29T00:00:00Z',
  '2024-05-06T25:00:00Z',
  '2024-05-06T07:61:00Z',
  '2024-05-06T07:08:09+99',
  '9999-99-99',
  '09/11/2026',
  '2027-01-31T00:00:00.001 GMT',
  '20240506',
  20240506,
  -1782950400,
  1782950400000000,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  'tomorrow',
  '2024-05-06\u0000',
  '2'.repeat(1_000_000),
  true,
  {},
  ['2024-05-06'],
])('%j cannot be read', (given) => {
  expect(readDate(given)).toBe(unreadable);
});

const day = fc.date({ min: new Date('1902-01-01'), max: new Date('2100-12-31'), noInvalidDate: true });

test('an instant is itself, whichever way it is written', () => {
  fc.assert(
    fc.property(day, fc.integer({ min: -14, max: 14 }), (at, hours) => {
      const text = `${at.toISOString().slice(0, 19)}Z`;
      const there = new Date(at.getTime() + hours * 3_600_000).toISOString().slice(0, 19);
      const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}`;
      expect(readDate(text)).toBe(text);
      for (const tail of ['', '00', ':00'])
        if (Number(there.slice(0, 4)) > 1901 && Number(there.slice(0, 4)) <= 2100)
          expect(readDate(`${there.replace('T', ' ')}${offset}${tail}`)).toBe(text);
      if (at.getTime() >= Date.UTC(1990, 0)) {
        expect(readDate(at.getTime())).toBe(text);
        expect(readDate(String(Math.floor(at.getTime() / 1000)))).toBe(text);
      }
    }),
  );
});

test('a day is in the calendar or not', () => {
  expect(['2024-02-29', '2023-02-28', '2024-12-31'].map(isDay)).toEqual([true, true, true]);
  expect(['2023-02-29', '2024-04-31', '2024-00-10', '2024-1-1', 'x'].map(isDay)).toEqual(
    Array(5).fill(false),
  );
});
