import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { FailureKind } from '../domain/failure.ts';
import { type Environment, proxyFor } from './proxy-for.ts';

/** What failed before the request could be sent. */
export type WayFault = Extract<FailureKind, 'unreachable' | 'certificate' | 'proxy' | 'name-lookup'>;

/** Errors raised while connecting: whatever their code, nothing was sent. */
const faults = new WeakMap<object, WayFault>();

/** What failed before the request was sent; undefined if it may have been sent. */
export const wayFault = (error: unknown): WayFault | undefined =>
  typeof error === 'object' && error !== null ? faults.get(error) : undefined;

export interface WayOutOptions {
  /** Resolves host names; Node's lookup by default. Behind a proxy, the proxy resolves them. */
  lookup?: LookupFunction;
  env?: Environment;
}

/** Connects to outside systems: directly, or through the proxy that the environment sets for the URL. */
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
    // This factory connects the tunnel: it fails if the proxy refuses, or in TLS with the host behind it.
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
    // Plain HTTP goes to the proxy with the whole URL, because many proxies refuse to tunnel to such a port.
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

/** While connecting, an error of neither the lookup nor the socket is a TLS error; those have a hundred codes. */
const faultOf: Classify = ({ code = '', syscall, name }) => {
  // A target refused by our lookup is not a network failure.
  if (name === 'TargetRefused') return undefined;
  if (syscall === 'getaddrinfo' || lookupCodes.test(code)) return 'name-lookup';
  return socketCodes.test(code) ? 'unreachable' : 'certificate';
};

const tunnelFaultOf: Classify = (error) => {
  const { code = '', message } = error;
  return code === 'UND_ERR_ABORTED' || /prox/i.test(message) ? 'proxy' : faultOf(error);
};
