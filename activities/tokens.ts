import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { TokenAnswer } from '../connectors/contract.ts';
import {
  type Attempt,
  beginAttempt,
  endAttempt,
  lostAttempts,
  requireReauth,
  storeAnswer,
} from '../db/connections/token-exchanges.ts';
import { enterToken, type NewToken, readToken, type TokenRow } from '../db/connections/tokens.ts';
import { Failure } from '../domain/failure.ts';
import { isOlder, markOf, type TokenMark } from '../domain/token-mark.ts';
import { isDue } from '../domain/token-timing.ts';
import { judgeExchange, lostTwice, remedyOf, restored } from '../domain/token-verdict.ts';
import { openAnswer, sealAnswer } from '../security/keeper-answer.ts';
import { entryDigest, openToken, sealToken } from '../security/token.ts';
import type { Deps } from './deps.ts';
import type { ConnectionSession } from './external/gateway.ts';

export interface ExchangeInput {
  connectionId: string;
  /** Renew unless the stored version is at least this; if absent, renew only when due. */
  minVersion?: number;
  /** Renew even if the token is not due, and retry once even if a person has to act. */
  force?: boolean;
  /** The newest token the keeper knows to have been stored. */
  newest: TokenMark | null;
}

export type Exchanged =
  /** The stored token is good enough, or was renewed. */
  | { outcome: 'fresh' | 'stored'; mark: TokenMark }
  /** Renewed, but the database is unavailable: the sealed answer must still be stored. */
  | { outcome: 'unstored'; answer: string }
  /** The token may have been spent, but no answer was received. */
  | { outcome: 'lost' }
  /** The token was not spent. */
  | { outcome: 'failed' }
  /** A person must enter a new token; the row and a finding say so. */
  | { outcome: 'refused' }
  /** The connection no longer exists. */
  | { outcome: 'gone' };

/** Named points at which a test may pause or kill the process; no-ops otherwise. */
export type RacePoint = (name: 'intended' | 'answered' | 'stored') => Promise<void>;

type TokenDeps = Pick<Deps, 'db' | 'gateway' | 'ring' | 'log'> & { racePoint?: RacePoint };

