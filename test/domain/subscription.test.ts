import { describe, expect, test } from 'vitest';
import { cycleFromHours, cycleFromText, termFromHours, termFromText } from '../../domain/billing.ts';
import { endedStatuses, statusByFacts } from '../../domain/subscription.ts';

describe('a status that says nothing', () => {
  const now = Date.parse('2026-06-15T12:00:00Z');
  test.each([
    ['unknown', '2026-05-01T00:00:00Z', false, 'expired'],
    ['unknown', '2026-05-01', false, 'expired'],
    // A day is left for dates without a zone.
    ['unknown', '2026-06-15', false, 'unknown'],
    ['unknown', '2026-06-15T11:00:00Z', false, 'unknown'],
    ['unknown', '2027-01-01', false, 'unknown'],
    ['unknown', '2026-05-01', true, 'unknown'],
    ['unknown', '2026-05-01', null, 'unknown'],
    ['unknown', null, false, 'unknown'],
    ['active', '2026-05-01', false, 'active'],
    ['suspended', '2026-05-01', false, 'suspended'],
  ] as const)('%s, ending %s, renewing %s: %s', (status, endDate, autoRenew, is) => {
    expect(statusByFacts(status, { endDate, autoRenew }, now)).toBe(is);
  });

  test('never is a status of its own', () => {
    for (const status of endedStatuses)
      expect(statusByFacts(status, { endDate: null, autoRenew: null })).toBe(status);
  });
});

test.each([
  ['720', 'monthly', 'P1M'], ['8640', 'annual', 'P1Y'], ['25920', 'triennial', 'P3Y'], ['0', 'one-time', null],
  ['99', '99', '99'], ['constructor', 'constructor', 'constructor'], ['__proto__', '__proto__', '__proto__'],
] as const)('%s hours are billed %s for %s', (hours, cycle, term) => {
  expect([cycleFromHours(hours), termFromHours(hours)]).toEqual([cycle, term]);
}); // biome-ignore format: a table

test.each([
  ['Monthly', 'monthly'], [' P1Y ', 'annual'], ['one_time', 'one-time'], ['fortnightly', 'fortnightly'], ['toString', 'toString'],
  [' ', null], [null, null],
])('the cycle %j is %j', (text, cycle) => expect(cycleFromText(text)).toBe(cycle)); // biome-ignore format: a table

test.each([
  ['P1Y', 'P1Y'], ['p12m', 'P1Y'], ['P36M', 'P3Y'], ['3 years', 'P3Y'], ['month-to-month', 'P1M'], ['P1Y6M', 'P1Y6M'],
  ['hasOwnProperty', 'hasOwnProperty'], ['', null], [null, null],
])('the term %j is %j', (text, term) => expect(termFromText(text)).toBe(term)); // biome-ignore format: a table
