import { Failure } from '../../domain/failure.ts';
import type { TestReport, TestStep } from '../contract.ts';
import {
  type Account,
  type Context,
  customersPage,
  findLicences,
  listLicences,
  searchRefused,
  whoami,
} from './client.ts';
import { checkUrl, type RawPage } from './pages.ts';
import { readCustomer } from './wire.ts';

const stepNames = ['Reachable', 'API key', 'Account', 'Customers', 'Licences'] as const;

/** `GET /whoami` answers the first three steps; then one customer and one licence are read. */
export async function test(context: Context): Promise<TestReport> {
  const steps: TestStep[] = [];
  const add = (state: TestStep['state'], message: string) =>
    steps.push({ name: stepNames[steps.length]!, state, message });
  const report = (identity: string | null): TestReport => {
    while (steps.length < stepNames.length) add('skipped', 'An earlier step failed.');
    return { steps, identity };
  };
  const failed = (error: unknown) => {
    // Anything but a Failure is an abort or a fault of ours.
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

const firstLicences = (context: Context): Promise<RawPage> =>
  findLicences(context, 1, null, 1).catch((error) => {
    if (searchRefused(error)) return listLicences(context, 1, null);
    throw error;
  });
