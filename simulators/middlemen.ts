import type { SimResponse } from './harness.ts';

/**
 * Intermediaries that answer instead of the system: proxies, firewalls, captive portals, gateways, another API on the
 * same host. None of them has processed the request, whatever its status.
 */
const page = (status: number, title: string, text: string, headers: Record<string, string> = {}) => ({
  status,
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`,
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
});
/** The redirect target of the captive portal; the harness serves the portal's page there. */
export const portalPath = '/__middleman/login';

const answers = {
  'html-200': page(200, 'Sign in', 'Sign in to use this network.'),
  'html-302': page(302, 'Found', 'The document has moved.', { location: portalPath }),
  'html-400': page(400, '400 Bad Request', 'The proxy could not understand the request.'),
  'html-401': page(401, 'Authorization required', 'This network needs you to sign in.', {
    'www-authenticate': 'Basic realm="proxy"',
  }),
  'html-403': page(403, 'Access denied', 'Blocked by the web application firewall. Ray ID: 8f00ba4.'),
  'html-404': page(404, '404 Not Found', 'nginx'),
  'html-407': page(407, 'Proxy Authentication Required', 'Sign in to the proxy.', {
    'proxy-authenticate': 'Basic realm="proxy"',
  }),
  'html-429': page(429, 'Too many requests', 'Checking your browser before you go on.'),
  'html-500': page(500, '500 Internal Server Error', 'The gateway failed.'),
  'html-502': page(502, '502 Bad Gateway', 'nginx'),
  'html-503': page(503, '503 Service Unavailable', 'Down for maintenance.'),
  'html-504': page(504, '504 Gateway Time-out', 'nginx'),
  /** HTML declared as JSON. */
  'html-as-json-200': page(200, 'Sign in', 'Sign in to use this network.', {
    'content-type': 'application/json',
  }),
  'empty-200': { status: 200 },
  'empty-204': { status: 204 },
  'empty-401': { status: 401 },
  'empty-403': { status: 403 },
  'empty-502': { status: 502 },
  'text-200': { status: 200, body: 'OK', headers: { 'content-type': 'text/plain' } },
  'json-200': { status: 200, body: { service: 'edge-gateway', healthy: true, version: '4.2.0' } },
  'json-200-list': { status: 200, body: [{ route: '/', upstream: 'default' }] },
  'json-200-null': { status: 200, body: 'null' },
  'json-400': { status: 400, body: { message: 'Bad Request', code: 400 } },
  'json-401': { status: 401, body: { message: 'Unauthorized' } },
  'json-403': { status: 403, body: { message: 'Forbidden' } },
  'json-404': { status: 404, body: { message: 'no Route matched with those values' } },
  'json-502': { status: 502, body: { message: 'Bad Gateway' } },
} satisfies Record<string, SimResponse>;

export type MiddlemanName = keyof typeof answers;
export const middlemen: Readonly<Record<MiddlemanName, SimResponse>> = answers;
export const middlemanNames = Object.keys(answers) as MiddlemanName[];
