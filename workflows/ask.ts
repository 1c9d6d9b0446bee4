import type { Tested } from '../activities/connections.ts';
import type { Generated, GenerateInput } from '../activities/mappings.ts';
import { activities } from './activities.ts';
import { collected } from './join-collection.ts';

/** A person's questions that need an outside system; each is one short workflow. */

export async function testConnection(input: { connectionId: string }): Promise<Tested> {
  return await activities.testConnection(input);
}

/** Maps equal names, from a customer list at most an hour old and a fresh client list. */
export async function generateMappings(input: GenerateInput): Promise<Generated> {
  const sources = await activities.mappingSources(input);
  if (sources.stale) {
    await collected({
      connectionId: sources.sourceId,
      connectionKind: sources.sourceKind,
      kind: 'customers',
      customerIds: null,
    });
  }
  await collected({
    connectionId: sources.destinationId,
    connectionKind: sources.destinationKind,
    kind: 'clients',
    customerIds: null,
  });
  return await activities.generateMappings(input);
}

export async function refreshOffers(input: {
  connectionId: string;
  what: 'top-levels' | 'agents' | 'clients';
}): Promise<void> {
  if (input.what !== 'clients')
    return await activities.readOffers({ connectionId: input.connectionId, what: input.what });
  const connectionKind = await activities.connectionKind(input);
  await collected({ connectionId: input.connectionId, connectionKind, kind: 'clients', customerIds: null });
}
