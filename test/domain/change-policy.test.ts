import { describe, expect, test } from 'vitest';
import { achieved, moved } from '../../domain/change.ts';
import {
  approvalFor,
  type ChangeFacts,
  costOf,
  cyclesLeft,
  defaultPolicy,
  forbidden,
} from '../../domain/change-policy.ts';

const now = new Date('2026-03-10T12:00:00Z');
const facts: ChangeFacts = {
  name: 'Business Premium',
  status: 'active',
  quantity: '10',
  autoRenew: true,
  unitCost: '12.5',
  currency: 'EUR',
  billingCycle: 'monthly',
  term: 'P1Y',
  endDate: '2026-09-30',
  cancelUntil: null,
  minQuantity: null,
  maxQuantity: null,
  unreadable: [],
};

describe('what a change costs', () => {
  test.each([
    ['12', '25', '175'],
    ['7', '-37.5', '-262.5'],
  ])('%s seats: %s a cycle and %s until the term ends', (quantity, perCycle, untilEnd) => {
    expect(costOf('quantity', { quantity }, facts, now)).toEqual({
      perCycle: { amount: perCycle, currency: 'EUR', cycle: 'monthly' },
      untilTermEnd: { amount: untilEnd, currency: 'EUR', cycle: 'until the term ends' },
    });
  });
  test('is not guessed where the cost or the quantity is not known', () => {
    for (const unknown of [{ unitCost: null }, { quantity: null }])
      expect(costOf('quantity', { quantity: '12' }, { ...facts, ...unknown }, now)).toEqual({
        perCycle: null,
        untilTermEnd: null,
      });
  });
  test.each([
    ['monthly', '2026-03-31', 1],
    ['monthly', '2026-04-10T13:00:00Z', 1],
    ['monthly', '2026-04-11', 2],
    ['annual', '2027-03-10', 1],
    ['annual', '2027-03-11', 2],
    ['quarterly', '2026-09-30', 3],
    ['monthly', '2026-03-01', 0],
    ['one-time', '2026-09-30', null],
    ['monthly', null, null],
    ['monthly', 'soon', null],
  ])('%s until %s: %s cycles', (cycle, end, cycles) => {
    expect(cyclesLeft(cycle, end, now)).toBe(cycles);
  });
});

describe('rules refuse before anything is sent', () => {
  const late = { cancelUntil: '2026-03-01' };
  test.each<[string, Parameters<typeof forbidden>[0], object, Partial<ChangeFacts>, RegExp | null]>([
    ['more seats', 'quantity', { quantity: '11' }, {}, null],
    ['the same number', 'quantity', { quantity: '10' }, {}, /10 seats already/],
    ['none at all', 'quantity', { quantity: '0' }, {}, /at least 1/],
    ['half a seat', 'quantity', { quantity: '1.5' }, {}, /whole number/],
    ['fewer than the minimum', 'quantity', { quantity: '4' }, { minQuantity: '5' }, /no fewer than 5/],
    ['more than the maximum', 'quantity', { quantity: '400' }, { maxQuantity: '300' }, /no more than 300/],
    [
      'fewer outside the window',
      'quantity',
      { quantity: '9' },
      late,
      /cannot be removed before the term ends/,
    ],
    [
      'fewer when the window cannot be read',
      'quantity',
      { quantity: '9' },
      { unreadable: ['cancelUntil'] },
      /window cannot be read/,
    ],
    [
      'more when the window cannot be read',
      'quantity',
      { quantity: '11' },
      { unreadable: ['cancelUntil'] },
      null,
    ],
    [
      'more when the maximum cannot be read',
      'quantity',
      { quantity: '11' },
      { unreadable: ['maxQuantity'] },
      /maximum quantity cannot be read/,
    ],
    ['on the last day, wherever it still is', 'cancel', {}, { cancelUntil: '2026-03-09' }, null],
    ['more outside the window', 'quantity', { quantity: '11' }, late, null],
    ['an unknown quantity', 'quantity', { quantity: '11' }, { quantity: null }, /does not say/],
    ['a committed term', 'cancel', {}, late, /committed and cannot be cancelled/],
    ['inside the window', 'cancel', {}, { cancelUntil: '2026-03-20' }, null],
    ['an ended one', 'suspend', {}, { status: 'cancelled' }, /is cancelled at the distributor/],
    ['a suspended one', 'suspend', {}, { status: 'suspended' }, /suspended already/],
    ['an active one', 'activate', {}, {}, /active already/],
    ['a cancelled one', 'activate', {}, { status: 'cancelled' }, null],
  ])('%s', (_, kind, wanted, more, rule) => {
    const said = forbidden(kind, wanted, { ...facts, ...more }, now);
    if (rule === null) expect(said).toBeNull();
    else expect(said).toMatch(rule);
  });
});

describe('who decides', () => {
  const auto = { ...defaultPolicy, changes: 'auto' as const, autoSeats: 5, autoMoney: '200' };
  const decide = (quantity: string, policy = auto, of: ChangeFacts | null = facts) =>
    approvalFor(
      policy,
      'quantity',
      { quantity },
      of,
      of ? costOf('quantity', { quantity }, of, now) : { perCycle: null, untilTermEnd: null },
    );
  test('a person, unless the policy is automatic', () => {
    expect(decide('11', { ...auto, changes: 'ask' as never })).toMatch(/every change/);
    expect(decide('11')).toBeNull();
  });
  test('a person where seats or money are more than the limits', () => {
    expect(decide('16')).toMatch(/6 seats are more than the 5/);
    expect(decide('13')).toMatch(/262.5 EUR is more than the 200/);
    expect(decide('5')).toBeNull();
    expect(decide('11', auto, { ...facts, unitCost: null })).toMatch(/unknown/);
    expect(decide('11', auto, null)).toMatch(/unknown/);
  });
  test('a person about every cancellation', () => {
    for (const kind of ['cancel', 'suspend', 'activate', 'create'] as const)
      expect(approvalFor(auto, kind, {}, facts, costOf(kind, {}, facts, now))).toMatch(/A person approves/);
    expect(
      approvalFor(auto, 'auto-renew', { autoRenew: false }, facts, costOf('auto-renew', {}, facts, now)),
    ).toBeNull();
  });
});

test('what moved since it was asked for is what the change rests on', () => {
  const base = { quantity: '10', status: 'active', autoRenew: true };
  expect(moved('quantity', base, { ...base, autoRenew: false })).toEqual([]);
  expect(moved('quantity', base, { ...base, quantity: '12' })).toEqual(['quantity']);
  expect(moved('auto-renew', base, { ...base, autoRenew: false, quantity: '1' })).toEqual(['autoRenew']);
  expect(achieved('cancel', {}, { ...base, status: 'expired' })).toBe(true);
  expect(achieved('quantity', { quantity: '12' }, base)).toBe(false);
});
