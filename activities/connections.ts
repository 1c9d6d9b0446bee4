import type { Connector, TestReport, TestStep } from '../connectors/contract.ts';
import { recordTest, rememberAccount } from '../db/connections/connections.ts';
import { Failure } from '../domain/failure.ts';
import type { Deps } from './deps.ts';
import { openConnection, withHeartbeat } from './external/open-connection.ts';
import { differs, remedy } from './external/verify-account.ts';

export interface Tested {
  ok: boolean;
  message: string;
  steps: TestStep[];
}

export function connectionActivities(deps: Deps) {
  return {
    /** *Test configuration*: what the connector found, step by step. Another account than before is a failed step. */
    async testConnection({ connectionId }: { connectionId: string }): Promise<Tested> {
      let report: TestReport;
      try {
        const session = await openConnection<Connector>(deps, connectionId, {
          purpose: 'person',
          anyAccount: true,
        });
        report = await withHeartbeat(() => session.connector.test(session.context));
        const step = await accept(deps, session.connection, report);
        if (step) report.steps.push(step);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        report = { identity: null, steps: [failedStep('Connection', error)] };
      }
      const failed = report.steps.find((step) => step.state === 'failed');
      const warned = report.steps.find((step) => step.state === 'warning');
      const tested = {
        ok: !failed,
        message: failed?.message ?? warned?.message ?? 'Everything works.',
        steps: report.steps,
      };
      await recordTest(deps.db.sql, connectionId, tested);
      return tested;
    },
  };
}

const failedStep = (name: string, { message, details }: Failure): TestStep => ({
  name,
  state: 'failed',
  message: [message, details.remedy].filter(Boolean).join(' '),
});

/** Remembers the account at the first good test; refuses another one afterwards. */
async function accept(
  { db: { sql } }: Pick<Deps, 'db'>,
  { id, identity }: { id: string; identity: string | null },
  { steps, identity: found }: TestReport,
): Promise<TestStep | null> {
  if (found === null) return null;
  const good = steps.every((step) => step.state !== 'failed');
  const known = good ? await rememberAccount(sql, id, found) : identity;
  if (known === null || known === found) return null;
  return {
    name: 'Same account',
    state: 'failed',
    message: `${differs(known, found)} ${remedy(known, found)}`,
  };
}
