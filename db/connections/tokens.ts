import type { Sql } from '../client.ts';

/** The rows of `tokens`: what a connection's token is now. Every change is a compare-and-set on the version. */
export interface TokenRow {
  connectionId: string;
  version: number;
  state: 'ok' | 'refreshing' | 'reauth_required';
  /** `SealedToken` as sealed JSON; empty before the first. */
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
  /** The version it follows; another one in the row means somebody was faster. */
  follows: number;
  /** … of this entry. */
  enteredAt: Date | null;
  sealed: string;
  scope: string | null;
  /** The database's clock when it was asked for: lives are counted from there. */
  askedAt: Date;
  expiresInSeconds: number;
  /** undefined keeps what the row says. */
  refreshExpiresInSeconds?: number;
}

/**
 * Stores the token that follows a version; false when the row has moved on. A row that is further back comes from a
 * backup: the answer at hand is newer.
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
 * A person entered a refresh token: it takes the place of what was there, to be exchanged before its first use. False
 * when the row is no longer what the caller saw (`follows` null: no row).
 */
export async function enterToken(
  sql: Sql,
  entry: { connectionId: string; follows: number | null; sealed: string },
): Promise<boolean> {
  const { connectionId, follows, sealed } = entry;
  // To the millisecond, as JavaScript reads it back: the moment is compared.
  const { count } = await sql`
    insert into tokens as t (connection_id, version, state, sealed, access_expires_at, last_rotated_at, entered_at)
    values (${connectionId}, 0, 'ok', ${sealed}, 'epoch', 'epoch', date_trunc('milliseconds', clock_timestamp()))
    on conflict (connection_id) do update set
      version = t.version + 1, state = 'ok', sealed = excluded.sealed, problem = null, refresh_expires_at = null,
      access_expires_at = excluded.access_expires_at, entered_at = excluded.entered_at
    where t.version = ${follows}::int`;
  return count > 0;
}

// --- Leases: who asks for the next `client-credentials` token -------------------------------------------------

export interface Lease {
  connectionId: string;
  /** The version that is to be followed; 0 where there is no token yet. */
  version: number;
  renewer: string;
  ms: number;
}

/** Takes the lease and answers the database's clock; null when another holds it or the row has moved on. */
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
