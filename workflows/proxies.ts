import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** Grouped by how they fail, not by what they do. */

/** Database work: soon done, and worth waiting for while the database is away. */
export const store = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/**
 * A conversation with an outside system, many calls long. Its failures say whether and when to try again; an outage
 * of about a quarter of an hour is sat out.
 */
export const outside = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '60 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '2 minutes',
    maximumAttempts: 14,
  },
});

/** Asked by a person who waits: one or two tries. */
export const asked = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '60 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
});
