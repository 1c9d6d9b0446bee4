import { definitions } from '../connectors/definitions.ts';
import { reconcile } from '../db/reconciliation/reconcile.ts';
import { dueStatements, freeze } from '../db/reconciliation/statements.ts';
import { bySystem } from '../domain/actor.ts';
import { ledgerLimit } from '../temporal/schedule-spec.ts';
import type { Deps } from './deps.ts';
import { withHeartbeat } from './external/open-connection.ts';
import { distributorNames } from './plans.ts';

const comparable = definitions.filter(({ flow }) => flow === 'push').map(({ kind }) => kind);

export const statementActivities = ({ db: { sql }, log }: Deps) => ({
  /** The month that is over is frozen once for each integration, as both sides stood at its end. Returns how many. */
  async freezeMonths(): Promise<number> {
    let made = 0;
    for (const { integrationId, month, end } of await dueStatements(sql, comparable)) {
      try {
        const reconciliation = await withHeartbeat(() =>
          reconcile(sql, integrationId, {
            asOf: end,
            limit: 1_000_000,
            offset: 0,
            distributorNames,
            staleAfterMs: ({ schedule }) => ledgerLimit(schedule as never),
          }),
        );
        if (!reconciliation) continue;
        await freeze(sql, { integrationId, month, reconciliation }, bySystem);
        made++;
      } catch (error) {
        // One that cannot be made must not keep the others from being made.
        log.warn({ integrationId, month, error: (error as Error).name }, 'could not make a statement');
      }
    }
    return made;
  },
});
