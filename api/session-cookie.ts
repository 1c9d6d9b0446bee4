import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/**
 * A browser's session: an HttpOnly, SameSite=Strict cookie. Behind https it is Secure and named `__Host-…`; browsers
 * refuse both on plain http.
 */
const name = 'tributary_session';
const secureName = `__Host-${name}`;

export const sessionOf = ({ cookies }: FastifyRequest): string | null =>
  cookies[secureName] || cookies[name] || null;

export function setSession(reply: FastifyReply, secret: string, expires: Date): void {
  const secure = isHttps(reply.request);
  reply.setCookie(secure ? secureName : name, secret, { ...attributes, secure, expires });
}

export function clearSession(reply: FastifyReply): void {
  const secure = isHttps(reply.request);
  reply.clearCookie(secure ? secureName : name, { ...attributes, secure });
}

const attributes = { path: '/', httpOnly: true, sameSite: 'strict' } as const;

const reads = ['GET', 'HEAD', 'OPTIONS'];
const notOfForms = ['application/json', 'application/merge-patch+json', 'text/csv'];

/** Browsers send the cookie with requests of any page, so sessions are limited to our own pages. */
export function requireOwnPage(request: FastifyRequest): void {
  const { 'sec-fetch-site': site, 'content-type': type = '' } = request.headers;
  const read = reads.includes(request.method);
  if (site !== undefined && site !== 'same-origin' && !(read && site === 'none'))
    throw forbidden('The request comes from a page of another site.');
  if (read) return;
  requireSameOrigin(request);
  const media = type.split(';')[0]!.trim().toLowerCase();
  if (request.method !== 'DELETE' && !notOfForms.includes(media))
    throw forbidden('With a session, changes are sent as application/json.');
}

/** `Origin` equals the requested host. */
function requireSameOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  if (origin === undefined) throw forbidden('With a session, a change must carry Origin.');
  const from = URL.canParse(origin) ? new URL(origin) : null;
  const hosts = [request.headers.host, forwarded(request, 'x-forwarded-host')];
  const protocol = forwarded(request, 'x-forwarded-proto');
  if (!from || !hosts.includes(from.host) || (protocol && from.protocol !== `${protocol}:`))
    throw forbidden('The request comes from a page of another site.');
}

/** For signing in, before there is a session: browsers always send the origin of a POST; other clients need not. */
export function refuseOtherOrigin(request: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined) requireSameOrigin(request);
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw forbidden('The request comes from a page of another site.');
}

const isHttps = (request: FastifyRequest) =>
  request.protocol === 'https' || forwarded(request, 'x-forwarded-proto') === 'https';

/** The value from the first proxy. */
const forwarded = (request: FastifyRequest, header: string): string | undefined =>
  String(request.headers[header] ?? '')
    .split(',')[0]!
    .trim()
    .toLowerCase() || undefined;

const forbidden = (detail: string) => new Problem('forbidden', detail);
