import { defineSignal } from '@temporalio/workflow';
import { type ChangeKind, customerKinds } from '../domain/change.ts';
import type { ImportProblem } from '../domain/import.ts';
import type { CollectionState, ImportKind, ImportMode, ListingKind } from '../domain/kinds.ts';

/** Workflow inputs and signals. Plain types only: this file is part of the workflow bundle. */

export interface ImportInput {
  importId: string;
  integrationId: string;
  kind: ImportKind;
  mode: ImportMode;
  /** The distributor's kind, for search attributes. */
  connectionKind: string;
  sourceId: string;
  destinationId: string;
  /** The import of a `pull` destination ends once the listing is verified. */
  flow: 'push' | 'pull';
  /** null means all customers. */
  customerIds: string[] | null;
  /** Set when a preview is applied: nothing is collected, only its items are written. */
  previewId: string | null;
  /** A fresh listing to use for the import: nothing is collected. */
  collectionId?: string | null;
}

export interface CollectInput {
  collectionId: string;
  connectionId: string;
  kind: ListingKind;
  connectionKind: string;
  /** null means all customers. */
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

export interface ChargesInput {
  connectionId: string;
  connectionKind: string;
  /** `YYYY-MM` */
  month: string;
}

export interface ChangeInput {
  changeId: string;
  /** The distributor's connection, and its kind for search attributes. */
  connectionId: string;
  connectionKind: string;
  customerId: string | null;
  /** The list that shows the result; by default customers if `customerId` is null, else subscriptions. */
  listing?: ImportKind;
}

export const changeInput = (
  {
    id,
    kind,
    connectionId,
    customerId,
  }: { id: string; kind: ChangeKind; connectionId: string; customerId: string | null },
  connectionKind: string,
): ChangeInput => ({
  changeId: id,
  connectionId,
  connectionKind,
  customerId,
  listing: customerKinds.includes(kind) ? 'customers' : 'subscriptions',
});

export interface NoticeInput {
  noticeId: string;
}

/**
 * A workflow joins a collection as `waiter` and is signalled when it ends. Without a waiter, the `asked` collection is
 * run; if another one is just ending, after it.
 */
export const joinSignal = defineSignal<[{ waiter: string | null; asked?: CollectInput }]>('join');
/** A waiter no longer needs the collection; when the last one leaves, it stops. */
export const leaveSignal = defineSignal<[{ waiter: string }]>('leave');
export const collectedSignal = defineSignal<[Collected]>('collected');
/** A new token was entered: waiting listings resume. */
export const resumeSignal = defineSignal('resume');

/** To the token keeper: a caller found the stored token too old. */
export interface Wake {
  /** Renew unless the stored version is at least this. */
  minVersion?: number;
  /** Renew even if the token is not due. */
  force?: boolean;
}
export const wakeSignal = defineSignal<[Wake]>('wake');
