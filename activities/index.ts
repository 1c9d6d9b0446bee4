import { showWaiting } from '../db/imports/progress.ts';
import { changeActivities } from './changes/changes.ts';
import { followingActivities } from './changes/following.ts';
import { chargeActivities } from './charges.ts';
import { collectionActivities } from './collections.ts';
import { connectionActivities } from './connections.ts';
import type { Deps } from './deps.ts';
import { registered } from './failures.ts';
import { housekeepingActivities } from './housekeeping.ts';
import { importActivities } from './imports.ts';
import { itemActivities } from './items.ts';
import { mappingActivities } from './mappings.ts';
import { noticeActivities } from './notices/notices.ts';
import { offerActivities } from './offers.ts';
import { planActivities } from './plans.ts';
import { scheduleActivities } from './schedules.ts';
import { statementActivities } from './statements.ts';
import { tokenActivities } from './tokens.ts';

/** All side effects the workflows ask for. */
const allActivities = (deps: Deps) => ({
  ...connectionActivities(deps),
  ...collectionActivities(deps),
  ...chargeActivities(deps),
  ...changeActivities(deps),
  ...followingActivities(deps),
  ...importActivities(deps),
  ...planActivities(deps),
  ...itemActivities(deps),
  ...mappingActivities(deps),
  ...offerActivities(deps),
  ...housekeepingActivities(deps),
  ...noticeActivities(deps),
  ...scheduleActivities(deps),
  ...statementActivities(deps),
  ...tokenActivities(deps),
});

export type Activities = ReturnType<typeof allActivities>;

export const createActivities = (deps: Deps) =>
  registered(allActivities(deps), deps.log, {
    patienceMs: deps.patience?.outageMs,
    tellWaiting: (importIds, problem) => showWaiting(deps.db.sql, importIds, problem),
  });
