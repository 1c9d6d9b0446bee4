import Big from 'big.js';
import { describe, expect, test } from 'vitest';
import { decimal, perUnit } from '../../domain/money.ts';

/** The definition, without a shorter way. */
const spelled = (value: number | string, places: number) => {
  const rounded = new Big(value).round(places, Big.roundHalfEven);
  return rounded.eq(0) ? '0' : rounded.toFixed();
};

describe('a decimal', () => {
  test.each([
    [12, '12'],
    [0, '0'],
    [-0, '0'],
    [0.1, '0.1'],
    [-3.25, '-3.25'],
    [1e21, '1000000000000000000000'],
    [1e-7, '0'],
    [2.0000005, '2'],
    [2.0000015, '2.000002'],
    ['12.50', '12.5'],
    [' 7 ', '7'],
    ['007', '7'],
    ['-0.0', '0'],
    ['.5', '0.5'],
    ['1e3', '1000'],
  ])('of %j is %s', (value, text) => {
    expect(decimal(value)).toBe(text);
  });

  test.each(['', '  ', 'ten', '1,5', null, undefined, true, NaN, Infinity, {}])('of %j is none', (value) => {
    expect(decimal(value)).toBeNull();
  });

  test('is the same however it came', () => {
    for (let i = 0; i < 20_000; i++) {
      const digits = Math.floor(Math.random() * 9);
      const number = Number(((Math.random() - 0.3) * 10 ** Math.floor(Math.random() * 7)).toFixed(digits));
      for (const value of [number, number.toFixed(digits), String(number)])
        for (const places of [4, 6]) expect(decimal(value, places), `${value}`).toBe(spelled(value, places));
    }
  });
});

test('a unit price comes from a total and a quantity', () => {
  expect(perUnit('10', '3')).toBe('3.333333');
  expect(perUnit('10', '0')).toBeNull();
  expect(perUnit(null, '3')).toBeNull();
});
