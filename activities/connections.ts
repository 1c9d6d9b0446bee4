import type { Connector, PushDestination, TestReport, TestStep } from '../connectors/contract.ts';
import { recordTest, rememberAccount } from '../db/connections/connections.ts';
import { Failure } from '../domain/failure.ts';
import { echoes, withoutEchoes } from '../security/redact.ts';
import type { Deps } from './deps.ts';
import type { ConnectionSession } from './external/gateway.ts';
import { openConnection, withHeartbeat } from './external/open-connection.ts';
import { differs, echoed, remedy } from './external/verify-account.ts';
import { refreshOffers } from './offers.ts';

export interface Tested {
  ok: boolean;
  message: string;
  steps: TestStep[];
}

export function connectionActivities(deps: Deps) {
  return {
    /** *Test configuration*: the connector's findings, step by step. A changed account is a failed step. */
    async testConnection({ connectionId }: { connectionId: string }): Promise<Tested> {
      let report: TestReport;
      try {
        const session = await openConnection<Connector>(deps, connectionId, {
          purpose: 'person',
          anyAccount: true,
        });
        report = unechoed(
          await withHeartbeat(() => session.connector.test(session.context)),
          session.context.credentials,
        );
        const step = await accept(deps, session.connection, report);
        if (step) report.steps.push(step);
        if (isGood(report)) report.steps.push(...(await withHeartbeat(() => readAgents(deps, session))));
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

const isGood = ({ steps }: Pick<TestReport, 'steps'>) => steps.every(({ state }) => state !== 'failed');

/**
 * An intermediary may echo the request. A secret in its answer must not become an account or part of a message.
 */
function unechoed({ steps, identity }: TestReport, credentials: unknown): TestReport {
  const clean = steps.map((step) => ({ ...step, message: withoutEchoes(step.message, credentials) }));
  if (identity === null || !echoes(identity, credentials)) return { steps: clean, identity };
  return { steps: [...clean, { name: 'Account', state: 'failed', message: echoed }], identity: null };
}

/** Reads a destination's agents after a good test, so that matching people can be suggested at once. */
async function readAgents(deps: Deps, session: ConnectionSession): Promise<TestStep[]> {
  const { definition } = session.connector as Connector;
  if (!definition.capabilities.includes('agents')) return [];
  try {
    await refreshOffers(deps, session as ConnectionSession & { connector: PushDestination }, 'agents');
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ ...failedStep('Agents', error), state: 'warning' }];
  }
}

/** Remembers the account at the first good test; refuses a different one afterwards. */
async function accept(
  { db: { sql } }: Pick<Deps, 'db'>,
  { id, identity }: { id: string; identity: string | null },
  { steps, identity: found }: TestReport,
): Promise<TestStep | null> {
  if (found === null) return null;
  const known = isGood({ steps }) ? await rememberAccount(sql, id, found) : identity;
  if (known === null || known === found) return null;
  return {
    name: 'Same account',
    state: 'failed',
    message: `${differs(known, found)} ${remedy(known, found)}`,
  };
}
