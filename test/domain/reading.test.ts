import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cleaned, count, fieldReader, flag, id, idOf, isGiven, longestId, longestText, money, name, type Parser, quantity, text,
  unreadable,
} from '../../domain/reading.ts'; // biome-ignore format: one list

describe.each<[string, Parser<unknown>, [unknown, unknown][]]>([
  ['a quantity', quantity, [
    [71, '71'], ['71', '71'], [' 7 ', '7'], [0, '0'], ['0', '0'], [2.5, '2.5'], ['1e3', '1000'], [-0, '0'], ['10.00004', '10'],
    [99_999_999_999_999, '99999999999999'],
    ['1,000', unreadable], ['10 seats', unreadable], ['Unlimited', unreadable], ['-1', unreadable], [-5, unreadable],
    [1e14, unreadable], ['9223372036854775807', unreadable], ['1e999', unreadable], ['1e-999999999', unreadable], ['0x10', unreadable],
    ['+7', unreadable], ['٣', unreadable], [Number.NaN, unreadable], [Number.POSITIVE_INFINITY, unreadable], [true, unreadable],
    [[1], unreadable], [{}, unreadable], ['1'.repeat(1_000_000), unreadable],
  ]],
  ['a count at a destination', count, [[-1, '-1'], ['25', '25'], [-1e14, unreadable], ['n/a', unreadable]]],
  ['money', money, [
    [15.2, '15.2'], [0.1 + 0.2, '0.3'], ['-3.25', '-3.25'], [0, '0'], [1e-9, '0'], [9_999_999_999_999, '9999999999999'],
    [1e13, unreadable], [-1e13, unreadable], [1e15, unreadable], [99999999999999, unreadable], ['17,50', unreadable],
    ['€ 3', unreadable], ['3 EUR', unreadable],
  ]],
  ['a flag', flag, [
    [true, true], [1, true], ['true', true], [' TRUE ', true], ['1', true], ['yes', true],
    [false, false], [0, false], ['False', false], ['0', false], ['no', false],
    ['perhaps', unreadable], [2, unreadable], [[true], unreadable], [{}, unreadable],
  ]],
  ['a text', text, [
    [' a ', 'a'], [7, '7'], ['a\0b', 'ab'], ['\0', null], ['cut \ud83d', 'cut \ufffd'], ['🚲', '🚲'],
    [Number.NaN, unreadable], [true, unreadable], [['a'], unreadable], ['x'.repeat(longestText + 1), unreadable],
  ]],
  ['a name', name, [['Contoso', 'Contoso'], [17, unreadable], [{}, unreadable]]],
  ['an id', id, [
    ['XSP1', 'XSP1'], [900_011, '900011'], [0, '0'], [2 ** 53, unreadable], [1.5, unreadable], ['x'.repeat(longestId), 'x'.repeat(longestId)],
    ['x'.repeat(longestId + 1), unreadable], [{}, unreadable], [true, unreadable],
  ]],
])('%s', (_, parse, cases) => {
  test.each(cases)('%j is %s', (given, read) => expect(parse(given)).toBe(read));
}); // biome-ignore format: a table

test('a number means the same as its text, and fits its column', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (given) => {
      for (const [parse, limit] of [
        [count, 1e14],
        [money, 1e13],
      ] as const) {
        const read = parse(given);
        expect(parse(String(given))).toBe(read);
        if (read === unreadable) expect(Math.abs(given)).toBeGreaterThanOrEqual(limit);
        else expect(new Big(read!).abs().lt(limit)).toBe(true);
        if (typeof read === 'string') expect(parse(read)).toBe(read);
      }
    }),
  );
});

test('cleaned text is well formed, without NUL, and stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      const clean = cleaned(given);
      expect(clean).toBe(clean.toWellFormed());
      expect(clean).not.toContain('\0');
      expect(cleaned(clean)).toBe(clean);
    }),
  );
});

describe('a reader of fields', () => {
  test('tells absent from unreadable, and takes the spelling that is given', () => {
    const read = fieldReader();
    expect(read.field('a', quantity, undefined, null, ' ', '3')).toBe('3');
    expect(read.field('b', quantity, undefined)).toBeNull();
    expect(read.field('c', quantity, 'many', '3')).toBeNull();
    expect(read.field('c', quantity, 'more')).toBeNull();
    expect(read.first('d', text, null, {}, 'x', [])).toBe('x');
    expect(read.first('e', text, '')).toBeNull();
    expect(read.unreadable).toEqual(['c', 'd']);
    expect(read.lacking).toEqual([]);
  });

  test('says what is wrong with what a record cannot do without', () => {
    const read = fieldReader();
    expect([read.needed('id', id, 7), read.needed('name', name), read.needed('ref', id, {}, 'x')]).toEqual([
      '7',
      '',
      '',
    ]);
    expect(read.lacking).toEqual(['name is missing', 'ref cannot be read']);
  });

  test('makes the fields of a part unreadable that is no object', () => {
    const read = fieldReader();
    expect([read.part({ a: 1 }, 'a'), read.part([], 'b'), read.part(null, 'c'), read.part('x', 'd', 'e'), read.part([1], 'f')]).toEqual([
      { a: 1 }, {}, {}, {}, {},
    ]); // biome-ignore format: short
    expect(read.unreadable).toEqual(['d', 'e', 'f']);
  });

  test('an id that cannot be read is none', () => {
    expect(['7', 7, '', null, {}, 'x'.repeat(500)].map((given) => idOf(given))).toEqual([
      '7',
      '7',
      null,
      null,
      null,
      null,
    ]);
    expect([0, false, 'x', [], {}].every(isGiven)).toBe(true);
    expect([undefined, null, '', ' \t'].some(isGiven)).toBe(false);
  });
});

test('an id is never longer than an index holds, whatever it is parsed by', () => {
  for (const parse of [id, text, name]) {
    expect(idOf('漢'.repeat(longestId), parse)).toHaveLength(longestId);
    expect(idOf('漢'.repeat(longestId + 1), parse)).toBeNull();
  }
});
