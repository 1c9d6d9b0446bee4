import { z } from 'zod';
import {
  endSession,
  type NewSession,
  openSession,
  type SessionHolder,
  takeSessionLink,
} from '../../db/access/sessions.ts';
import { actorKinds, scopes } from '../../domain/actor.ts';
import { newSecret, secretHash } from '../../security/api-key.ts';
import { callerByKey, type Refuse } from '../auth.ts';
import type { App, Context } from '../context.ts';
import { Problem } from '../problem.ts';
import { answers, instant, noContent } from '../schemas.ts';
import { clearSession, refuseOtherOrigin, setSession } from '../session-cookie.ts';

const session = z
  .object({
    kind: z.enum(actorKinds).describe('`session` in a browser, `key` with an API key.'),
    name: z.string().describe('The name under which changes are recorded.'),
    scopes: z.array(z.enum(scopes)),
    expiresAt: instant.nullable(),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof session>;

const secret = z.string().min(1).max(500);
const given = z
  .strictObject({
    key: secret.optional().describe('An API key.'),
    link: secret.optional().describe('The part of a one-time link after `#link=`.'),
  })
  .refine(({ key, link }) => (key === undefined) !== (link === undefined), {
    path: ['key'],
    error: 'give either key or link',
  });

export function sessionRoutes(app: App, { db, apiKey }: Context, refuse: Refuse): void {
  const tags = ['access'];

  app.post(
    '/sessions',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Sign in',
        description:
          'Opens a browser session with a key or a one-time link. Its changes must be application/json and same-origin.',
        tags,
        security: [],
        body: given,
        response: answers({ 201: session }),
      },
    },
    async (request, reply) => {
      refuseOtherOrigin(request);
      const { key, link } = request.body;
      const grant = key === undefined ? await byLink(link!) : await byKey(key);
      if (!grant)
        return await refuse(
          request,
          key === undefined ? 'The link has been used or has expired.' : 'The API key is not valid.',
        );
      const cookie = newSecret();
      const row = await openSession(db, { ...grant, hash: secretHash(cookie) });
      setSession(reply, cookie, row.expiresAt);
      return reply.code(201).send(show(row));
    },
  );

  app.get(
    '/session',
    {
      config: { access: 'read' },
      schema: { summary: 'Who is signed in, with which scope', tags, response: answers({ 200: session }) },
    },
    async ({ caller }) => {
      const { actor, scopes, expiresAt } = caller!;
      const { kind, name } = actor;
      return { kind, name, scopes: [...scopes], expiresAt: expiresAt?.toISOString() ?? null };
    },
  );

  app.delete(
    '/sessions',
    {
      config: { access: 'read' },
      schema: { summary: 'Sign out', tags, response: answers({ 204: noContent }) },
    },
    async ({ caller }, reply) => {
      const { kind, id } = caller!.actor;
      if (kind !== 'session' || id === null)
        throw new Problem('not-applicable', 'This request carries a key, not a session.');
      await endSession(db, id, caller!.actor);
      clearSession(reply);
      return reply.code(204).send();
    },
  );

  async function byKey(key: string): Promise<Omit<NewSession, 'hash'> | null> {
    const caller = await callerByKey({ db, apiKey }, key);
    if (!caller) return null;
    const { actor, scopes, expiresAt } = caller;
    return { keyHash: secretHash(key), name: actor.name, scopes: [...scopes], expiresAt };
  }

  async function byLink(link: string): Promise<Omit<NewSession, 'hash'> | null> {
    const grant = await takeSessionLink(db, secretHash(link), secretHash(apiKey));
    return grant && { ...grant, expiresAt: null };
  }
}

const show = ({ name, scopes, expiresAt }: SessionHolder): Session => ({
  kind: 'session',
  name,
  scopes,
  expiresAt: expiresAt.toISOString(),
});
