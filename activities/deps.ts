import type { Client } from '@temporalio/client';
import type { Log } from '../connectors/contract.ts';
import type { Database } from '../db/client.ts';
import type { KeyRing } from '../security/key-ring.ts';
import type { Outside } from './outside.ts';

/** What activities are made of; handed in once, at the worker's start. */
export interface Deps {
  db: Database;
  outside: Outside;
  temporal: Client;
  ring: KeyRing;
  log: Log;
  /** Days that history, items and pages are kept. */
  retentionDays: number;
}