/** Used only by the token keeper: nobody else spends a refresh token. */
export function tokenActivities(deps: TokenDeps) {
  const { ring, gateway, log, racePoint = async () => {} } = deps;
  const { sql } = deps.db;

  return {
    /** Must not be retried: the outcome of an attempt that did not return is decided from its intent. */
    async exchangeToken(input: ExchangeInput): Promise<Exchanged> {
      const { connectionId, newest } = input;
      const session = await openConnection(connectionId);
      if (!session) return { outcome: 'gone' };
      const row = await entered(session);
      if (newest && isOlder(markOf(row), newest)) return await refuse(row, restored);
      if (row.state === 'reauth_required' && !input.force) return { outcome: 'refused' };
      if (!wanted(row, input)) return { outcome: 'fresh', mark: markOf(row) };
      const spending = { connectionId, version: row.version, enteredAt: row.enteredAt! };
      if (!input.force && (await lostAttempts(sql, spending)) > 1) return await refuse(row, lostTwice);

      const attempt: Attempt = { id: randomUUID(), ...spending };
      const askedAt = await beginAttempt(sql, attempt);
      if (!askedAt) return { outcome: 'fresh', mark: markOf((await readToken(sql, connectionId)) ?? row) };
      await racePoint('intended');
      const known = openToken(ring, connectionId, row.sealed);
      let answer: TokenAnswer;
      try {
        answer = await withHeartbeat(() => session.connector.exchange!(session.context, known.refreshToken));
      } catch (error) {
        return await unanswered(attempt, row, error);
      }
      const token: NewToken = {
        connectionId,
        follows: row.version,
        enteredAt: row.enteredAt,
        sealed: sealToken(ring, connectionId, {
          accessToken: answer.accessToken,
          refreshToken: answer.refreshToken ?? known.refreshToken,
          entered: known.entered,
        }),
        scope: answer.scope ?? null,
        askedAt,
        expiresInSeconds: answer.expiresInSeconds,
        refreshExpiresInSeconds: answer.refreshExpiresInSeconds,
      };
      const sealed = sealAnswer(ring, connectionId, { attemptId: attempt.id, token });
      // The heartbeat carries the sealed answer: if this process dies before storing it, the keeper still gets it.
      return await withHeartbeat(() => storeExchanged(attempt.id, token, sealed), sealed);
    },

    /** Stores an answer that the workflow kept; retried until the database accepts it. */
    async storeToken({ connectionId, answer }: { connectionId: string; answer: string }): Promise<TokenMark> {
      const opened = openAnswer(ring, connectionId, answer) as { attemptId: string; token: NewToken };
      const { attemptId, token } = opened;
      await storeAnswer(sql, attemptId, {
        ...token,
        askedAt: new Date(token.askedAt),
        enteredAt: token.enteredAt && new Date(token.enteredAt),
      });
      const row = await readToken(sql, connectionId);
      return row ? markOf(row) : { enteredAt: new Date(0).toISOString(), version: 0 };
    },
  };

  async function openConnection(connectionId: string): Promise<ConnectionSession | null> {
    try {
      return await gateway.sessionFor(connectionId, {
        // A running exchange is never aborted: stopping the worker must not lose its answer.
        signal: new AbortController().signal,
        purpose: 'person',
        unhurried: true,
      });
    } catch (error) {
      if (error instanceof Failure && error.kind === 'not-found') return null;
      throw error;
    }
  }

  /** The token row, updated first if a person has entered a new refresh token since. */
  async function entered({ connection, context }: ConnectionSession): Promise<TokenRow> {
    const { id } = connection;
    const { refreshToken } = context.credentials as { refreshToken: string };
    const entry = entryDigest(refreshToken);
    for (;;) {
      const row = await readToken(sql, id);
      if (row && openToken(ring, id, row.sealed).entered === entry) return row;
      const sealed = sealToken(ring, id, { accessToken: '', refreshToken, entered: entry });
      await enterToken(sql, { connectionId: id, follows: row?.version ?? null, sealed });
    }
  }

  function wanted(row: TokenRow, { force, minVersion }: ExchangeInput): boolean {
    if (force) return true;
    return minVersion === undefined ? isDue(row, row.now) : row.version < minVersion;
  }

  async function storeExchanged(attemptId: string, token: NewToken, sealed: string): Promise<Exchanged> {
    await racePoint('answered');
    for (const pauseMs of [0, 500, 2_000]) {
      await sleep(pauseMs);
      try {
        const outcome = await within(5_000, storeAnswer(sql, attemptId, token));
        await racePoint('stored');
        const stored = markOf({ enteredAt: token.enteredAt, version: token.follows + 1 });
        return outcome === 'stored'
          ? { outcome, mark: stored }
          : { outcome: 'fresh', mark: await markNow(token) };
      } catch (error) {
        log.warn(
          { connectionId: token.connectionId, code: (error as { code?: string }).code },
          'could not store a new token yet; retrying',
        );
      }
    }
    return { outcome: 'unstored', answer: sealed };
  }

  async function markNow({ connectionId }: NewToken): Promise<TokenMark> {
    const row = await readToken(sql, connectionId);
    return markOf(row!);
  }

  async function unanswered(attempt: Attempt, row: TokenRow, error: unknown): Promise<Exchanged> {
    const said =
      error instanceof Failure ? error.message : 'Tributary could not complete the token exchange.';
    log.warn({ connectionId: attempt.connectionId, version: attempt.version }, `token exchange: ${said}`);
    const verdict = judgeExchange(error);
    if (verdict !== 'refused') {
      await endAttempt(sql, attempt, verdict, said);
      return { outcome: verdict };
    }
    // A refusal may mean that another worker just spent the token and is about to store the next one.
    for (const pauseMs of [0, 1_000, 2_000]) {
      await sleep(pauseMs);
      const now = await readToken(sql, attempt.connectionId);
      if (now && isOlder(markOf(row), markOf(now))) {
        await endAttempt(
          sql,
          attempt,
          'adopted',
          'Refused, but another worker had already stored a newer token.',
        );
        return { outcome: 'fresh', mark: markOf(now) };
      }
    }
    return await refuse(row, [said, remedyOf(error)].filter(Boolean).join(' '), attempt.id);
  }

  async function refuse(row: TokenRow, problem: string, attemptId?: string): Promise<Exchanged> {
    const { connectionId, version } = row;
    const said = row.state === 'reauth_required' && row.problem === problem && !attemptId;
    if (!said) await requireReauth(sql, { connectionId, version, problem, attemptId });
    return { outcome: 'refused' };
  }
}

/** Every heartbeat carries the details: one without them would erase them. */
async function withHeartbeat<T>(work: () => Promise<T>, details?: unknown): Promise<T> {
  const { heartbeat } = Context.current();
  heartbeat(details);
  const beat = setInterval(() => heartbeat(details), 2_000);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  work.catch(() => {});
  try {
    return await Promise.race([
      work,
      sleep(ms, undefined, { signal: late.signal }).then(() => {
        throw new Error('the database did not answer in time');
      }),
    ]);
  } finally {
    late.abort();
  }
}
