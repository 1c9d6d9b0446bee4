import { v7 as uuid } from 'uuid';
import type { Actor, Scope } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Database, Sql } from '../client.ts';

/** The rows of `api_keys`, without the hash. */
export interface KeyRow {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  createdBy: Actor;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

export interface NewKey {
  name: string;
  scopes: Scope[];
  expiresAt: Date | null;
  hash: string;
  prefix: string;
}

const columns = (sql: Sql) => sql`
  id, name, prefix, scopes, created_by as "createdBy", created_at as "createdAt", expires_at as "expiresAt",
  last_used_at as "lastUsedAt"`;

export async function addKey({ sql }: Pick<Database, 'sql'>, key: NewKey, by: Actor): Promise<KeyRow> {
  const { name, scopes, expiresAt, hash, prefix } = key;
  return await sql.begin(async (tx) => {
    const [row] = await tx<KeyRow[]>`
      insert into api_keys (id, name, prefix, hash, scopes, expires_at, created_by)
      values (${uuid()}, ${name}, ${prefix}, ${hash}, ${JSON.stringify(scopes)}::text::jsonb, ${expiresAt},
        ${JSON.stringify(by)}::text::jsonb)
      returning ${columns(sql)}`;
    const after = { name, prefix, scopes, expiresAt };
    await record(tx, by, { action: 'key.create', target: ['key', row!.id], after });
    return row!;
  });
}

/** Oldest first, one more than `limit` if there is a next page; revoked ones are left out. */
export async function listKeys(
  { sql }: Pick<Database, 'sql'>,
  { limit, after }: { limit: number; after: [id: string] | null },
): Promise<KeyRow[]> {
  return await sql<KeyRow[]>`
    select ${columns(sql)} from api_keys
    where revoked_at is null ${after ? sql`and id > ${after[0]}` : sql``} order by id limit ${limit + 1}`;
}

export async function getKey({ sql }: Pick<Database, 'sql'>, id: string): Promise<KeyRow | null> {
  const [row] = await sql<KeyRow[]>`
    select ${columns(sql)} from api_keys where id = ${id} and revoked_at is null`;
  return row ?? null;
}

/** Revokes the key and ends its sessions. */
export async function revokeKey({ sql }: Pick<Database, 'sql'>, id: string, by: Actor): Promise<boolean> {
  return await sql.begin(async (tx) => {
    const [row] = await tx<{ name: string; prefix: string; hash: string }[]>`
      update api_keys set revoked_at = now() where id = ${id} and revoked_at is null returning name, prefix, hash`;
    if (!row) return false;
    await tx`delete from sessions where key_hash = ${row.hash}`;
    await tx`delete from session_links where key_hash = ${row.hash}`;
    const before = { name: row.name, prefix: row.prefix };
    await record(tx, by, { action: 'key.revoke', target: ['key', id], before });
    return true;
  });
}

export interface KeyHolder {
  id: string;
  name: string;
  scopes: Scope[];
  expiresAt: Date | null;
}

/** The owner of a valid key. Its last use is stored at most once a minute. */
export async function keyHolder({ sql }: Pick<Database, 'sql'>, hash: string): Promise<KeyHolder | null> {
  const [row] = await sql<(KeyHolder & { noted: boolean })[]>`
    select id, name, scopes, expires_at as "expiresAt",
      coalesce(last_used_at > clock_timestamp() - interval '1 minute', false) as noted
    from api_keys where hash = ${hash} and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`;
  if (!row) return null;
  if (!row.noted) await sql`update api_keys set last_used_at = clock_timestamp() where id = ${row.id}`;
  return row;
}
