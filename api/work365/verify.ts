import type { TestStep } from '../../connectors/contract.ts';
import type { ConnectionRow } from '../../db/connections/connections.ts';
import { ledgerAges, watchLedger } from '../../db/findings/ledger-age.ts';
import { keepTest, type Provider, providersOf } from '../../db/ledger/work365.ts';
import { ledgerLimit } from '../../temporal/schedule-spec.ts';
import type { App, Context } from '../context.ts';
import { work365Prefix } from './address.ts';
import { keyHeader, keyOf } from './key.ts';

export interface Tested {
  ok: boolean;
  message: string;
  steps: TestStep[];
}

/**
 * *Verify connectivity*: checks what Work 365 will get. No outside system is involved, so no workflow is needed: the
 * routes are called in this process, through the complete request handling.
 */
export async function verifyProvider(app: App, context: Context, { id }: ConnectionRow): Promise<Tested> {
  const { sql } = context.db;
  const providers = await providersOf(sql, id);
  const steps =
    providers.length === 0
      ? [warning('Integration', 'No integration feeds this connection yet; add one, then test again.')]
      : (await Promise.all(providers.map((provider) => verify(app, context, provider)))).flat();
  const failed = steps.find(({ state }) => state === 'failed');
  const warned = steps.find(({ state }) => state === 'warning');
  const message = failed?.message ?? warned?.message ?? 'Everything works.';
  const tested = { ok: !failed, message, steps };
  await keepTest(sql, id, tested);
  return tested;
}

async function verify(app: App, context: Context, provider: Provider): Promise<TestStep[]> {
  const { sql } = context.db;
  const base = `${work365Prefix}/${provider.integrationId}`;
  const key = keyOf(context.ring, provider);
  const ask = async (given: string) => {
    const url = `${base}/utilities/provider-properties`;
    return (await app.inject({ method: 'GET', url, headers: { [keyHeader]: given } })).statusCode;
  };
  const named = (what: string) => `${what} of ${provider.name}`;
  const right = key === null ? null : await ask(key);
  const wrong = await ask(`not ${key}`);
  const limit = ledgerLimit(provider.schedule);
  const ages = await ledgerAges(sql, provider, limit);
  await watchLedger(sql, provider, limit);
  return [
    right === 200
      ? passed(
          named('Route'),
          `${base} answers. In Work 365, enter the public https address of this installation followed by it.`,
        )
      : failed(
          named('Route'),
          `${base} answered ${right ?? 'nothing: there is no key'}. Check the API's log.`,
        ),
    right === 200 && wrong === 403
      ? passed(named('Key'), 'The key is accepted and a wrong key is rejected.')
      : failed(named('Key'), 'A wrong key was accepted. Enter the key again here and in Work 365.'),
    ...ages.map(({ kind, asOf, old }) => {
      const name = named(`Ledger of ${kind}`);
      if (asOf === null)
        return failed(name, `The ${kind} were never listed completely. Start an import of ${kind}.`);
      const at = `The ${kind} were last listed completely at ${asOf.toISOString()}.`;
      const hours = Math.round(limit / 360_000) / 10;
      return old
        ? failed(name, `${at} That is more than ${hours} h ago. Start an import, or check the schedule.`)
        : passed(name, at);
    }),
  ];
}

const step =
  (state: TestStep['state']) =>
  (name: string, message: string): TestStep => ({ name, state, message });
const passed = step('passed');
const warning = step('warning');
const failed = step('failed');
