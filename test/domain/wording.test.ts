import { expect, test } from 'vitest';
import { counted, fieldName, listed, named, spanText, valued, worth } from '../../domain/wording.ts';

test('a name with its id, or the id alone', () => {
  expect([named('client', '1', 'A'), named('client', '1', ' '), named('client', '1', null), named('client', '1')]).toEqual([
    '“A” (client 1)', 'client 1', 'client 1', 'client 1',
  ]); // biome-ignore format: one row
});

test('one, none and many', () => {
  expect([counted(0, 'day'), counted(1, 'day'), counted(2, 'day'), counted(2, 'entry', 'entries')]).toEqual([
    '0 days', '1 day', '2 days', '2 entries',
  ]); // biome-ignore format: one row
});

test('lists are cut short and counted', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']].map((parts) => listed(parts))).toEqual([
    '', 'a', 'a and b', 'a, b and c', 'a, b and 2 more',
  ]); // biome-ignore format: one row
  expect(listed(['a', 'b'], 3, 9)).toBe('a, b and 7 more');
  expect(listed(['a'], 3, 2)).toBe('a and 1 more');
});

test('money is listed by currency and cycle, never added up', () => {
  const money = [
    { amount: '1.5', currency: 'EUR', cycle: 'monthly' },
    { amount: '2', currency: 'USD', cycle: null },
  ];
  expect(worth(money)).toBe('1.50 EUR monthly and 2.00 USD');
  const small = (amount: string) => worth([{ amount, currency: 'EUR', cycle: null }]);
  expect(['86.10432', '-0.125', '0', '0.0042'].map(small)).toEqual([
    '86.10 EUR', '-0.12 EUR', '0.00 EUR', '0.0042 EUR',
  ]); // biome-ignore format: one row
  expect([valued(money), valued([])]).toEqual([' (1.50 EUR monthly and 2.00 USD)', '']);
});

test('spans in words', () => {
  expect(['P1Y', 'P3M', 'P1D', 'PT6H', 'for ever'].map(spanText)).toEqual([
    'year',
    '3 months',
    'day',
    'PT6H',
    'for ever',
  ]);
});

test('fields in the reader’s words', () => {
  expect([fieldName('unitPrice'), fieldName('somethingNew')]).toEqual(['sale price', 'somethingNew']);
});
