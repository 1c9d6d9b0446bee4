import { Failure, type FailureKind } from '../../domain/failure.ts';
import type { TestReport, TestStep } from '../contract.ts';
import { ask, askV1, type IonContext } from './client.ts';
import { customersPage, pageSize, subscriptionsPage } from './pages.ts';
import { accountOf } from './wire.ts';

type Finding = [state: TestStep['state'], message: string];

/** The systems check: can we sign in, is it the right account, and is there anything to import? */
export async function test(context: IonContext): Promise<TestReport> {
  const { accountId } = context.settings;
  const steps: TestStep[] = [];
  let identity: string | null = null;

  const step = async (name: string, find: () => Promise<Finding>): Promise<boolean> => {
    const [state, message] = await find().catch((error) => failed(context, error));
    steps.push({ name, state, message });
    return state === 'passed' || state === 'warning';
  };
  const skip = (message: string, ...names: string[]) =>
    steps.push(...names.map((name) => ({ name, state: 'skipped' as const, message })));

  const signedIn = await step('Access token', async () => {
    await context.token();
    return ['passed', 'Ion accepts the credentials.'];
  });
  if (!signedIn) {
    skip('Needs an access token.', 'Account', 'Customers', 'Subscriptions');
  } else {
    let found: ReturnType<typeof customersPage> | null = null;
    const reached = await step('Account', async () => {
      found = await ask(context, `customers?pageSize=${pageSize}`, {}, customersPage);
      const answered = answeredAccount(context, found);
      identity = answered;
      return answered === accountId
        ? ['passed', `Account ${accountId} can be read.`]
        : ['warning', `Ion answered for account ${answered} instead of ${accountId}. Check the account id.`];
    });
    if (!reached) skip('Needs the account.', 'Customers', 'Subscriptions');
    else {
      await step('Customers', async () => visibleCustomers(found!));
      await step('Subscriptions', async () => {
        const first = 'subscriptions?pagination.limit=1&pagination.offset=0';
        const { rows, declared } = await ask(context, first, {}, (json) => subscriptionsPage(json, 0));
        if (rows.length === 0) return ['warning', 'The credentials work but see no subscriptions.'];
        return ['passed', declared === null ? 'Subscriptions are visible.' : `${declared} are visible.`];
      });
    }
  }

  const v1 = 'Version 1 API';
  if (steps.some(({ state }) => state === 'failed')) skip('An earlier step failed.', v1);
  else if (!context.credentials.apiKey) skip('No API key is given; imports do not need one.', v1);
  else {
    await step(v1, async () => {
      await askV1(context, 'customers?limit=1&offset=0');
      await askV1(context, 'invoices/myinvoices');
      return ['passed', 'Customers and invoices can be read with the API key.'];
    });
  }
  return { steps, identity };
}

/** The account Ion answers for, taken from the names of its customers. */
export async function identity(context: IonContext): Promise<string> {
  return answeredAccount(context, await ask(context, 'customers?pageSize=1', {}, customersPage));
}

const answeredAccount = ({ settings }: IonContext, { rows }: ReturnType<typeof customersPage>): string =>
  rows.map(accountOf).find((account) => account !== null) ?? settings.accountId;

function visibleCustomers({ rows, next }: ReturnType<typeof customersPage>): Finding {
  if (next !== null) return ['passed', 'Customers are visible, more than one page of them.'];
  if (rows.length > 0) return ['passed', `${rows.length} visible.`];
  return ['warning', "The credentials work but see no customers: check the account id and the user's role."];
}

/** Only an abort is rethrown: every other failure is a result of the check. */
function failed(context: IonContext, error: unknown): Finding {
  if (context.signal.aborted) throw context.signal.reason;
  if (!(error instanceof Failure)) return ['failed', 'The check itself failed. See the log.'];
  const { reference } = error.details;
  const remedy = error.details.remedy ?? remedies[error.kind] ?? 'Look it up in the Ion portal.';
  return [
    'failed',
    [error.message, remedy, reference && `Ion's reference: ${reference}.`].filter(Boolean).join(' '),
  ];
}

const remedies: Partial<Record<FailureKind, string>> = {
  unreachable: 'Check the base URL and the network, then test again.',
  timeout: 'Test again; if the error persists, check the network.',
  'rate-limited': 'Wait a minute and test again, or lower callsPerSecond.',
  unavailable: 'Ion is temporarily unavailable; test again later.',
  'bad-answer': 'Check the base URL.',
  'not-found': 'Check the base URL and the account id.',
};
