import type { ImportInput } from '../temporal/messages.ts';
import { activities } from './activities.ts';
import { apply, asImport, collectSource, plan, readDestination, settleEarlier } from './import-steps.ts';

/** Brings a distributor's subscriptions to a destination as licences of the clients their customers are mapped to. */
export async function importSubscriptions(input: ImportInput): Promise<void> {
  await asImport(input, async () => {
    // 1 Authenticate both systems.
    await activities.authorise(input);
    // 2, 3 Store the distributor's pages in the ledger and check that the listing is complete.
    await collectSource(input);
    // A destination that reads from us needs only the ledger.
    if (input.flow === 'pull') return;
    if (input.mode !== 'observe') await settleEarlier(input);
    // 4 Compare the ledger with our last writes and the destination, and plan items.
    await readDestination(input, ['clients', 'licences']);
    await plan(input);
    // A preview and an observe-only integration end here: nothing is written.
    if (input.mode !== 'apply') return;
    // 5 Write items in small batches (intent, write, confirm), then look for duplicates.
    await apply(input);
  });
}
