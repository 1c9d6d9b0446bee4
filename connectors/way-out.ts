import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { FailureKind } from '../domain/failure.ts';
import { type Environment, proxyFor } from './proxy-for.ts';

/** What failed before a request could be sent. */
export type WayFault = Extract<FailureKind, 'unreachable' | 'certificate' | 'proxy' | 'name-lookup'>;

/** Errors raised while connecting: whatever their code, nothing was sent. */
const faults = new WeakMap<object, WayFault>();

/** Which part of the way failed; undefined where the request may have been sent. */
export const wayFault = (error: unknown): WayFault | undefined =>
  typeof error === 'object' && error !== null ? faults.get(error) : undefined;

export interface WayOutOptions {
  /** How names become addresses; Node's own way unless given. Behind a proxy names are the proxy's to look up. */
  lookup?: LookupFunction;
  env?: Environment;
}

/** Connections to outside systems: directly, or through the proxy the environment names for the URL. */
export function createWayOut({ lookup, env = process.env }: WayOutOptions = {}): Dispatcher {
  for (const url of ['https://host.example', 'http://host.example']) proxyFor(url, env);
  const proxied = new Map<string, Dispatcher.Dispatch>();
  const through = (proxy: URL) => {
    let dispatch = proxied.get(proxy.href);
    if (!dispatch) {
      dispatch = throughProxy(proxy);
      proxied.set(proxy.href, dispatch);
    }
    return dispatch;
  };
  const direct = new Agent({ connect: noting(buildConnector({ lookup }), faultOf) });
  return direct.compose((dispatch) => (options, handler) => {
    const proxy = proxyFor(options.origin!, env);
    return proxy ? through(proxy)(options, handler) : dispatch(options, handler);
  });
}

function throughProxy(proxy: URL): Dispatcher.Dispatch {
  const toProxy = (origin: string | URL, options: object) =>
    new Pool(origin, { ...options, connect: noting(buildConnector({}), () => 'proxy') });
  const tunnel = new ProxyAgent({
    uri: proxy.href,
    clientFactory: toProxy,
    // What it connects with is the tunnel: a refusal of the proxy, or TLS with the host beyond it.
    factory: (origin, options) => {
      const { connect } = options as { connect: buildConnector.connector };
      return new Pool(origin, { ...options, connect: noting(connect, tunnelFaultOf) });
    },
  });
  const plain = toProxy(proxy.origin, {});
  const { username, password } = proxy;
  const basic = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const signIn = username && { 'proxy-authorization': `Basic ${Buffer.from(basic).toString('base64')}` };
  return (options, handler) => {
    const { origin, path, headers } = options;
    const { protocol, host } = new URL(origin!);
    if (protocol === 'https:') return tunnel.dispatch(options, handler);
    // Without TLS a proxy is given the whole URL; many let nobody tunnel to such a port.
    const whole = `${protocol}//${host}${path}`;
    const named = { ...(headers as Record<string, string>), host, ...signIn };
    return plain.dispatch({ ...options, origin: proxy.origin, path: whole, headers: named }, handler);
  };
}

type Classify = (error: NodeJS.ErrnoException) => WayFault | undefined;

const noting =
  (connect: buildConnector.connector, classify: Classify): buildConnector.connector =>
  (options, callback) =>
    connect(options, (...result) => {
      const [error] = result;
      const fault = error && !faults.has(error) && classify(error);
      if (error && fault) faults.set(error, fault);
      callback(...result);
    });

const lookupCodes = /^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL|ENONAME)/;
const socketCodes =
  /^(ECONN|EHOST|ENET|EADDR|EPIPE|ETIMEDOUT|EACCES|EPERM|UND_ERR_CONNECT_TIMEOUT|UND_ERR_SOCKET)/;

/** While connecting, what is neither the name nor the socket is TLS, in one of its hundred codes. */
const faultOf: Classify = ({ code = '', syscall, name }) => {
  // The look-up's own refusal of a target is no fault of the way.
  if (name === 'TargetRefused') return undefined;
  if (syscall === 'getaddrinfo' || lookupCodes.test(code)) return 'name-lookup';
  return socketCodes.test(code) ? 'unreachable' : 'certificate';
};

const tunnelFaultOf: Classify = (error) => {
  const { code = '', message } = error;
  return code === 'UND_ERR_ABORTED' || /prox/i.test(message) ? 'proxy' : faultOf(error);
};
