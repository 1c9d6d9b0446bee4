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

/** Once: whether a refresh token was spent is judged by its intent, not by trying again. */
const { exchangeToken } = proxyActivities<TokenActivities>({
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
});

/** For as long as it takes: an answer that is not stored is all there is. */
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
  /** Of tests: events of history after which it continues as new. */
  historyLimit?: number;
}

/** The only one that spends a connection's refresh tokens: on demand, and weekly when nobody asks. */
export async function tokenKeeper(input: TokenKeeperInput): Promise<void> {
  const { connectionId, historyLimit = 2_000 } = input;
  let newest = input.newest ?? null;
  let wake = input.wake ?? null;
  let renewAt = input.renewAt ?? Date.now() + idleRenewalMs(Math.random());
  // While a person is waited for, there is nothing to renew by itself.
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
    // Nobody asked: the token has been idle for a week.
    const request: Wake = wake ?? { force: true };
    wake = null;

    const renewed = await renew(request);
    if (renewed.outcome === 'gone') return;
    if (renewed.outcome === 'refused') {
      waitsForPerson = true;
      continue;
    }
    // A refused token that was accepted when a person forced it: nobody entered one, so it is told from here.
    if (waitsForPerson) await resumeListings();
    waitsForPerson = false;
    if (!newest || isOlder(newest, renewed.mark)) {
      newest = renewed.mark;
      renewAt = Date.now() + idleRenewalMs(Math.random());
    }
  }

  /** Until there is a token, or a person is needed. */
  async function renew(request: Wake) {
    for (let failures = 0; ; ) {
      const exchanged = await exchangeOnce(request);
      if (exchanged.outcome === 'unstored') {
        setCurrentDetails('A new token was received and is waiting to be stored.');
        const mark = await storeToken({ connectionId, answer: exchanged.answer });
        return { outcome: 'stored' as const, mark };
      }
      if (exchanged.outcome === 'lost') {
        // Quickly: some servers take a spent token for some seconds yet.
        await sleep('1 second');
      } else if (exchanged.outcome === 'failed') {
        setCurrentDetails(`The token endpoint could not be used; tried ${failures + 1} times.`);
        // Callers ask again and again meanwhile; only a person who forces it is not kept waiting.
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
      // Our side failed before anything was spent, else the activity would have said so.
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
        // Nothing is being listed.
      }
    }
  }

  function described(): string {
    if (waitsForPerson) return 'Waiting for a new refresh token.';
    const due = new Date(renewAt).toISOString();
    return newest
      ? `Version ${newest.version} is stored; if nobody asks for one, the next follows on ${due}.`
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
