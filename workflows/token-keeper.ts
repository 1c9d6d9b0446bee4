import {
  ActivityFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Exchanged, tokenActivities } from '../activities/tokens.ts';
import { isOlder, type TokenMark } from '../domain/token-mark.ts';
import { idleRenewalMs, retryExchangeMs } from '../domain/token-timing.ts';
import { collectWorkflowId } from '../temporal/ids.ts';
import { resumeSignal, type Wake, wakeSignal } from '../temporal/messages.ts';

type TokenActivities = ReturnType<typeof tokenActivities>;

/** Never retried: whether a refresh token was spent is decided from its stored intent. */
const { exchangeToken } = proxyActivities<TokenActivities>({
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
});

/** Retried until it succeeds: the answer exists nowhere else. */
const { storeToken } = proxyActivities<TokenActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

export interface TokenKeeperInput {
  connectionId: string;
  // Carried over when it continues as new.
  newest?: TokenMark | null;
  renewAt?: number;
  wake?: Wake | null;
  waitsForPerson?: boolean;
  /** For tests: the number of history events after which it continues as new. */
  historyLimit?: number;
}

/** The only place that spends a connection's refresh tokens: on demand, and weekly if there is no demand. */
export async function tokenKeeper(input: TokenKeeperInput): Promise<void> {
  const { connectionId, historyLimit = 2_000 } = input;
  let newest = input.newest ?? null;
  let wake = input.wake ?? null;
  let renewAt = input.renewAt ?? Date.now() + idleRenewalMs(Math.random());
  // While a person has to act, nothing is renewed automatically.
  let waitsForPerson = input.waitsForPerson ?? false;

  setHandler(wakeSignal, (asked) => {
    wake = wake ? merged(wake, asked) : asked;
  });

  for (;;) {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (continueAsNewSuggested || historyLength > historyLimit)
      await continueAsNew<typeof tokenKeeper>({ ...input, newest, renewAt, wake, waitsForPerson });

    setCurrentDetails(described());
    const asked = () => wake !== null;
    if (waitsForPerson) await condition(asked);
    else if (renewAt > Date.now()) await condition(asked, renewAt - Date.now());
    // No request: the token has been idle for a week.
    const request: Wake = wake ?? { force: true };
    wake = null;

    const renewed = await renew(request);
    if (renewed.outcome === 'gone') return;
    if (renewed.outcome === 'refused') {
      waitsForPerson = true;
      continue;
    }
    // A forced renewal succeeded with the refused token, so no new one was entered: resume the listings from here.
    if (waitsForPerson) await resumeListings();
    waitsForPerson = false;
    if (!newest || isOlder(newest, renewed.mark)) {
      newest = renewed.mark;
      renewAt = Date.now() + idleRenewalMs(Math.random());
    }
  }

  /** Retries until there is a token or a person has to act. */
  async function renew(request: Wake) {
    for (let failures = 0; ; ) {
      const exchanged = await exchangeOnce(request);
      if (exchanged.outcome === 'unstored') {
        setCurrentDetails('A new token was received and is waiting to be stored.');
        const mark = await storeToken({ connectionId, answer: exchanged.answer });
        return { outcome: 'stored' as const, mark };
      }
      if (exchanged.outcome === 'lost') {
        // Retry soon: some servers accept a spent token for a few more seconds.
        await sleep('1 second');
      } else if (exchanged.outcome === 'failed') {
        setCurrentDetails(`The token endpoint could not be used; tried ${failures + 1} times.`);
        // Callers keep asking meanwhile; only a renewal forced by a person skips the back-off.
        await condition(() => wake?.force === true, retryExchangeMs(failures++));
        if (wake) request = merged(request, wake);
        wake = null;
      } else return exchanged;
    }
  }

  async function exchangeOnce(request: Wake): Promise<Exchanged> {
    try {
      return await exchangeToken({ connectionId, newest, ...request });
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      // Our side failed before the token was spent; otherwise the activity would have returned an outcome.
      if (!(error.cause instanceof TimeoutFailure)) return { outcome: 'failed' };
      const answer = error.cause.lastHeartbeatDetails;
      return typeof answer === 'string' ? { outcome: 'unstored', answer } : { outcome: 'lost' };
    }
  }

  async function resumeListings(): Promise<void> {
    for (const kind of ['customers', 'subscriptions']) {
      try {
        await getExternalWorkflowHandle(collectWorkflowId(kind, connectionId)).signal(resumeSignal);
      } catch {
        // No listing is running.
      }
    }
  }

  function described(): string {
    if (waitsForPerson) return 'Waiting for a new refresh token.';
    const due = new Date(renewAt).toISOString();
    return newest
      ? `Version ${newest.version} is stored; the next renewal is due on ${due} unless one is requested earlier.`
      : 'No token has been exchanged yet.';
  }
}

function merged(one: Wake, other: Wake): Wake {
  const versions = [one.minVersion, other.minVersion].filter((version) => version !== undefined);
  return {
    ...(versions.length > 0 && { minVersion: Math.max(...versions) }),
    ...((one.force || other.force) && { force: true }),
  };
}
