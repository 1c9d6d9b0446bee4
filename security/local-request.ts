import { isIP } from 'node:net';
import { isLoopbackHost } from './targets.ts';

interface Asked {
  /** The address the connection came from. */
  ip: string;
  headers: Record<string, string | string[] | undefined>;
}

/** Any of them: somebody in between asks for somebody else. */
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** From a process of this machine that speaks for itself. Behind a proxy on this machine everybody looks local. */
const isDirect = ({ ip, headers }: Asked) =>
  isLoopbackHost(ip.replace(/^::ffff:/, '')) && forwarding.every((name) => headers[name] === undefined);

/** Without a name (HTTP/1.0) there is none that could have been made to lead here. */
function hasOwnName({ headers: { host } }: Asked): boolean {
  if (typeof host !== 'string' || host === '') return true;
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '');
  return isLoopbackHost(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/** From this machine, and by a name of this machine. */
export const isLocal = (asked: Asked): boolean => isDirect(asked) && hasOwnName(asked);

/**
 * From this machine by a foreign name: as a browser asks when a page from elsewhere has made its own name lead here
 * (DNS rebinding), and so may read the answer.
 */
export const isRebound = (asked: Asked): boolean => isDirect(asked) && !hasOwnName(asked);
