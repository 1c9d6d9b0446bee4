import { expect, test } from 'vitest';
import { guardTarget, isInwardAddress, isLoopbackHost } from '../../security/targets.ts';

const at =
  (...addresses: string[]) =>
  async () =>
    addresses;

test.each(['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1', '::',
  'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '224.0.0.1', 'not an address'])('%s is inward', (address) => {
  expect(isInwardAddress(address)).toBe(true);
}); // biome-ignore format: a table

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is not', (address) => {
  expect(isInwardAddress(address)).toBe(false);
});

test('a public https target passes', async () => {
  await guardTarget('https://ion.example/api', false, at('8.8.8.8', '2606:4700::1111'));
});

test.each([
  ['http://ion.example', at('8.8.8.8'), 'https'],
  ['https://ion.example', at('8.8.8.8', '10.0.0.1'), 'private network'],
  ['https://127.0.0.1:8080', at(), 'private network'],
  ['https://[::1]', at(), 'private network'],
  ['https://0x7f000001/', at(), 'private network'],
  ['ftp://ion.example', at('8.8.8.8'), 'ftp'],
  ['https://user:pass@ion.example', at('8.8.8.8'), 'password'],
])('%s is refused', async (url, resolve, says) => {
  await expect(guardTarget(url, false, resolve)).rejects.toThrow(says);
});

test('inward targets pass where they are allowed', async () => {
  await guardTarget('http://127.0.0.1:4000', true);
  await expect(guardTarget('file:///etc/passwd', true)).rejects.toThrow('file');
});

test('loopback hosts', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', 'a.localhost'])
    expect(isLoopbackHost(host)).toBe(true);
  for (const host of ['0.0.0.0', '::', '128.0.0.1', 'localhost.example'])
    expect(isLoopbackHost(host)).toBe(false);
});
