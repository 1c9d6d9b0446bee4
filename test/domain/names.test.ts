import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchKey } from '../../domain/names.ts';

describe('names that would double a client', () => {
  test.each([
    ['Acme Ltd', 'ACME Limited'],
    ['Acme Ltd.', 'acme'],
    ['Acme GmbH & Co. KG', 'Acme'],
    ['Acme S.A.R.L.', 'Acme SARL'],
    ['Acme B.V.', 'Acme BV'],
    ['Smith & Sons', 'Smith and Sons'],
    ['Straße AG', 'Strasse'],
    ['Øst A/S', 'Ost'],
    ['Ærø ApS', 'Aero'],
    ['Łódź sp. z o.o.', 'lodz sp z.o.o'],
    ['Acme Sp. z o.o.', 'Acme'],
    ['Acme S. A.', 'Acme SA'],
    ['Acme d. o. o.', 'Acme'],
    ['Café Müller', 'Cafe Mu\u0308ller'],
    ['Ａｃｍｅ', 'Acme'],
    ['  Acme,  Inc. ', 'Acme Inc'],
    ['I.B.M.', 'IBM'],
  ])('%s is like %s', (one, other) => {
    expect(matchKey(one)).toBe(matchKey(other));
  });

  test.each([
    ['Acme North', 'Acme South'],
    ['Acme 1', 'Acme 2'],
    ['Limited', 'Company'],
    ['***', '---'],
    ['株式会社', '有限会社'],
    ['Acme', 'Acme Holding'],
  ])('%s is not like %s', (one, other) => {
    expect(matchKey(one)).not.toBe(matchKey(other));
  });

  test('a name is never set aside to nothing, and its key is its own key', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('Ltd', 'AG & Co', '& and')),
        (name) => {
          const key = matchKey(name);
          if (name.trim()) expect(key).not.toBe('');
          expect(matchKey(name.toUpperCase())).toBe(matchKey(name.toUpperCase().toLowerCase()));
          expect(matchKey(`  ${name} `)).toBe(key);
        },
      ),
    );
  });
});
