import { describe, expect, test } from 'vitest';
import {
  guardTarget,
  isInwardAddress,
  isLoopbackHost,
  outwardLookup,
  TargetRefused,
} from '../../security/targets.ts';

test.each(['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1', '::',
  'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '224.0.0.1',
  '::7f00:1', '::127.0.0.1', '::a00:1', '::ffff:0:7f00:1', '64:ff9b:1::1', '100::1', '2001::1', '2001:10::1', '2001:db8::1',
  '2002:7f00:1::', '3fff::1', '5f00::1', 'fec0::1', 'ff02::1', '4000::1', '::ffff:7f00:1', 'not an address'])('%s is inward', (address) => {
  expect(isInwardAddress(address)).toBe(true);
}); // biome-ignore format: a table

test.each([
  '8.8.8.8',
  '172.32.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
  '2400::1',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
])('%s is not', (address) => {
  expect(isInwardAddress(address)).toBe(false);
});

test('a public https target passes', () => {
  guardTarget('https://ion.example/api', false);
  guardTarget('https://8.8.8.8', false);
});

test.each([
  ['http://ion.example', 'https'],
  ['https://127.0.0.1:8080', 'private network'],
  ['https://[::1]', 'private network'],
  ['https://0x7f000001/', 'private network'],
  ['ftp://ion.example', 'ftp'],
  ['https://user:pass@ion.example', 'password'],
])('%s is refused', (url, says) => {
  expect(() => guardTarget(url, false)).toThrow(says);
});

describe('looking up a name to connect to', () => {
  const look = (addresses: string[] | Error, all = true) =>
    new Promise((resolve, reject) => {
      const resolver = async () => {
        if (addresses instanceof Error) throw addresses;
        return addresses;
      };
      outwardLookup(resolver)('ion.example', { all }, (error, found, family) =>
        error ? reject(error) : resolve([found, family]),
      );
    });

  test('gives its addresses', async () => {
    expect(await look(['8.8.8.8', '2606:4700::1111'])).toEqual([
      [
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700::1111', family: 6 },
      ],
      undefined,
    ]);
    expect(await look(['8.8.8.8'], false)).toEqual(['8.8.8.8', 4]);
  });

  test('refuses it if one of them is inward', async () => {
    await expect(look(['8.8.8.8', '10.0.0.1'])).rejects.toThrow(TargetRefused);
  });

  test('says what the resolver says', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    await expect(look(unknown)).rejects.toBe(unknown);
  });
});

test('inward targets pass where they are allowed', () => {
  guardTarget('http://127.0.0.1:4000', true);
  expect(() => guardTarget('file:///etc/passwd', true)).toThrow('file');
});

test('loopback hosts', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', 'a.localhost'])
    expect(isLoopbackHost(host)).toBe(true);
  for (const host of ['0.0.0.0', '::', '128.0.0.1', 'localhost.example'])
    expect(isLoopbackHost(host)).toBe(false);
});
