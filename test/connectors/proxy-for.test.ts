import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../connectors/proxy-for.ts';

const through = (url: string, env: Record<string, string>) => proxyFor(url, env)?.href ?? null;
const proxy = 'http://proxy.example:3128/';

describe('the proxy of a URL', () => {
  test.each([
    ['https_proxy', 'https://api.example/x', proxy],
    ['HTTPS_PROXY', 'https://api.example/x', proxy],
    ['http_proxy', 'http://api.example/x', proxy],
    ['HTTP_PROXY', 'http://api.example/x', proxy],
    ['all_proxy', 'https://api.example/x', proxy],
    ['HTTP_PROXY', 'https://api.example/x', null],
    ['HTTPS_PROXY', 'http://api.example/x', null],
  ])('%s for %s', (name, url, expected) => {
    expect(through(url, { [name]: proxy })).toBe(expected);
  });

  test.each([
    'https://127.0.0.1:7233',
    'https://127.9.9.9',
    'https://[::1]:1',
    'https://localhost',
    'https://a.localhost',
  ])('is none for %s, whatever is set', (url) => {
    expect(through(url, { HTTPS_PROXY: proxy })).toBeNull();
  });

  test.each([
    ['*', true],
    ['api.example', true],
    ['.example', true],
    ['*.example', true],
    ['EXAMPLE', true],
    ['other.example, api.example', true],
    ['other api.example', true],
    ['api.example:443', true],
    ['api.example:8443', false],
    ['pi.example', false],
    ['api.example.org', false],
    ['', false],
  ])('NO_PROXY %o exempts it: %o', (noProxy, exempt) => {
    for (const name of ['no_proxy', 'NO_PROXY'])
      expect(through('https://api.example', { HTTPS_PROXY: proxy, [name]: noProxy })).toBe(
        exempt ? null : proxy,
      );
  });

  test.each([
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['fd12::1', 'https://[fd12::1]', true],
  ])('NO_PROXY %s for %s', (noProxy, url, exempt) => {
    expect(through(url, { HTTPS_PROXY: proxy, NO_PROXY: noProxy })).toBe(exempt ? null : proxy);
  });

  test('may be named without a scheme; what is no HTTP proxy is said by the name of its setting', () => {
    expect(through('https://api.example', { https_proxy: 'proxy.example:3128' })).toBe(proxy);
    for (const value of ['socks5://proxy.example:1080', 'http://', 'not a proxy'])
      expect(() => proxyFor('https://api.example', { https_proxy: value })).toThrow(/^HTTPS_PROXY is not/);
  });
});
