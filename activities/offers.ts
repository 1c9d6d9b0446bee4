import type { PushDestination } from '../connectors/contract.ts';
import { watchAgents } from '../db/integrations/people.ts';
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
      await sql`
        insert into offers (connection_id, kind, items, as_of) values (${connectionId}, ${what}, ${sql.json(items as never)}, now())
        on conflict (connection_id, kind) do update set items = excluded.items, as_of = excluded.as_of`;
      if (what === 'agents') await watchAgents(sql, connectionId);
    },

    async connectionKind({ connectionId }: { connectionId: string }): Promise<string> {
      const [row] = await sql<{ kind: string }[]>`select kind from connections where id = ${connectionId}`;
      return row!.kind;
    },
  };
}
