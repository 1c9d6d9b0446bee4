import { BlockList, isIP } from 'node:net';

export type Environment = Record<string, string | undefined>;

const either = (env: Environment, name: string): string =>
  (env[name.toLowerCase()] || env[name.toUpperCase()] || '').trim();

/**
 * The proxy for a URL, from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case; null for none.
 * Loopback never uses a proxy. Throws if the variable is not the URL of an HTTP proxy.
 */
export function proxyFor(url: string | URL, env: Environment = process.env): URL | null {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const name = either(env, `${scheme}_proxy`) ? `${scheme}_proxy` : 'all_proxy';
  const value = either(env, name);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (!value || isLoopback(host)) return null;
  if (isExempt(host, Number(port) || (scheme === 'https' ? 443 : 80), either(env, 'no_proxy'))) return null;
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : null;
  if (!proxy || !/^https?:$/.test(proxy.protocol))
    throw new Error(
      `${name.toUpperCase()} is not the URL of an HTTP proxy, such as http://proxy.example:3128.`,
    );
  return proxy;
}

const isLoopback = (host: string) =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** Entries are `*`, a host with its subdomains, an address, or a network (`10.0.0.0/8`), each with an optional port. */
function isExempt(host: string, port: number, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, name = '', only] = /^(.+?)(?::(\d+))?$/.exec(isIP(entry) ? `${entry}:${port}` : entry) ?? [];
    const bare = name
      .replace(/^\*?\./, '')
      .replace(/^\[|\]$/g, '')
      .toLowerCase();
    if (!bare || (only && Number(only) !== port)) return false;
    return host === bare || host.endsWith(`.${bare}`) || isInNetwork(host, bare);
  });
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits] = network.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (!bits || !isIP(address) || isIP(host) !== isIP(address)) return false;
  const prefix = Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list.check(host, family);
}
