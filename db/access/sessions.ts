import { v7 as uuid } from 'uuid';
import type { Actor, Scope } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Database } from '../client.ts';

/** The rows of `sessions` and `session_links`. */
export interface SessionHolder {
  id: string;
  name: string;
  scopes: Scope[];
  expiresAt: Date;
}

interface Grant {
  /** The hash of the key it belongs to. */
  keyHash: string;
  name: string;
  scopes: Scope[];
}

export interface NewSession extends Grant {
  hash: string;
  /** Ends no later than its key. */
  expiresAt: Date | null;
}

const days = 7;

export async function openSession(
  { sql }: Pick<Database, 'sql'>,
  { hash, keyHash, name, scopes, expiresAt }: NewSession,
): Promise<SessionHolder> {
  return await sql.begin(async (tx) => {
    await tx`delete from sessions where expires_at < now()`;
    const [row] = await tx<SessionHolder[]>`
      insert into sessions (id, hash, key_hash, name, scopes, expires_at)
      values (${uuid()}, ${hash}, ${keyHash}, ${name}, ${JSON.stringify(scopes)}::text::jsonb,
        least(now() + ${days}::int * interval '1 day', ${expiresAt}::timestamptz))
      returning id, name, scopes, expires_at as "expiresAt"`;
    await record(tx, sessionActor(row!), { action: 'session.begin', target: ['session', row!.id] });
    return row!;
  });
}

/** The session's owner, while it and its key are valid. `firstKeyHash` is that of the key outside the database. */
export async function sessionHolder(
  { sql }: Pick<Database, 'sql'>,
  hash: string,
  firstKeyHash: string,
): Promise<SessionHolder | null> {
  const [row] = await sql<SessionHolder[]>`
    select s.id, s.name, s.scopes, s.expires_at as "expiresAt" from sessions s
    where s.hash = ${hash} and s.expires_at > clock_timestamp() and (s.key_hash = ${firstKeyHash} or exists (
      select 1 from api_keys k where k.hash = s.key_hash and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > clock_timestamp())))`;
  return row ?? null;
}

export async function endSession({ sql }: Pick<Database, 'sql'>, id: string, by: Actor): Promise<void> {
  await sql.begin(async (tx) => {
    const { count } = await tx`delete from sessions where id = ${id}`;
    if (count > 0) await record(tx, by, { action: 'session.end', target: ['session', id] });
  });
}

export const sessionActor = ({ id, name }: { id: string; name: string }): Actor => ({
  kind: 'session',
  name,
  id,
});

/** Stores a link that opens one session within the next minutes. */
export async function addSessionLink(
  { sql }: Pick<Database, 'sql'>,
  { hash, keyHash, name, scopes, minutes }: Grant & { hash: string; minutes: number },
): Promise<void> {
  await sql`delete from session_links where expires_at < now()`;
  await sql`
    insert into session_links (hash, key_hash, name, scopes, expires_at)
    values (${hash}, ${keyHash}, ${name}, ${JSON.stringify(scopes)}::text::jsonb,
      now() + ${minutes}::int * interval '1 minute')`;
}

/** Uses up a link: if two use it at once, only one succeeds. A link of a replaced first key grants nothing. */
export async function takeSessionLink(
  { sql }: Pick<Database, 'sql'>,
  hash: string,
  firstKeyHash: string,
): Promise<Grant | null> {
  const [row] = await sql<(Grant & { live: boolean })[]>`
    delete from session_links where hash = ${hash}
    returning key_hash as "keyHash", name, scopes, expires_at > clock_timestamp() and key_hash = ${firstKeyHash} as live`;
  if (!row?.live) return null;
  const { live: _, ...grant } = row;
  return grant;
}
