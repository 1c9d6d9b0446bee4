import type { PushDestination } from '../connectors/contract.ts';
import { connectionKind } from '../db/connections/connections.ts';
import { watchAgents } from '../db/integrations/people.ts';
import { storeOffers } from '../db/ledger/queries.ts';
import type { Deps } from './deps.ts';
import type { ConnectionSession } from './external/gateway.ts';
import { openConnection, withHeartbeat } from './external/open-connection.ts';

/** Replaces the stored offers of a destination with what it offers now. */
export async function refreshOffers(
  { db: { sql } }: Pick<Deps, 'db'>,
  { connection, connector, context }: ConnectionSession & { connector: PushDestination },
  what: 'top-levels' | 'agents',
): Promise<void> {
  const items = await (what === 'agents' ? connector.agents(context) : connector.topLevels(context));
  await storeOffers(sql, connection.id, what, items);
  if (what === 'agents') await watchAgents(sql, connection.id);
}

export function offerActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** Refreshes a destination's top levels or agents. */
    async readOffers({
      connectionId,
      what,
    }: {
      connectionId: string;
      what: 'top-levels' | 'agents';
    }): Promise<void> {
      const session = await openConnection<PushDestination>(deps, connectionId, { purpose: 'person' });
      await withHeartbeat(() => refreshOffers(deps, session, what));
    },

    async connectionKind({ connectionId }: { connectionId: string }): Promise<string> {
      return await connectionKind(sql, connectionId);
    },
  };
}
