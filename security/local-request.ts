import { isIP } from 'node:net';
import { isLoopbackHost } from './targets.ts';

interface Asked {
  /** The address the connection came from. */
  ip: string;
  headers: Record<string, string | string[] | undefined>;
}

/** With any of these headers, an intermediary asks on behalf of somebody else. */
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** From a process on this machine, not forwarded. Behind a proxy on this machine, every connection looks local. */
const isDirect = ({ ip, headers }: Asked) =>
  isLoopbackHost(ip.replace(/^::ffff:/, '')) && forwarding.every((name) => headers[name] === undefined);

/** Without a Host header (HTTP/1.0), DNS rebinding is impossible. */
function hasOwnName({ headers: { host } }: Asked): boolean {
  if (typeof host !== 'string' || host === '') return true;
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '');
  return isLoopbackHost(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/** From this machine, addressed by a name of this machine. */
export const isLocal = (asked: Asked): boolean => isDirect(asked) && hasOwnName(asked);

/**
 * From this machine but addressed by a foreign name, as in DNS rebinding: a browser sends this after a foreign page has
 * pointed its own name here, and so could read the answer.
 */
export const isRebound = (asked: Asked): boolean => isDirect(asked) && !hasOwnName(asked);
