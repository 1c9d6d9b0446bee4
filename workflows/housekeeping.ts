import { bulk, store } from './proxies.ts';

/** Every minute: rows and workflows agree, ledgers are watched, and what is old goes. */
export async function housekeeping(): Promise<void> {
  await store.reconcileImports();
  await store.reconcileCollections();
  await store.watchLedgers();
  await store.watchTokens();
  await bulk.dropOld();
}
