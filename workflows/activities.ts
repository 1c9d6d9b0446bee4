import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { deliveryPatience } from '../domain/notices.ts';
import { activityType } from '../temporal/ids.ts';

/** Activities are grouped by how they fail, not by what they do. */

const untilDatabaseIsBack = { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' } as const;

/** Database work: short, retried for as long as the database is away. */
const database: ActivityOptions = { startToCloseTimeout: '1 minute', retry: untilDatabaseIsBack };

/** Database work over all records at once; the heartbeat detects a worker that died. */
const bulk: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: untilDatabaseIsBack,
};

/**
 * A conversation with an outside system, many calls long. Its failures say whether and when to retry and when to give
 * up: after a quarter of an hour without success, however many attempts fit into it.
 */
const external: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  // A cancelled import ends only when its writes have stopped.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    // A limit for failures that are not an outage of the outside system: waiting does not cure those.
    maximumAttempts: 60,
  },
};

/** A person waits for the answer: at most two attempts. */
const interactive: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '60 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
};

/** A change is sent once: whether it arrived is looked up, not retried. */
const once: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
};

/** A notice: soon at first, then hourly; three days outlast a weekend at the other side. */
const delivery: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: deliveryPatience.wholeMs,
  heartbeatTimeout: '1 minute',
  retry: {
    initialInterval: deliveryPatience.firstMs,
    backoffCoefficient: deliveryPatience.coefficient,
    maximumInterval: deliveryPatience.longestMs,
  },
};

type Name = Exclude<keyof Activities, 'exchangeToken' | 'storeToken'>;

/** Each activity with its one policy and the summary shown in the Temporal UI. */
const bindings: Record<Name, [policy: ActivityOptions, summary: string]> = {
  abandonChange: [database, 'end a change that could not be sent'],
  applyItems: [external, 'write planned items'],
  attachCollection: [database, 'attach the listing'],
  attachPreviewCollection: [database, "attach the preview's listing"],
  authorise: [external, 'authenticate both systems'],
  beginImport: [database, 'mark the import as running'],
  changeFollowers: [database, 'find which integrations follow a change'],
  changeScope: [database, 'find what to list for changes made together'],
  checkChange: [database, 'check that the change is still wanted and allowed'],
  closeCollection: [bulk, 'close the listing'],
  collectPages: [external, 'store pages in the ledger'],
  collectionOutcome: [database, 'check whether the listing has ended'],
  connectionKind: [database, 'look up the kind of the connection'],
  deliverNotice: [delivery, 'send the notice'],
  dropOld: [bulk, 'delete what is past its retention'],
  endImport: [bulk, 'store counts and outcome'],
  findChange: [external, 'look for an order whose answer was lost'],
  finishChange: [database, 'store how the change ended'],
  freezeMonths: [bulk, 'make the statements of the month that is over'],
  generateMappings: [database, 'map equal names'],
  giveUpNotice: [database, 'say that the notice was not delivered'],
  hasAmbiguousWrites: [database, 'check whether duplicates are possible'],
  importState: [database, 'check whether the import is running'],
  joinCollection: [database, 'join or start a listing'],
  judgeCollection: [bulk, 'check whether the listing is complete'],
  mappingSources: [database, 'find which lists are needed'],
  openChangeImport: [database, 'open an import of the changed customer'],
  openCollection: [external, 'find what to list'],
  openScheduledImport: [database, 'open an import'],
  placeChange: [once, 'place the order, once'],
  planImport: [bulk, 'plan'],
  pollChange: [external, 'check the state of the order'],
  readOffers: [interactive, 'read what the destination offers'],
  readCharges: [external, 'read the charges of a month'],
  reconcileCollections: [database, 'match listings with their workflows'],
  reconcileImports: [database, 'match imports with their workflows'],
  refuseIncomplete: [database, "stop: the destination's list is incomplete"],
  resolveDuplicates: [external, 'look for duplicates'],
  scheduledKinds: [database, 'look up what the schedule runs'],
  settleEarlierWrites: [external, 'settle writes an earlier import left ambiguous'],
  sweepCharges: [database, 'read charges that are due'],
  sweepChanges: [database, 'expire undecided requests, start approved ones'],
  tellWaiting: [database, 'show what the import waits for'],
  tellPeople: [database, 'write and start notices'],
  testConnection: [interactive, 'test the connection'],
  tryNotice: [{ ...interactive, retry: { maximumAttempts: 1 } }, 'send the test notice'],
  watchLedgers: [database, 'look for ledgers that are out of date'],
  watchRenewals: [bulk, 'look for terms that end soon'],
  watchSchedules: [database, 'look for syncs that did not begin, and for lost schedules'],
  watchTokens: [database, 'look for tokens that expire soon'],
};

export const activities = Object.fromEntries(
  Object.entries(bindings).map(([name, [policy, summary]]) => [
    name,
    proxyActivities<Record<string, unknown>>({ ...policy, summary })[activityType(name)],
  ]),
) as unknown as Pick<Activities, Name>;
