import { expect, test } from 'vitest';
import { expectNone } from './capture.ts';

const secret = 'pass "word" ä/1+2';
const search = (text: string) => () => expectNone([{ where: 'here', text }], [secret]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each<[string, string]>([
  ['plain', `x${secret}x`],
  ['JSON', JSON.stringify({ secret })],
  ['a URL', `?a=${encodeURIComponent(secret)}&b`],
  ['a form', new URLSearchParams({ secret }).toString()],
  ...[0, 1, 2, 3].map((n) => ['base64', base64(`${'x'.repeat(n)}${secret}yz`)] as [string, string]),
  ...[0, 1, 2, 3].map((n) => ['base64 to its end', base64(`${'x'.repeat(n)}${secret}`)] as [string, string]),
])('a secret is found as %s: %s', (_, text) => {
  expect(search(text)).toThrow(/in here/);
});

test('what is not there is not found, and a search through nothing is refused', () => {
  expect(search('pass word')).not.toThrow();
  expect(search('')).toThrow();
  expect(() => expectNone([{ where: 'here', text: 'x' }], [])).toThrow();
});
