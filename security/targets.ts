import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** A target that this installation does not allow. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

export type Resolve = (host: string) => Promise<string[]>;

const inward4 = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  inward4.addSubnet(net, prefix, 'ipv4');
const inward6 = new BlockList();
// Outside 2000::/3 nothing is on the public internet. Addresses with an embedded IPv4 address (::/96, 64:ff9b::/96,
// 2001::/32, 2002::/16) reach what that address reaches.
for (const [net, prefix] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  inward6.addSubnet(net, prefix, 'ipv6');
const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Loopback, private, link-local or otherwise not on the public internet. */
export function isInwardAddress(address: string): boolean {
  if (isIP(address) === 4) return inward4.check(address, 'ipv4');
  if (isIP(address) === 0) return true;
  // BlockList applies IPv4 rules to IPv4-mapped IPv6 addresses.
  return mapped.check(address, 'ipv6') ? inward4.check(address, 'ipv6') : inward6.check(address, 'ipv6');
}

export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127(\.\d+){3}$/.test(bare)
  );
}

/**
 * Passes a URL or throws `TargetRefused`. Unless internal targets are allowed, it must be https, and an address in it
 * public; host names are checked while connecting, by `outwardLookup`.
 */
export function guardTarget(url: string | URL, allowInward: boolean): void {
  const { protocol, hostname, host, username, password } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new TargetRefused(`${host} cannot be asked by ${protocol.replace(':', '')}.`);
  if (username || password) throw new TargetRefused(`The URL of ${host} must not carry a password.`);
  if (allowInward) return;
  if (protocol === 'http:') throw new TargetRefused(`${host} must be reached by https.`);
  const name = hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0 && isInwardAddress(name)) throw inside(host);
}

/**
 * The addresses of a name for `connect`, or `TargetRefused` if one of them is internal. The checked addresses are the
 * ones connected to, so a name cannot resolve to a public address first and to an internal one afterwards.
 */
export const outwardLookup =
  (resolve: Resolve = resolveHost): LookupFunction =>
  (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (addresses.some(isInwardAddress)) callback(inside(host), '');
        else if (all) callback(null, found);
        else callback(null, found[0]!.address, found[0]!.family);
      },
      (error) => callback(error, ''),
    );
  };

/** For a name that a proxy resolves: refused if it resolves to an internal address here; unresolvable names pass. */
export async function guardName(url: string | URL, resolve: Resolve = resolveHost): Promise<void> {
  const { hostname, host } = new URL(url);
  const addresses = await resolve(hostname.replace(/^\[|\]$/g, '')).catch(() => []);
  if (addresses.some(isInwardAddress)) throw inside(host);
}

const inside = (host: string) =>
  new TargetRefused(`${host} is inside a private network. Set ALLOW_PRIVATE_TARGETS=true if that is meant.`);

const resolveHost: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);
