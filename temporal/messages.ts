import { defineSignal } from '@temporalio/workflow';
import type { ImportProblem } from '../domain/import.ts';
import type { CollectionState, ImportKind, ImportMode, ListingKind } from '../domain/kinds.ts';

/** What workflows are started with and tell each other. Plain types: this file is part of the workflow bundle. */

export interface ImportInput {
  importId: string;
  integrationId: string;
  kind: ImportKind;
  mode: ImportMode;
  /** The connections' kinds, for search attributes: the distributor's. */
  connectionKind: string;
  sourceId: string;
  destinationId: string;
  /** A `pull` destination's import ends once the listing is verified. */
  flow: 'push' | 'pull';
  /** null: all customers. */
  customerIds: string[] | null;
  /** Set when a preview is applied: nothing is collected, only its items are written. */
  previewId: string | null;
}

export interface CollectInput {
  collectionId: string;
  connectionId: string;
  kind: ListingKind;
  connectionKind: string;
  /** null: all customers. */
  customerIds: string[] | null;
  /** Carried over when the workflow continues as new. */
  waiters?: string[];
  attended?: boolean;
}

export interface Collected {
  collectionId: string;
  state: Exclude<CollectionState, 'running'>;
  customerIds: string[] | null;
  problem: ImportProblem | null;
}

export interface SyncInput {
  integrationId: string;
}

export interface ChangeInput {
  changeId: string;
  /** The distributor's connection, and its kind for search attributes. */
  connectionId: string;
  connectionKind: string;
  customerId: string | null;
}

/**
 * A workflow joins a collection and is told when it ends; without a waiter the collection `asked` for just runs, after
 * the one that was about to end if it is another.
 */
export const joinSignal = defineSignal<[{ waiter: string | null; asked?: CollectInput }]>('join');
/** A waiter no longer needs it; the last one to leave stops it. */
export const leaveSignal = defineSignal<[{ waiter: string }]>('leave');
export const collectedSignal = defineSignal<[Collected]>('collected');
/** A new token was entered: whoever waits for one goes on. */
export const resumeSignal = defineSignal('resume');

/** To the token keeper: a caller found the stored token too old. */
export interface Wake {
  /** Renew unless the stored version is at least this. */
  minVersion?: number;
  /** Renew whatever its age. */
  force?: boolean;
}
export const wakeSignal = defineSignal<[Wake]>('wake');
