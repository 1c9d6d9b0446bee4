import { expect, test } from 'vitest';
import { readTokens } from '../../connectors/token-answer.ts';

const given = { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 3_600 };
const read = (change: object) => readTokens({ ...given, ...change }, 7_200);

test.each([
  [3_600, 3_600],
  ['3600', 3_600],
  [' 3600 ', 3_600],
  [0.5, 0.5],
  [86_400, 86_400],
  // A moment in milliseconds, milliseconds, and what no clock can hold: none of them is seconds of a token's life.
  [1_795_793_756_000, 7_200],
  [7_200_000, 7_200],
  [1e15, 7_200],
  [1e308, 7_200],
  [0, 7_200],
  [-1, 7_200],
  ['soon', 7_200],
  ['', 7_200],
  [null, 7_200],
  [undefined, 7_200],
  [true, 7_200],
  [[], 7_200],
  [{}, 7_200],
])('a lifetime of %j is %d seconds', (expires_in, seconds) => {
  expect(read({ expires_in })).toEqual({
    accessToken: 'access-1',
    refreshToken: 'refresh-1',
    expiresInSeconds: seconds,
  });
});

test.each([
  ['access-1\n', 'access-1'],
  ['\r\n access-1\t', 'access-1'],
  [42, '42'],
  ['two words', null],
  ['line\nbreak', null],
  ['ünïcode', null],
  ['', null],
  ['  ', null],
  [null, null],
  [undefined, null],
  [{ value: 'x' }, null],
])('an access token of %j is %j', (access_token, token) => {
  expect(read({ access_token }).accessToken).toBe(token);
});

test.each([
  ['refresh-2\n', 'refresh-2'],
  ['', null],
  [null, null],
  [[], null],
])('a refresh token of %j is %j', (refresh_token, token) => {
  expect(read({ refresh_token })).toMatchObject({ refreshToken: token, accessToken: 'access-1' });
});

test.each([null, undefined, 'text', 5, []])('%j holds no token', (json) => {
  expect(readTokens(json, 7_200)).toEqual({
    accessToken: null,
    refreshToken: null,
    expiresInSeconds: 7_200,
  });
});

test('a scope that could not be stored is none', () => {
  expect(read({ scope: 'all edit:customers' }).scope).toBe('all edit:customers');
  for (const scope of ['a\u0000b', 'x'.repeat(5_000), 7n, {}]) expect(read({ scope }).scope).toBeUndefined();
});
