import { setTimeout as sleep } from 'node:timers/promises';
import { readToken } from '../../db/connections/tokens.ts';
import { Failure } from '../../domain/failure.ts';
import { isDue } from '../../domain/token-timing.ts';
import { entryDigest, openToken } from '../../security/token.ts';
import type { WakeKeeper } from '../../temporal/token-keeper.ts';
import type { TokenRequest } from './access-token.ts';

export interface RotatingRequest extends TokenRequest {
  wake: WakeKeeper;
  purpose: 'import' | 'person';
  heartbeat?: () => void;
}

/** How long to wait for the keeper, in milliseconds; a person waits 45 seconds in all. */
const patienceMs = { import: 120_000, person: 30_000 };
/** A signal is lost if the keeper was terminated; sending another is cheap. */
const wakeAgainMs = 15_000;

/** Reads the row; if it is too old, wakes the token keeper and waits for the row to change. Spends nothing. */
export async function rotatingToken(request: RotatingRequest): Promise<string> {
  const { sql, ring, connectionId, context, insteadOf, purpose } = request;
  const entry = entryDigest((context.credentials as { refreshToken: string }).refreshToken);
  const deadline = performance.now() + patienceMs[purpose];
  let wakeAt = 0;
  let pauseMs = 50;
  for (;;) {
    context.signal.throwIfAborted();
    const row = await readToken(sql, connectionId);
    const known = row && openToken(ring, connectionId, row.sealed);
    // Until the keeper has taken over a newly entered token, the row is about the old one.
    const current = known?.entered === entry ? row : null;
    if (current?.state === 'reauth_required')
      throw new Failure('reauth-required', current.problem ?? 'The refresh token is no longer accepted.');
    if (current?.state === 'ok' && known!.accessToken !== insteadOf && !isDue(current, current.now))
      return known!.accessToken;

    const now = performance.now();
    if (now > deadline) {
      const why = current?.problem ? ` ${current.problem}` : '';
      throw new Failure('internal', `The access token could not be renewed in time.${why}`);
    }
    if (now >= wakeAt) {
      wakeAt = now + wakeAgainMs;
      await wake(request, current ? { minVersion: current.version + 1 } : {});
    }
    request.heartbeat?.();
    await sleep(pauseMs * (1 + Math.random()), undefined, { signal: context.signal });
    pauseMs = Math.min(pauseMs * 1.5, 1_000);
  }
}

async function wake(request: RotatingRequest, what: { minVersion?: number }): Promise<void> {
  try {
    await request.wake(request.connectionId, what);
  } catch (error) {
    request.context.log.warn(
      { code: (error as { code?: unknown }).code },
      'the token keeper cannot be reached',
    );
    throw new Failure('internal', 'Temporal cannot be reached, so the access token was not renewed.');
  }
}
