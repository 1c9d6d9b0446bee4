import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Budget, Log } from '../../connectors/contract.ts';
import { fetchWhole, type WholeAnswer, type WholeRequest } from '../../connectors/fetch-whole.ts';
import { ofImports, ofPeople } from '../../connectors/retry.ts';
import { momentIn, retryAfter } from '../../connectors/retry-after.ts';
import type { Sql } from '../../db/client.ts';
import { acquireCall, answerCall, closeGate, openGate, type Slot } from '../../db/connections/call-budget.ts';
import { Failure } from '../../domain/failure.ts';
import { guardTarget, TargetRefused } from '../../security/targets.ts';
import { LongPause, type RateLimiter } from './rate-limiter.ts';

export interface FetchRules {
  sql: Sql;
  log: Log;
  limiter: RateLimiter;
  /** The destination's call budget; null for a distributor. */
  budget: Budget | null;
  purpose: 'import' | 'person';
  allowPrivate: boolean;
  /** Makes the connections; refuses internal addresses unless they are allowed. */
  dispatcher?: Dispatcher;
  /** Refuses a URL whose name resolves to an internal address. */
  checkName?: (url: string) => Promise<void>;
  /** The largest body accepted, in bytes. */
  limit?: number;
  signal: AbortSignal;
  /** The longest timeout of a request, whatever the request says. */
  requestMs?: number;
  /** Heartbeats while waiting for a slot. */
  heartbeat?: () => void;
  /** Called while waiting for a slot, with the expected end. */
  onWait?: (until: Date) => void;
  /** Called for each request sent. */
  onCall?: () => void;
}

export type BudgetedFetch = (url: string, request: WholeRequest) => Promise<WholeAnswer>;

/** The longest pause between two attempts to get a slot: an answer may free one before its lease ends. */
const lookAgainMs = 5_000;

/** The only way to call an outside system: checks the target, keeps budget and rate, reads the whole body. */
export function createBudgetedFetch(rules: FetchRules): BudgetedFetch {
  const { sql, log, limiter, budget, signal } = rules;
  const person = rules.purpose === 'person';
  const { longestPauseMs } = person ? ofPeople : ofImports;

  return async (url, request) => {
    try {
      guardTarget(url, rules.allowPrivate);
      await rules.checkName?.(url);
      return await ask(url, request);
    } catch (error) {
      throw refused(error);
    }
  };

  async function ask(url: string, { timeoutMs: asked = 60_000, ...request }: WholeRequest) {
    const timeoutMs = Math.min(asked, rules.requestMs ?? asked);
    // The lease outlasts the wait for the rate limiter, which is bounded by the calls ahead.
    const { host } = new URL(url);
    const slot = budget && (await waitForSlot(rules, budget, timeoutMs + 60_000, host));
    const probing = !budget && person && limiter.pausedMs() > ofImports.longestPauseMs;
    let leave: (() => void) | undefined;
    try {
      leave = await limiter.enter(signal, { longestPauseMs, probing }).catch((error) => {
        throw error instanceof LongPause ? paused(host, error.ms) : error;
      });
      rules.onCall?.();
      const answer = await fetchWhole(url, { ...request, timeoutMs }, signal, rules);
      await heed(answer, slot, probing);
      return answer;
    } finally {
      leave?.();
      if (budget && slot) await quietly(answerCall(sql, slot.callId, budget));
    }
  }

  async function heed({ status, headers }: WholeAnswer, slot: Granted | null, probing: boolean) {
    if (status === 429) {
      const wait = retryAfter(headers['retry-after']);
      if (budget) await quietly(closeGate(sql, budget.key, wait));
      else limiter.pause(wait ?? 2_000);
    } else if (budget && slot && slot.strikes > 0) await quietly(openGate(sql, budget.key, slot.probing));
    else if (probing) limiter.resume();
  }

  /** A failed note must not lose the answer; the slot then stays taken until its lease ends. */
  async function quietly(note: Promise<void>): Promise<void> {
    await note.catch((error) =>
      log.warn({ code: error?.code }, 'could not record a call in the call budget'),
    );
  }
}

/** A refused target is an error in the settings. */
function refused(error: unknown): unknown {
  if (!(error instanceof TargetRefused)) return error;
  return new Failure('invalid', error.message, { remedy: 'Check the base URL.', retryable: false });
}

type Granted = Extract<Slot, { granted: true }>;

/** Nothing was sent: the host accepts no calls before then. */
const paused = (host: string, ms: number) =>
  new Failure('rate-limited', `${host} asked for a pause and accepts no more calls until ${momentIn(ms)}.`, {
    remedy: 'Start again after that, or test the connection to check earlier whether it answers.',
    retryAfterMs: ms,
    retryable: false,
  });

const usedUp = (host: string, { calls, seconds }: Budget, ms: number) =>
  new Failure(
    'rate-limited',
    `The ${calls} calls in ${seconds} s that ${host} allows are used up until ${momentIn(ms)}.`,
    { remedy: 'Try again then.', retryAfterMs: ms, retryable: false },
  );

async function waitForSlot(
  rules: FetchRules,
  budget: Budget,
  timeoutMs: number,
  host: string,
): Promise<Granted> {
  const { purpose } = rules;
  const { longestPauseMs } = purpose === 'person' ? ofPeople : ofImports;
  const probe = purpose === 'person' && { probeBeyondMs: ofImports.longestPauseMs };
  for (;;) {
    rules.signal.throwIfAborted();
    const slot = await acquireCall(rules.sql, budget, { purpose, timeoutMs, ...probe }).catch((error) => {
      rules.log.warn({ code: error?.code }, 'could not read the call budget');
      throw new Failure('internal', "Tributary's own database cannot be reached, so no call was made.");
    });
    if (slot.granted) return slot;
    if (slot.waitMs > longestPauseMs)
      throw slot.gate ? paused(host, slot.waitMs) : usedUp(host, budget, slot.waitMs);
    rules.heartbeat?.();
    rules.onWait?.(slot.retryAt);
    // Jitter keeps waiting callers from trying at the same moment.
    const ms = Math.min(slot.waitMs, lookAgainMs) + Math.random() * 100;
    await sleep(ms, undefined, { signal: rules.signal });
  }
}
