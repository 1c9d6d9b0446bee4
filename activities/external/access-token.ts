import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector, ConnectorContext } from '../../connectors/contract.ts';
import type { Sql } from '../../db/client.ts';
import { readToken, releaseLease, storeToken, takeLease } from '../../db/connections/tokens.ts';
import { Failure } from '../../domain/failure.ts';
import { isDue } from '../../domain/token-timing.ts';
import type { KeyRing } from '../../security/key-ring.ts';
import { openToken, sealToken } from '../../security/token.ts';

/** What is needed to get an access token; it is stored sealed in its row. */
export interface TokenRequest {
  sql: Sql;
  ring: KeyRing;
  connectionId: string;
  connector: Connector;
  context: ConnectorContext<never, never>;
  /** A token the outside system has just refused. */
  insteadOf?: string;
}

const leaseMs = 30_000;
/** Waiting for a slot of the call budget may take minutes. */
const patienceMs = 600_000;

/** Only one caller at a time renews, across all processes. */
export async function clientCredentialsToken(request: TokenRequest): Promise<string> {
  const { sql, ring, connectionId, context, insteadOf } = request;
  const { signal } = context;
  // Ignore a token obtained with other settings or credentials.
  const asked = fingerprint(context);
  const renewer = randomUUID();
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const row = await readToken(sql, connectionId);
    if (row?.sealed) {
      const { accessToken, asked: askedBy } = openToken(ring, connectionId, row.sealed);
      if (askedBy === asked && accessToken !== insteadOf && !isDue(row, row.now)) return accessToken;
    }
    const lease = { connectionId, version: row?.version ?? 0, renewer, ms: leaseMs };
    const askedAt = await takeLease(sql, lease);
    if (askedAt) return await renew(request, lease, askedAt, asked);
    await sleep(50 + Math.random() * 200, undefined, { signal });
  }
  throw new Failure('internal', 'Timed out waiting for another worker to renew the access token.');
}

type Held = Parameters<typeof takeLease>[1];

async function renew(request: TokenRequest, lease: Held, askedAt: Date, asked: string): Promise<string> {
  const { sql, ring, connectionId, connector, context } = request;
  // No lock or transaction is held while the endpoint answers; the lease is extended instead.
  const beat = setInterval(() => void takeLease(sql, lease).catch(() => {}), leaseMs / 3);
  try {
    if (!connector.exchange) throw new Failure('invalid', `A ${connector.definition.kind} has no token.`);
    const answer = await connector.exchange(context);
    await storeToken(sql, {
      connectionId,
      follows: lease.version,
      enteredAt: null,
      sealed: sealToken(ring, connectionId, { accessToken: answer.accessToken, asked }),
      scope: answer.scope ?? null,
      askedAt,
      expiresInSeconds: answer.expiresInSeconds,
    });
    // Valid even if another token was stored meanwhile: endpoints of this kind accept both.
    return answer.accessToken;
  } catch (error) {
    await releaseLease(sql, lease).catch(() => {});
    throw error;
  } finally {
    clearInterval(beat);
  }
}

const fingerprint = ({ settings, credentials }: ConnectorContext<unknown, unknown>) =>
  createHash('sha256')
    .update(JSON.stringify([settings, credentials]))
    .digest('base64url');
