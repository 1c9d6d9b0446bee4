import { patched } from '@temporalio/workflow';
import { activities } from './activities.ts';

/** Every minute: reconciles rows with workflows, checks ledgers, tokens and renewals, tells people, deletes old data. */
export async function housekeeping(): Promise<void> {
  await activities.reconcileImports();
  await activities.reconcileCollections();
  await activities.watchLedgers();
  await activities.watchTokens();
  if (patched('changes')) await activities.sweepChanges();
  if (patched('renewals')) await activities.watchRenewals();
  if (patched('schedules')) await activities.watchSchedules();
  if (patched('charges')) await activities.sweepCharges();
  if (patched('statements')) await activities.freezeMonths();
  // Last of the checks, so that their new findings are sent at once.
  if (patched('notices')) await activities.tellPeople();
  await activities.dropOld();
}
