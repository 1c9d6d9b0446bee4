import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** What an operator of the Temporal UI reads beside each activity. */
const summaries: Record<Exclude<keyof Activities, 'exchangeToken' | 'storeToken'>, string> = {
  applyItems: 'write planned items',
  authorise: 'both sides let us in',
  beginImport: 'the import runs',
  closeCollection: 'close the listing',
  collectPages: 'pages into the ledger',
  collectionOutcome: 'has the listing ended?',
  connectionKind: 'whose list it is',
  dropOld: 'drop what is past its retention',
  endImport: 'counts and outcome',
  foldDoubles: 'look for doubles',
  generateMappings: 'map equal names',
  hadDoubt: 'are doubles possible?',
  importState: 'does it still run?',
  joinCollection: 'join or start a listing',
  judgeCollection: 'is the listing complete?',
  mappingSources: 'which lists are needed',
  openCollection: 'decide what to list',
  openScheduledImport: 'open an import',
  planImport: 'plan',
  readOffers: 'read what the destination offers',
  reconcileCollections: 'listings and their workflows agree',
  reconcileImports: 'imports and their workflows agree',
  refuseIncomplete: 'the destination’s list does not add up',
  scheduledKinds: 'what the schedule runs',
  settleEarlierWrites: 'settle what an earlier import left in doubt',
  tellWaiting: 'say what is waited for',
  testConnection: 'test the connection',
  useCollection: 'rest the import on the listing',
  usePreviewCollection: 'rest the import on the preview’s listing',
  watchLedgers: 'ledgers that stand still',
  watchTokens: 'tokens that run out',
};

/** The activities under these options, each with its summary. */
const proxies = (options: ActivityOptions) =>
  Object.fromEntries(
    Object.entries(summaries).map(([name, summary]) => [
      name,
      proxyActivities<Activities>({ ...options, summary })[name as keyof typeof summaries],
    ]),
  ) as unknown as Pick<Activities, keyof typeof summaries>;

/** Grouped by how they fail, not by what they do. */

const untilDatabaseIsBack = { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' } as const;

/** Database work: soon done, and worth waiting for while the database is away. */
export const store = proxies({ startToCloseTimeout: '1 minute', retry: untilDatabaseIsBack });

/** The same over all records at once, however many: a worker that died is noticed by its heartbeat. */
export const bulk = proxies({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: untilDatabaseIsBack,
});

/**
 * A conversation with an outside system, many calls long. Its failures say whether and when to try again; an outage
 * of about a quarter of an hour is sat out.
 */
export const outside = proxies({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  // A cancelled import ends when nothing is written for it any more.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '2 minutes',
    maximumAttempts: 14,
  },
});

/** Asked by a person who waits: one or two tries. */
export const asked = proxies({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '60 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
});
