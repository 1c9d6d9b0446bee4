import { patched } from '@temporalio/workflow';
import { activities } from './activities.ts';

/** Every minute: rows and workflows agree, ledgers are watched, and what is old goes. */
export async function housekeeping(): Promise<void> {
  await activities.reconcileImports();
  await activities.reconcileCollections();
  await activities.watchLedgers();
  await activities.watchTokens();
  if (patched('changes')) await activities.sweepChanges();
  if (patched('renewals')) await activities.watchRenewals();
  await activities.dropOld();
}
