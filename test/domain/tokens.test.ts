import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure, type FailureDetails, type FailureKind } from '../../domain/failure.ts';
import { isOlder, markOf } from '../../domain/token-mark.ts';
import { idleRenewalMs, isDue, retryExchangeMs } from '../../domain/token-timing.ts';
import { judgeExchange, remedyOf } from '../../domain/token-verdict.ts';

const second = 1_000;
const minute = 60 * second;
const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);

describe('an access token is due', () => {
  const due = (lifeMs: number, ageMs: number) =>
    isDue({ lastRotatedAt: at(0), accessExpiresAt: at(lifeMs) }, at(ageMs));

  test.each([
    ['an hour', 60 * minute, 58 * minute],
    ['ten minutes', 10 * minute, 8 * minute],
    ['a minute', minute, 48 * second],
  ])('of %s, from its last two minutes or its last fifth', (_, life, from) => {
    expect(due(life, from - 1)).toBe(false);
    expect(due(life, from)).toBe(true);
  });

  test('once it has ended, also when its life was none', () => {
    expect(due(minute, 2 * minute)).toBe(true);
    expect(due(0, 0)).toBe(true);
  });

  test('and stays so', () => {
    fc.assert(
      fc.property(fc.nat(7_200_000), fc.nat(7_200_000), fc.nat(7_200_000), (life, age, more) => {
        if (due(life, age)) expect(due(life, age + more)).toBe(true);
      }),
    );
  });
});

test('idle tokens are renewed in the last tenth of a week', () => {
  const day = 24 * 60 * minute;
  expect(idleRenewalMs(0)).toBe(7 * day);
  expect(idleRenewalMs(1)).toBe(6.3 * day);
});

test('tries pause half a minute, doubling, never longer than an hour', () => {
  expect([0, 1, 2, 6, 7, 400].map(retryExchangeMs)).toEqual(
    [30, 60, 120, 1920, 3600, 3600].map((seconds) => seconds * second),
  );
});

describe('the order of all tokens there ever were', () => {
  const mark = fc
    .tuple(fc.option(fc.nat(3)), fc.nat(3))
    .map(([entry, version]) => markOf({ enteredAt: entry === null ? null : at(entry), version }));

  test('a later entry is newer whatever its version, then a higher version', () => {
    const of = (entry: number, version: number) => markOf({ enteredAt: at(entry), version });
    expect(isOlder(of(1, 9), of(2, 0))).toBe(true);
    expect(isOlder(of(2, 0), of(1, 9))).toBe(false);
    expect(isOlder(of(1, 1), of(1, 2))).toBe(true);
    expect(isOlder(markOf({ enteredAt: null, version: 9 }), of(1, 0))).toBe(true);
  });

  test('is strict and total', () => {
    fc.assert(
      fc.property(mark, mark, mark, (a, b, c) => {
        expect(isOlder(a, a)).toBe(false);
        expect(isOlder(a, b) && isOlder(b, a)).toBe(false);
        if (isOlder(a, b) && isOlder(b, c)) expect(isOlder(a, c)).toBe(true);
        if (!isOlder(a, b) && !isOlder(b, a)) expect(a).toEqual(b);
      }),
    );
  });
});

describe('what a failed exchange says of the refresh token', () => {
  test.each<[FailureKind, FailureDetails, ReturnType<typeof judgeExchange>]>([
    ['reauth-required', {}, 'refused'],
    // Only its issuer says so, in its own form.
    ['unauthorised', {}, 'failed'],
    ['forbidden', {}, 'failed'],
    ['intermediary', { ambiguous: 'dropped' }, 'failed'],
    // An answer came, and broke: the token was spent for it.
    ['bad-answer', { status: 200, ambiguous: 'dropped' }, 'lost'],
    ['too-large', { ambiguous: 'dropped' }, 'lost'],
    ['bad-answer', { status: 302 }, 'failed'],
    ['certificate', {}, 'failed'],
    ['proxy', {}, 'failed'],
    ['name-lookup', {}, 'failed'],
    ['timeout', { ambiguous: 'timeout' }, 'lost'],
    ['unreachable', { ambiguous: 'dropped' }, 'lost'],
    // It never left.
    ['unreachable', {}, 'failed'],
    ['timeout', {}, 'failed'],
    ['unavailable', { status: 503 }, 'failed'],
    ['rate-limited', { status: 429 }, 'failed'],
    ['internal', {}, 'failed'],
  ])('%s %j: %s', (kind, details, verdict) => {
    expect(judgeExchange(new Failure(kind, 'said', details))).toBe(verdict);
  });

  test('a fault of ours may have spent it', () => {
    expect(judgeExchange(new TypeError('a mistake'))).toBe('lost');
    expect(judgeExchange(undefined)).toBe('lost');
  });

  test('a remedy is included if there is one', () => {
    expect(remedyOf(new Failure('unauthorised', 'said', { remedy: 'Ask.' }))).toBe('Ask.');
    expect(remedyOf(new Failure('unauthorised', 'said'))).toBeUndefined();
    expect(remedyOf('nothing')).toBeUndefined();
  });
});
