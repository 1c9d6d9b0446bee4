import { Failure, type FailureKind } from '../../domain/failure.ts';
import type { TestReport, TestStep } from '../contract.ts';
import { ask, type Permission, type StellrContext } from './client.ts';
import { firstPage, pageQuery, recordIn } from './pages.ts';
import { customerNoOf, subscriptionId } from './wire.ts';

type Finding = [state: TestStep['state'], message: string];

const names: (Permission | 'Access token')[] = [
  'Access token',
  'List Customers',
  'Get Customer Details',
  "List Customers' Subscriptions",
  'Get Subscription Details',
  "List Reseller's Subscriptions",
];

/** How many customers to look through for one with a subscription. */
const tried = 5;

/** Requests a token, then tries each permission that an import needs by using it. */
export async function test(context: StellrContext): Promise<TestReport> {
  let customers: string[] = [];
  let held: { customer: string; subscription: string } | null = null;

  const finders: Record<string, (name: Permission) => Promise<Finding>> = {
    'Access token': async () => {
      await context.token();
      return ['passed', 'Stellr accepts the client credentials.'];
    },
    'List Customers': async (name) => {
      const path = `cloud/customers?${pageQuery(1, tried)}`;
      const { rows, declared } = await ask(context, path, name, {}, firstPage);
      customers = rows.map(customerNoOf).filter((id) => id !== null);
      if (rows.length > 0) return ['passed', `${declared ?? rows.length} customers are visible.`];
      return ['warning', 'credentials work but see no customers — check reseller number and environment'];
    },
    'Get Customer Details': async (name) => {
      if (!customers[0]) return ['skipped', 'There is no customer to test with.'];
      await ask(context, `cloud/customers/${encodeURIComponent(customers[0])}`, name, {}, recordIn);
      return ['passed', 'A customer can be read.'];
    },
    "List Customers' Subscriptions": async (name) => {
      if (!customers[0]) return ['skipped', 'There is no customer to test with.'];
      for (const customer of customers) {
        const path = `customers/${encodeURIComponent(customer)}/subscriptions?${pageQuery(1, 1)}`;
        const { rows } = await ask(context, path, name, {}, firstPage);
        const subscription = rows.map(subscriptionId).find((id) => id !== null);
        if (subscription) {
          held = { customer, subscription };
          return ['passed', 'Subscriptions of a customer can be listed.'];
        }
      }
      return ['passed', 'Granted; the customers checked have no subscriptions.'];
    },
    'Get Subscription Details': async (name) => {
      if (!held) return ['skipped', 'There is no subscription to test with.'];
      const [customer, subscription] = [held.customer, held.subscription].map(encodeURIComponent);
      await ask(context, `customers/${customer}/subscriptions/${subscription}`, name, {}, recordIn);
      return ['passed', 'A subscription can be read.'];
    },
    "List Reseller's Subscriptions": (name) => resellerListing(context, name),
  };

  const steps: TestStep[] = [];
  let stopped = false;
  for (const name of names) {
    if (stopped) {
      steps.push({ name, state: 'skipped', message: 'An earlier step failed.' });
      continue;
    }
    try {
      const [state, message] = await finders[name]!(name as Permission);
      steps.push({ name, state, message });
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      steps.push({ name, state: 'failed', message: explained(error) });
      // A missing permission tells nothing about the others, so all are checked. Any other failure ends the check.
      stopped = !(error instanceof Failure && error.kind === 'forbidden');
    }
  }
  const works = steps.some(
    ({ name, state }) => name === 'List Customers' && state !== 'failed' && state !== 'skipped',
  );
  return { steps, identity: works ? identityOf(context) : null };
}

/** Optional: without it subscriptions are listed customer by customer. */
async function resellerListing(context: StellrContext, name: Permission): Promise<Finding> {
  const instead = 'subscriptions are listed customer by customer, which takes more calls';
  try {
    await ask(context, `subscriptions?${pageQuery(1, 1)}`, name, {}, firstPage);
    return ['passed', 'Subscriptions of all customers can be listed at once.'];
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    const kind = error instanceof Failure ? error.kind : null;
    if (kind === 'forbidden' || kind === 'not-found')
      return ['skipped', `Optional and not granted: ${instead}.`];
    return ['warning', `Optional and currently unavailable: ${instead}. ${explained(error)}`];
  }
}

/** Stellr names no account: region, environment and client id identify it once the credentials are accepted. */
export async function identity(context: StellrContext): Promise<string> {
  await context.token();
  return identityOf(context);
}

const identityOf = ({ settings, credentials }: StellrContext) =>
  `${settings.region}/${settings.environment}/${credentials.clientId}`;

function explained(error: unknown): string {
  if (!(error instanceof Failure)) return 'The check itself failed. See the log.';
  const { reference } = error.details;
  const remedy = error.details.remedy ?? remedies[error.kind] ?? 'Check region, environment and base URL.';
  return [error.message, remedy, reference && `Stellr's request id: ${reference}.`].filter(Boolean).join(' ');
}

const remedies: Partial<Record<FailureKind, string>> = {
  timeout: 'Test again; if the error persists, check the network.',
  'rate-limited': 'Wait a minute and test again, or lower callsPerSecond.',
  unavailable: 'Stellr is temporarily unavailable; test again later.',
};
