import type { FastifyInstance, FastifyRequest } from 'fastify';
import { keyHolder } from '../db/access/keys.ts';
import { sessionActor, sessionHolder } from '../db/access/sessions.ts';
import { type Actor, firstKey, reaches, type Scope } from '../domain/actor.ts';
import { bearerOf, sameApiKey, secretHash } from '../security/api-key.ts';
import { isLocal } from '../security/local-request.ts';
import type { Context } from './context.ts';
import { Problem } from './problem.ts';
import { requireOwnPage, sessionOf } from './session-cookie.ts';
import { createWrongKeys } from './wrong-keys.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open` to everyone, `loopback` without a key, or the scope needed; `admin` by default. */
    access?: 'open' | 'loopback' | Scope;
  }
  interface FastifyRequest {
    /** Who makes the request, and so any change; null on open routes. */
    caller: Caller | null;
  }
}

export interface Caller {
  actor: Actor;
  scopes: readonly Scope[];
  expiresAt: Date | null;
}

type Parts = Pick<Context, 'db' | 'apiKey'>;
export type Refuse = (request: FastifyRequest, detail: string) => Promise<never>;

/** One rule for every route: a key or session with a sufficient scope, unless the route says otherwise. */
export function requireAccess(app: FastifyInstance, parts: Parts): Refuse {
  const countWrongKey = createWrongKeys(app);
  const refuse: Refuse = async (request, detail) => {
    await countWrongKey(request);
    throw new Problem('unauthorised', detail, {
      headers: { 'www-authenticate': 'Bearer realm="tributary"' },
    });
  };

  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    if (isOpen(request)) return;
    const key = bearerOf(request.headers.authorization);
    const session = key ? null : sessionOf(request);
    const caller = await (key ? callerByKey(parts, key) : session ? callerBySession(parts, session) : null);
    if (!caller) return await refuse(request, refusal(key, session));
    if (session) requireOwnPage(request);
    requireScope(caller, neededBy(request));
    request.caller = caller;
  });
  return refuse;
}

export async function callerByKey({ db, apiKey }: Parts, key: string): Promise<Caller | null> {
  if (sameApiKey(key, apiKey)) return { actor: firstKey, scopes: ['admin'], expiresAt: null };
  const holder = await keyHolder(db, secretHash(key));
  if (!holder) return null;
  const { id, name, scopes, expiresAt } = holder;
  return { actor: { kind: 'key', name, id }, scopes, expiresAt };
}

async function callerBySession({ db, apiKey }: Parts, secret: string): Promise<Caller | null> {
  const holder = await sessionHolder(db, secretHash(secret), secretHash(apiKey));
  return holder && { actor: sessionActor(holder), scopes: holder.scopes, expiresAt: holder.expiresAt };
}

function neededBy(request: FastifyRequest): Scope {
  const { access } = request.routeOptions.config;
  if (access === 'loopback') return 'read';
  return access === undefined || access === 'open' ? 'admin' : access;
}

function requireScope({ actor, scopes }: Caller, needed: Scope): void {
  if (reaches(scopes, needed)) return;
  const held = `the ${actor.kind} “${actor.name}” has ${scopes.join(', ')}`;
  throw new Problem('forbidden', `This needs the scope ${needed}; ${held}.`, { scope: needed });
}

function refusal(key: string | null, session: string | null): string {
  if (key) return 'The API key is invalid, expired or revoked.';
  return session ? 'The session has ended. Sign in again.' : 'The request has no API key.';
}

function isOpen(request: FastifyRequest): boolean {
  const { access } = request.routeOptions.config;
  if (request.is404 || access === 'open') return true;
  return access === 'loopback' && isLocal(request);
}
