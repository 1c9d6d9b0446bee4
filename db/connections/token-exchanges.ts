import { finding, findingKey } from '../../domain/findings/finding.ts';
import type { Sql } from '../client.ts';
import { report } from '../findings/lifecycle.ts';
import type { TokenOutcome } from '../schema.ts';
import { type NewToken, storeToken } from './tokens.ts';

/** The intents of token exchanges: stored before a refresh token is spent, closed once the outcome is known. */
export interface Attempt {
  id: string;
  connectionId: string;
  /** The version it spends, and the entry that belongs to. */
  version: number;
  enteredAt: Date;
}

/** Stores the intent and returns the database's clock; null if the row has changed. */
export async function beginAttempt(sql: Sql, attempt: Attempt): Promise<Date | null> {
  const { id, connectionId, version, enteredAt } = attempt;
  return await sql.begin(async (tx) => {
    const { count } = await tx`
      update tokens set state = 'refreshing'
      where connection_id = ${connectionId} and version = ${version} and entered_at = ${enteredAt}`;
    if (count === 0) return null;
    const [row] = await tx<{ begunAt: Date }[]>`
      insert into token_attempts (id, connection_id, version, begun_at)
      values (${id}, ${connectionId}, ${version}, date_trunc('milliseconds', clock_timestamp()))
      returning begun_at as "begunAt"`;
    return row!.begunAt;
  });
}

/** How often this token may have been spent without an answer: attempts that were lost or never closed. */
export async function lostAttempts(sql: Sql, { connectionId, version, enteredAt }: Omit<Attempt, 'id'>) {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from token_attempts
    where connection_id = ${connectionId} and version = ${version} and begun_at >= ${enteredAt}
      and (outcome = 'lost' or ended_at is null)`;
  return row!.n;
}

/** Stores token and outcome together. Idempotent: a repetition finds it stored. */
export async function storeAnswer(
  sql: Sql,
  attemptId: string,
  token: NewToken,
): Promise<'stored' | 'adopted'> {
  return await sql.begin(async (tx) => {
    const stored = await storeToken(tx as unknown as Sql, token);
    if (stored) {
      await end(tx as unknown as Sql, attemptId, 'stored');
      await forgetReport(tx as unknown as Sql, token.connectionId);
      return 'stored';
    }
    const [before] = await tx`select outcome from token_attempts where id = ${attemptId}`;
    if (before?.outcome === 'stored') return 'stored';
    await end(
      tx as unknown as Sql,
      attemptId,
      'adopted',
      'Another token was stored in the meantime and stays in use.',
    );
    return 'adopted';
  });
}

/** Nothing was spent: the token stays valid. */
export async function endAttempt(
  sql: Sql,
  attempt: Attempt,
  outcome: Extract<TokenOutcome, 'failed' | 'lost' | 'adopted'>,
  message: string,
): Promise<void> {
  await sql.begin(async (tx) => {
    await end(tx as unknown as Sql, attempt.id, outcome, message);
    // After a lost answer the state stays `refreshing`: it is retried at once.
    if (outcome === 'failed')
      await tx`
        update tokens set state = 'ok', problem = ${message}
        where connection_id = ${attempt.connectionId} and version = ${attempt.version} and state = 'refreshing'`;
  });
}

export interface Reauth {
  connectionId: string;
  version: number;
  problem: string;
  /** The attempt that showed it. */
  attemptId?: string;
}

/** Marks that only a person can continue; false if the row has changed. */
export async function requireReauth(sql: Sql, reauth: Reauth): Promise<boolean> {
  const { connectionId, version, problem, attemptId } = reauth;
  return await sql.begin(async (tx) => {
    if (attemptId) await end(tx as unknown as Sql, attemptId, 'refused', problem);
    const [row] = await tx<{ kind: string; name: string }[]>`
      update tokens t set state = 'reauth_required', problem = ${problem} from connections c
      where t.connection_id = ${connectionId} and t.version = ${version} and c.id = t.connection_id
      returning c.kind, c.name`;
    if (!row) return false;
    await report(tx as unknown as Sql, [
      finding('reauth-required', {
        connectionId,
        connectionName: row.name,
        connectionKind: row.kind,
        problem,
      }),
    ]);
    return true;
  });
}

async function forgetReport(sql: Sql, connectionId: string): Promise<void> {
  await sql`
    update findings set state = 'resolved', resolved_at = now(), muted_until = null,
      resolution = ${'{"by":"token-keeper"}'}::text::jsonb
    where key = ${findingKey('reauth-required', connectionId)} and state <> 'resolved'`;
}

async function end(
  sql: Sql,
  id: string,
  outcome: TokenOutcome,
  message: string | null = null,
): Promise<void> {
  await sql`
    update token_attempts set ended_at = clock_timestamp(), outcome = ${outcome}, message = ${message} where id = ${id}`;
}
