import { patched } from '@temporalio/workflow';
import { activities } from './activities.ts';

/** Every minute: reconciles rows with workflows, checks ledgers, tokens and renewals, deletes old data. */
export async function housekeeping(): Promise<void> {
  await activities.reconcileImports();
  await activities.reconcileCollections();
  await activities.watchLedgers();
  await activities.watchTokens();
  if (patched('changes')) await activities.sweepChanges();
  if (patched('renewals')) await activities.watchRenewals();
  await activities.dropOld();
}
