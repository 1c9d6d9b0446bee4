import type { Client } from '@temporalio/client';
import type { Log } from '../connectors/contract.ts';
import type { Patience as RetryPatience } from '../connectors/retry.ts';
import type { Database } from '../db/client.ts';
import type { KeyRing } from '../security/key-ring.ts';
import type { Gateway } from './external/gateway.ts';

/** Limits and waits for outside systems, in milliseconds. */
export interface Patience {
  /** Timeout of one request, whatever the request says. */
  requestMs: number;
  /** Wait between two read-backs of a write whose connection broke … */
  droppedMs: number;
  /** … or whose answer timed out. */
  timeoutMs: number;
  /** How long an outage may last since the last success. */
  outageMs: number;
  /** Retries of one read: how many, and the pauses between them. */
  retries: Partial<RetryPatience>;
}

/** The dependencies of the activities, passed in once when the worker starts. */
export interface Deps {
  db: Database;
  gateway: Gateway;
  temporal: Client;
  ring: KeyRing;
  log: Log;
  /** How many days history, items and pages are kept. */
  retentionDays: number;
  /** For tests: shorter waits than for a real destination. */
  patience?: Partial<Patience>;
}
