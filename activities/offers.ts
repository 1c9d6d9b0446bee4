import type { PushDestination } from '../connectors/contract.ts';
import { connectionKind } from '../db/connections/connections.ts';
import { watchAgents } from '../db/integrations/people.ts';
import { storeOffers } from '../db/ledger/queries.ts';
import type { Deps } from './deps.ts';
import { openConnection, withHeartbeat } from './external/open-connection.ts';

export function offerActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** Reads a destination's top levels or agents anew. */
    async readOffers({
      connectionId,
      what,
    }: {
      connectionId: string;
      what: 'top-levels' | 'agents';
    }): Promise<void> {
      const { connector, context } = await openConnection<PushDestination>(deps, connectionId, {
        purpose: 'person',
      });
      const items = await withHeartbeat(() =>
        what === 'agents' ? connector.agents(context) : connector.topLevels(context),
      );
      await storeOffers(sql, connectionId, what, items);
      if (what === 'agents') await watchAgents(sql, connectionId);
    },

    async connectionKind({ connectionId }: { connectionId: string }): Promise<string> {
      return await connectionKind(sql, connectionId);
    },
  };
}
