import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchKey } from '../../domain/names.ts';

/** Whether a client is made twice hangs on this key. */
describe('names that mean one company have one key', () => {
  test.each([
    ['case', 'Contoso', 'CONTOSO', 'cOnToSo'],
    [
      'spacing',
      'Contoso Bikes',
      '  Contoso   Bikes ',
      'Contoso\tBikes',
      'Contoso\u00a0Bikes',
      'Contoso\nBikes',
    ],
    ['what is not seen', 'Contoso', 'Con\u200btoso', 'Con\u00adtoso', '\ufeffContoso', 'Contoso\u200d'],
    [
      'punctuation',
      'Contoso, Bikes',
      'Contoso-Bikes',
      '"Contoso" Bikes!',
      'Contoso (Bikes)',
      'Contoso – Bikes',
    ],
    ['Unicode form', 'Café Noir', 'Cafe\u0301 Noir', 'Cafe Noir', 'ＣＡＦＥ Noir'],
    ['letters that Unicode keeps whole', 'Straße', 'Strasse', 'STRASSE'],
    ['Nordic letters', 'Øre Æon', 'Ore AEon', 'øre æon'],
    ['Polish letters', 'Łódź Soft', 'Lodz Soft'],
    ['Turkish letters', 'İstanbul Yazılım', 'Istanbul Yazilim'],
    ['ligatures', 'Œuvre ﬁne', 'Oeuvre fine'],
    ['initials', 'A.B.C. Parts', 'ABC Parts', 'A.B.C Parts'],
    ['and', 'Smith & Sons', 'Smith and Sons', 'Smith + Sons'],
    ['Ltd', 'Contoso Ltd', 'Contoso Ltd.', 'Contoso Limited', 'Contoso', 'Contoso, LTD', 'Contoso Co. Ltd.'],
    ['Inc', 'Contoso Inc', 'Contoso, Inc.', 'Contoso Incorporated', 'Contoso Corp.', 'Contoso LLC'],
    ['GmbH', 'Contoso GmbH', 'Contoso mbH', 'Contoso GmbH & Co. KG', 'Contoso AG'],
    [
      'S.A.',
      'Contoso SA',
      'Contoso S.A.',
      'Contoso S. A.',
      'Contoso s.a',
      'Contoso S.A.R.L.',
      'Contoso SARL',
      'Contoso S. A. R. L.',
    ],
    ['B.V.', 'Contoso BV', 'Contoso B.V.', 'Contoso b.v', 'Contoso B. V.', 'Contoso NV'],
    ['A/S', 'Contoso A/S', 'Contoso ApS', 'Contoso AS', 'Contoso AB'],
    [
      'Sp. z o.o.',
      'Contoso Sp. z o.o.',
      'Contoso sp. z o. o.',
      'Contoso Spzoo',
      'Contoso SP Z OO',
      'Contoso sp z.o.o',
    ],
    [
      'S.r.l.',
      'Contoso S.r.l.',
      'Contoso SRL',
      'Contoso S.p.A.',
      'Contoso s.r.o.',
      'Contoso d.o.o.',
      'Contoso d. o. o.',
    ],
    ['Pty Ltd', 'Contoso Pty Ltd', 'Contoso Pty. Ltd.', 'Contoso Pte Ltd'],
  ])('%s', (_, ...names) => {
    expect(new Set(names.map(matchKey)).size, names.map(matchKey).join(' | ')).toBe(1);
  });
});

test.each([
  ['Contoso North', 'Contoso South'],
  ['Contoso', 'Contoso Bikes'],
  ['Contoso 1', 'Contoso 2'],
  ['Smith & Sons', 'Smith Sons'],
  ['Berlin Zoo', 'Berlin GmbH'],
  ['Limited Edition', 'Edition'],
  ['Ltd', 'Inc'],
  ['SE', 'AG'],
  ['AB CD', 'ABCD'],
  ['!!!', '???'],
  ['東京商事', '大阪商事'],
  ['株式会社', '有限会社'],
  ['Contoso', 'Contoso Holding'],
  ['1/2 Price', '12 Price'],
])('%s and %s are two', (a, b) => {
  expect(matchKey(a)).not.toBe(matchKey(b));
});

test.each([
  ['Co & Ltd', 'co'],
  ['& Co', 'and'],
  ['GmbH', 'gmbh'],
  ['  !!! ', '!!!'],
  ['', ''],
])('something is left of %j', (name, key) => {
  expect(matchKey(name)).toBe(key);
});

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.constantFrom('Contoso', 'Ä.B.', 'S. A.', 'z', 'o.o.', 'Sp.', '&', 'and', 'Ltd.', 'A/S', 'Co', '-', 'ß', '1', '東京'), { maxLength: 6 })
    .map((words) => words.join(' ')),
); // biome-ignore format: two sources

describe('a key', () => {
  test('is its own key', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(matchKey(matchKey(text))).toBe(matchKey(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test('does not depend on Unicode form, case of plain letters, or blanks around', () => {
    fc.assert(
      fc.property(name, (text) => {
        const key = matchKey(text);
        if (!/[\p{L}\p{N}]/u.test(key)) return;
        expect(matchKey(text.normalize('NFC'))).toBe(matchKey(text.normalize('NFD')));
        expect(matchKey(text.replace(/[a-z]/g, (letter) => letter.toUpperCase()))).toBe(key);
        expect(matchKey(` ${text}\t`)).toBe(key);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is never empty where the name is not', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(matchKey(text) === '').toBe(text.trim() === '');
      }),
      { numRuns: 5_000 },
    );
  });
});
