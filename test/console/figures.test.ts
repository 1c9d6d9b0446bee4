import { expect, test } from 'vitest';
import { z } from 'zod';
import { definitions } from '../../connectors/definitions.ts';
import { daysUntil, moneyText, whenText } from '../../console/browser/parts/figures.ts';
import { enteredOf, fieldsOf, valuesOf } from '../../console/browser/parts/schema-fields.ts';
import { labelOf } from '../../console/browser/parts/words.ts';

const money = (amount: string, currency: string, sign?: 'always') =>
  moneyText({ amount, currency }, sign, 'en-GB');

test('money is written digit for digit as the API says it', () => {
  expect(money('1234567890123456.7891', 'EUR')).toBe('€1,234,567,890,123,456.7891');
  expect(money('84', 'EUR')).toBe('€84.00');
  expect(money('0.1050', 'USD')).toBe('US$0.105');
  expect(money('412', 'EUR', 'always')).toBe('+€412.00');
  expect(money('-36.00', 'USD', 'always')).toBe('-US$36.00');
  expect(money('1200', 'JPY')).toBe('JP¥1,200');
  const paid = (currency: string | null, cycle: string) =>
    moneyText({ amount: '84', currency, cycle }, 'auto', 'en-GB');
  expect(paid('EUR', 'monthly')).toBe('€84.00 a month');
  expect(paid('EUR', 'annual')).toBe('€84.00 a year');
  expect(paid(null, 'every 4 years')).toBe('84 every 4 years');
});

test('an instant within a day is shown relative to now', () => {
  const now = new Date('2026-11-27T12:00:00Z');
  expect(whenText(new Date('2026-11-27T11:58:00Z'), now)).toBe('2 minutes ago');
  expect(whenText(new Date('2026-11-27T15:30:00Z'), now)).toBe('in 3 hours');
  expect(whenText(new Date('2026-11-29T12:00:00Z'), now)).toMatch(/2026/);
  expect(daysUntil('2026-12-01T11:59:00Z', now)).toBe(3);
  expect(daysUntil('2026-11-27T11:59:00Z', now)).toBe(-1);
});

test('names of the API read as words', () => {
  expect(labelOf('baseUrl')).toBe('Base URL');
  expect(labelOf('third_party_id')).toBe('Third party ID');
  expect(labelOf('resellerNo')).toBe('Reseller number');
  expect(labelOf('maxInFlight')).toBe('Max in flight');
});

test.each(definitions.map((definition) => [definition.kind, definition] as const))(
  'a form can show every setting and credential of %s',
  (_, definition) => {
    for (const schema of [definition.settings, definition.credentials]) {
      const fields = fieldsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
      expect(fields.length).toBeGreaterThan(0);
      expect(fields.filter(({ label }) => !label)).toEqual([]);
    }
  },
);

test('a form finds out what it cannot show', () => {
  expect(() => fieldsOf({ properties: { hosts: { type: 'array' } } })).toThrow('hosts');
  expect(() =>
    fieldsOf({ properties: { host: { anyOf: [{ type: 'string' }, { type: 'object' }] } } }),
  ).toThrow('host');
});

test('only what was entered is sent, and what was emptied is taken back', () => {
  const fields = fieldsOf({
    properties: {
      baseUrl: { type: 'string' },
      calls: { type: 'integer' },
      secret: { type: 'string', writeOnly: true },
    },
  });
  const before = enteredOf({ baseUrl: 'https://a.example', calls: 5 });
  expect(valuesOf(fields, before, before)).toEqual({});
  expect(valuesOf(fields, { ...before, calls: '7' }, before)).toEqual({ calls: 7 });
  expect(valuesOf(fields, { ...before, baseUrl: ' ' }, before)).toEqual({ baseUrl: null });
  expect(valuesOf(fields, { secret: '' })).toEqual({});
  expect(valuesOf(fields, { baseUrl: ' https://b.example ', secret: 's' })).toEqual({
    baseUrl: 'https://b.example',
    secret: 's',
  });
});
