import type { Distributor } from '../connectors/contract.ts';
import { definitions } from '../connectors/definitions.ts';
import {
  closeReading,
  dueCharges,
  knownDocuments,
  type Reading,
  storeDocument,
} from '../db/charges/charges.ts';
import type { ChargeState } from '../domain/charges.ts';
import { Failure } from '../domain/failure.ts';
import { startCharges } from '../temporal/start.ts';
import type { Deps } from './deps.ts';
import { openConnection, withHeartbeat } from './external/open-connection.ts';

/** The kinds whose charges can be read. */
const kinds = definitions
  .filter(({ capabilities }) => (capabilities as readonly string[]).includes('charges'))
  .map(({ kind }) => kind);

export function chargeActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Reads a month's charges document by document; a try that follows one that failed goes on after the documents
     * stored by then.
     */
    async readCharges(reading: Reading): Promise<ChargeState> {
      const { connector, context } = await openConnection<Distributor>(deps, reading.connectionId);
      return await withHeartbeat(async () => {
        try {
          const known = await knownDocuments(sql, reading);
          for await (const document of connector.charges!.documents(context, reading.month, known))
            await storeDocument(sql, reading, document);
        } catch (error) {
          const refused =
            error instanceof Failure && (error.kind === 'forbidden' || error.kind === 'not-found');
          if (!refused) throw error;
          const problem = [error.message, error.details.remedy].filter(Boolean).join(' ');
          return await closeReading(sql, reading, { state: 'not-offered', problem });
        }
        return await closeReading(sql, reading, null);
      });
    },

    /** Starts a reading of last month's charges wherever they are due. */
    async sweepCharges(): Promise<number> {
      const due = await dueCharges(sql, kinds);
      for (const { connectionId, kind, month } of due)
        await startCharges(deps.temporal, { connectionId, month, connectionKind: kind });
      return due.length;
    },
  };
}
