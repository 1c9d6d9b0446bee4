import type { ImportInput } from '../temporal/messages.ts';
import { activities } from './activities.ts';
import { apply, asImport, collectSource, plan, readDestination, settleEarlier } from './import-steps.ts';

/** Brings a distributor's subscriptions to a destination as licences of the clients their customers are mapped to. */
export async function importSubscriptions(input: ImportInput): Promise<void> {
  await asImport(input, async () => {
    // 1 Both sides let us in.
    await activities.authorise(input);
    // 2, 3 The distributor's pages go to the ledger, and are judged complete or not.
    await collectSource(input);
    // A destination that reads from us has all it needs: the ledger.
    if (input.flow === 'pull') return;
    if (input.mode !== 'observe') await settleEarlier(input);
    // 4 The ledger against what we last wrote and what the destination holds, as items.
    await readDestination(input, ['clients', 'licences']);
    await plan(input);
    // A preview and an integration that only observes end here: nothing is written.
    if (input.mode !== 'apply') return;
    // 5 Items in small batches: intent, write, confirm; then a look for doubles.
    await apply(input);
  });
}
