import type { Sql } from '../client.ts';

/** The rows of `tokens`: a connection's current token. Every change is a compare-and-set on the version. */
export interface TokenRow {
  connectionId: string;
  version: number;
  state: 'ok' | 'refreshing' | 'reauth_required';
  /** `SealedToken` as sealed JSON; empty before the first token. */
  sealed: string;
  scope: string | null;
  accessExpiresAt: Date;
  refreshExpiresAt: Date | null;
  lastRotatedAt: Date;
  enteredAt: Date | null;
  problem: string | null;
  /** The database's clock when the row was read. */
  now: Date;
}

export async function readToken(sql: Sql, connectionId: string): Promise<TokenRow | null> {
  const [row] = await sql<TokenRow[]>`
    select connection_id as "connectionId", version, state, sealed, scope, access_expires_at as "accessExpiresAt",
      refresh_expires_at as "refreshExpiresAt", last_rotated_at as "lastRotatedAt", entered_at as "enteredAt",
      problem, clock_timestamp() as now
    from tokens where connection_id = ${connectionId}`;
  return row ?? null;
}

export interface NewToken {
  connectionId: string;
  /** The version it follows; if the row has another, somebody was faster. */
  follows: number;
  /** The entry that version belongs to. */
  enteredAt: Date | null;
  sealed: string;
  scope: string | null;
  /** The database's clock at the request: lifetimes are counted from there. */
  askedAt: Date;
  expiresInSeconds: number;
  /** undefined keeps the stored value. */
  refreshExpiresInSeconds?: number;
}

/**
 * Stores the token that follows a version; false if the row has changed since. A row with an older version comes from a
 * backup: the new answer replaces it.
 */
export async function storeToken(sql: Sql, token: NewToken): Promise<boolean> {
  const refresh = token.refreshExpiresInSeconds ?? null;
  const { count } = await sql`
    update tokens set version = ${token.follows + 1}, state = 'ok', problem = null, sealed = ${token.sealed},
      scope = ${token.scope}, last_rotated_at = ${token.askedAt}, renewer = null, renewing_until = null,
      access_expires_at = ${token.askedAt}::timestamptz + make_interval(secs => ${token.expiresInSeconds}),
      refresh_expires_at = coalesce(
        ${token.askedAt}::timestamptz + make_interval(secs => ${refresh}::float8), refresh_expires_at)
    where connection_id = ${token.connectionId} and version <= ${token.follows}
      and entered_at is not distinct from ${token.enteredAt}::timestamptz`;
  return count > 0;
}

/**
 * Stores a refresh token a person entered, replacing the old one; it is exchanged before its first use. False if the
 * row is no longer what the caller saw (`follows` null: no row).
 */
export async function enterToken(
  sql: Sql,
  entry: { connectionId: string; follows: number | null; sealed: string },
): Promise<boolean> {
  const { connectionId, follows, sealed } = entry;
  // Truncated to milliseconds, as JavaScript reads it back, because the time is compared.
  const { count } = await sql`
    insert into tokens as t (connection_id, version, state, sealed, access_expires_at, last_rotated_at, entered_at)
    values (${connectionId}, 0, 'ok', ${sealed}, 'epoch', 'epoch', date_trunc('milliseconds', clock_timestamp()))
    on conflict (connection_id) do update set
      version = t.version + 1, state = 'ok', sealed = excluded.sealed, problem = null, refresh_expires_at = null,
      access_expires_at = excluded.access_expires_at, entered_at = excluded.entered_at
    where t.version = ${follows}::int`;
  return count > 0;
}

// --- Leases: who requests the next `client-credentials` token -------------------------------------------------

export interface Lease {
  connectionId: string;
  /** The version to follow; 0 if there is no token yet. */
  version: number;
  renewer: string;
  ms: number;
}

/** Takes the lease and returns the database's clock; null if another holds it or the row has changed. */
export async function takeLease(sql: Sql, lease: Lease): Promise<Date | null> {
  const { connectionId, version, renewer, ms } = lease;
  if (version === 0)
    await sql`
      insert into tokens (connection_id, version, state, sealed, access_expires_at, last_rotated_at)
      values (${connectionId}, 0, 'ok', '', 'epoch', 'epoch') on conflict do nothing`;
  const [taken] = await sql<{ now: Date }[]>`
    update tokens set renewer = ${renewer}, renewing_until = clock_timestamp() + make_interval(secs => ${ms / 1000})
    where connection_id = ${connectionId} and version = ${version}
      and (renewing_until is null or renewing_until < clock_timestamp() or renewer = ${renewer})
    returning clock_timestamp() as now`;
  return taken?.now ?? null;
}

export async function releaseLease(sql: Sql, { connectionId, renewer }: Omit<Lease, 'ms'>): Promise<void> {
  await sql`
    update tokens set renewer = null, renewing_until = null
    where connection_id = ${connectionId} and renewer = ${renewer}`;
}
