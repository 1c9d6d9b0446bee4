import type { Customer } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Distributor, Listing, TestReport, TestStep } from '../contract.ts';
import { changes } from './changes.ts';
import { type Account, type Context, customersPage, findLicences, listLicences, whoami } from './client.ts';
import { type Credentials, definition, type Settings } from './definition.ts';
import { checkUrl, type RawPage } from './pages.ts';
import { customerIdOf, foundIdOf, listedIdOf, readCustomer, readFound, readListed } from './wire.ts';

const stepNames = ['Reachable', 'API key', 'Account', 'Customers', 'Licences'] as const;

/** `GET /whoami` answers the first three questions; then one customer and one licence are asked for. */
async function test(context: Context): Promise<TestReport> {
  const steps: TestStep[] = [];
  const add = (state: TestStep['state'], message: string) =>
    steps.push({ name: stepNames[steps.length]!, state, message });
  const report = (identity: string | null): TestReport => {
    while (steps.length < stepNames.length) add('skipped', 'An earlier step failed.');
    return { steps, identity };
  };
  const failed = (error: unknown) => {
    // Whatever is not a Failure is an abort or a fault of ours.
    if (!(error instanceof Failure)) throw error;
    add('failed', `${error.message} ${error.details.remedy ?? checkUrl}`);
  };
  const reached = `${context.settings.baseUrl} answers as ArrowSphere does.`;

  let account: Account;
  try {
    account = await whoami(context);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'unauthorised') add('passed', reached);
    failed(error);
    return report(null);
  }
  add('passed', reached);
  add('passed', 'The API key is accepted.');
  add('passed', `The account is ${account.companyName} (${account.reference}).`);

  try {
    const { records, declared } = await customersPage(context, 1, 1);
    const count = declared ?? records.length;
    const first = records[0] === undefined ? null : readCustomer(records[0], account.reference);
    const onlyItself = count === 1 && first !== null && 'row' in first && first.row.own;
    if (count === 0 || onlyItself)
      add('warning', 'The key sees no customers. Check its rights if there should be some.');
    else add('passed', `The key sees ${count} customers.`);
    const licences = await firstLicences(context);
    const seen = licences.declared ?? licences.records.length;
    if (seen === 0) add('warning', 'The key sees no licences. Check its rights if there should be some.');
    else add('passed', `The key sees ${seen} licences.`);
  } catch (error) {
    failed(error);
  }
  return report(account.reference);
}

const customers: Listing<Customer, Settings, Credentials> = {
  scopes: async () => 'account',
  async page(context, { cursor }) {
    const page = pageOf(cursor);
    const [own, answer] = await Promise.all([resellerOf(context), customersPage(context, page)]);
    return {
      records: answer.records.map((raw) => ({
        id: customerIdOf(raw),
        raw,
        read: () => readCustomer(raw, own),
      })),
      declared: answer.declared,
      pages: answer.pages,
      next: answer.more ? String(page + 1) : null,
    };
  },
};

const subscriptions: Listing<Subscription, Settings, Credentials> = {
  scopes: async (_, chosen) => (chosen === null ? 'account' : 'customer'),
  async page(context, { scope, cursor }) {
    if (cursor?.startsWith(listPrefix)) return list(context, scope, pageOf(cursor.slice(listPrefix.length)));
    const page = pageOf(cursor);
    try {
      const answer = ofScope(await findLicences(context, page, scope), scope);
      return {
        records: answer.records.map((raw) => ({ id: foundIdOf(raw), raw, read: () => readFound(raw) })),
        declared: answer.declared,
        pages: answer.pages,
        next: answer.more ? String(page + 1) : null,
      };
    } catch (error) {
      // Only from the start: the two listings have orders of their own, and half of each would lose records.
      if (!searchRefused(error) || page > 1) throw error;
      context.log.info({ kind: definition.kind }, 'licence search is not available: listing instead');
      return list(context, scope, 1);
    }
  },
};

const searchRefused = (error: unknown) =>
  error instanceof Failure && (error.kind === 'forbidden' || error.kind === 'not-found');

const firstLicences = (context: Context): Promise<RawPage> =>
  findLicences(context, 1, null, 1).catch((error) => {
    if (searchRefused(error)) return listLicences(context, 1, null);
    throw error;
  });

/** Marks the cursors of the plain listing, so that whoever resumes goes on in it. */
const listPrefix = 'list:';

async function list(context: Context, scope: string | null, page: number) {
  const answer = ofScope(await listLicences(context, page, scope), scope);
  return {
    records: answer.records.map((raw) => ({ id: listedIdOf(raw), raw, read: () => readListed(raw) })),
    declared: answer.declared,
    // Such pages are found by their cursors, not by plain numbers.
    pages: null,
    next: answer.more ? `${listPrefix}${page + 1}` : null,
  };
}

/**
 * A filter the upstream ignores would pass other customers' licences for this one's: those are left out, and the
 * total then says nothing of this customer.
 */
function ofScope(answer: RawPage, scope: string | null): RawPage {
  if (scope === null) return answer;
  const records = answer.records.filter((raw) => {
    const customer = (raw as { customer_ref?: unknown } | null)?.customer_ref;
    return typeof customer !== 'string' || customer === scope;
  });
  return records.length === answer.records.length ? answer : { ...answer, records, declared: null };
}

function pageOf(cursor: string | null): number {
  const page = cursor === null ? 1 : Number(cursor);
  if (!Number.isInteger(page) || page < 1)
    throw new Failure('invalid', 'This is not a cursor of ArrowSphere.');
  return page;
}

/** The reseller's own reference, asked once a context. */
const resellers = new WeakMap<Context, Promise<string>>();

function resellerOf(context: Context): Promise<string> {
  let asked = resellers.get(context);
  if (!asked) {
    asked = whoami(context).then((account) => account.reference);
    asked.catch(() => resellers.delete(context));
    resellers.set(context, asked);
  }
  return asked;
}

export const arrowsphere: Distributor<Settings, Credentials> = {
  definition,
  test,
  identity: async (context) => (await whoami(context)).reference,
  customers,
  subscriptions,
  changes,
};
