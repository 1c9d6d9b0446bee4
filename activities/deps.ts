import type { Client } from '@temporalio/client';
import type { Log } from '../connectors/contract.ts';
import type { Patience as RetryPatience } from '../connectors/retry.ts';
import type { Database } from '../db/client.ts';
import type { KeyRing } from '../security/key-ring.ts';
import type { Gateway } from './external/gateway.ts';

/** How long an outside system is waited for, in milliseconds. */
export interface Patience {
  /** For one answer, whatever its request says. */
  requestMs: number;
  /** Between two read-backs of a write whose connection broke … */
  droppedMs: number;
  /** … or that was not answered in time. */
  timeoutMs: number;
  /** Of an outage, since something last succeeded. */
  outageMs: number;
  /** For one read: how often it is tried, and the pauses between. */
  retries: Partial<RetryPatience>;
}

/** What activities are made of; handed in once, at the worker's start. */
export interface Deps {
  db: Database;
  gateway: Gateway;
  temporal: Client;
  ring: KeyRing;
  log: Log;
  /** Days that history, items and pages are kept. */
  retentionDays: number;
  /** Of tests: shorter waits than a real destination is given. */
  patience?: Partial<Patience>;
}
