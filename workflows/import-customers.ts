import type { ImportInput } from '../temporal/messages.ts';
import { activities } from './activities.ts';
import { apply, asImport, collectSource, plan, readDestination, settleEarlier } from './import-steps.ts';

/** Brings a distributor's customers to a destination: mapped where known, created where new, held where ambiguous. */
export async function importCustomers(input: ImportInput): Promise<void> {
  await asImport(input, async () => {
    await activities.authorise(input);
    await collectSource(input);
    // A destination that reads from us needs only the ledger.
    if (input.flow === 'pull') return;
    if (input.mode !== 'observe') await settleEarlier(input);
    await readDestination(input, ['clients']);
    await plan(input);
    // A preview and an observe-only integration end here: nothing is written.
    if (input.mode !== 'apply') return;
    await apply(input);
  });
}
