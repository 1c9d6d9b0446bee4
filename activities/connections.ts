import type { Connector, TestReport, TestStep } from '../connectors/contract.ts';
import { Failure } from '../domain/failure.ts';
import type { Deps } from './deps.ts';
import { beating, type Reach, reach } from './reach.ts';

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
        const reached = await reach<Connector>(deps, connectionId, 'person');
        report = await beating(() => reached.connector.test(reached.context));
        const step = await accept(deps, connectionId, reached.connection.identity, report.identity);
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
      await deps.db
        .sql`update connections set last_test = ${deps.db.sql.json({ at: new Date().toISOString(), ...tested } as never)} where id = ${connectionId}`;
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
  deps: Pick<Deps, 'db'>,
  connectionId: string,
  known: string | null,
  found: string | null,
): Promise<TestStep | null> {
  if (found === null) return null;
  if (known === null) {
    await deps.db
      .sql`update connections set identity = ${found} where id = ${connectionId} and identity is null`;
    return null;
  }
  if (known === found) return null;
  return {
    name: 'Same account',
    state: 'failed',
    message: `different-account: these credentials reach ${found}, but this connection belongs to ${known}. Enter credentials of ${known}, or make a new connection for ${found}.`,
  };
}

/** Before an import writes anything: whose account is this? Its id stands in every external link. */
export async function identify(
  deps: Deps,
  { connection, connector, context }: Reach<Connector>,
): Promise<void> {
  const { steps, identity } = await connector.test(context);
  const failed = steps.find((step) => step.state === 'failed');
  if (identity === null) {
    throw new Failure(
      'unavailable',
      failed?.message ?? 'The account behind this connection could not be learnt.',
      {
        retryable: false,
        remedy: 'Test the connection and follow what it says.',
      },
    );
  }
  await accept(deps, connection.id, connection.identity, identity);
}
