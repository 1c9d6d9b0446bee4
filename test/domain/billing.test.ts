import { describe, expect, test } from 'vitest';
import { cycleFromHours, cycleFromText, termFromHours, termFromText } from '../../domain/billing.ts';

describe('a length in hours', () => {
  test.each([
    [0, 'one-time', null], ['1', 'hourly', 'PT1H'], [24, 'daily', 'P1D'], ['720', 'monthly', 'P1M'], [730, 'monthly', 'P1M'], [744, 'monthly', 'P1M'],
    [2160, 'quarterly', 'P3M'], [4320, 'half-yearly', 'P6M'], [8640, 'annual', 'P1Y'], [17280, 'biennial', 'P2Y'], ['25920', 'triennial', 'P3Y'],
    [34560, 'every 4 years', 'P4Y'], [43200, 'every 5 years', 'P5Y'], [51840, 'every 6 years', 'P6Y'],
  ])('%s h is %s', (hours, cycle, term) => {
    expect([cycleFromHours(hours), termFromHours(hours)]).toEqual([cycle, term]);
  }); // biome-ignore format: a table

  test('that is not listed is kept', () => {
    expect([cycleFromHours(100), termFromHours('100')]).toEqual(['100', '100']);
  });
});

describe('a cycle in words', () => {
  test.each([
    ['Monthly', 'monthly'], [' P1M ', 'monthly'], ['per year', 'annual'], ['ANNUALLY', 'annual'], ['one_time', 'one-time'], ['biannual', 'half-yearly'],
    ['triennially', 'triennial'], ['Every blue moon', 'Every blue moon'], [' odd ', 'odd'], ['', null], ['  ', null], [null, null],
  ])('%j is %j', (text, cycle) => {
    expect(cycleFromText(text)).toBe(cycle);
  }); // biome-ignore format: a table
});

describe('a term in words', () => {
  test.each([
    ['P1Y', 'P1Y'], ['p12m', 'P1Y'], ['P36M', 'P3Y'], ['P1Y6M', 'P1Y6M'], ['month-to-month', 'P1M'], ['3 Years', 'P3Y'], ['6 months', 'P6M'],
    ['No idea', 'No idea'], [' odd ', 'odd'], ['', null], [null, null],
  ])('%j is %j', (text, term) => {
    expect(termFromText(text)).toBe(term);
  }); // biome-ignore format: a table
});
