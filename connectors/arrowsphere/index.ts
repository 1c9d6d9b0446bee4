import type { Customer } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Distributor, Listing } from '../contract.ts';
import { changes } from './changes.ts';
import { charges } from './charges.ts';
import { type Context, customersPage, findLicences, listLicences, searchRefused, whoami } from './client.ts';
import { type Credentials, definition, type Settings } from './definition.ts';
import type { RawPage } from './pages.ts';
import { test } from './systems-check.ts';
import { customerIdOf, foundIdOf, listedIdOf, readCustomer, readFound, readListed } from './wire.ts';

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
      // Fall back on the first page only: the two listings differ in order, and half of each would lose records.
      if (!searchRefused(error) || page > 1) throw error;
      context.log.info({ kind: definition.kind }, 'licence search is not available: listing instead');
      return list(context, scope, 1);
    }
  },
};

/** Marks cursors of the plain listing, so that a resumed listing continues in it. */
const listPrefix = 'list:';

async function list(context: Context, scope: string | null, page: number) {
  const answer = ofScope(await listLicences(context, page, scope), scope);
  return {
    records: answer.records.map((raw) => ({ id: listedIdOf(raw), raw, read: () => readListed(raw) })),
    declared: answer.declared,
    // Pages of the plain listing have prefixed cursors, not plain numbers.
    pages: null,
    next: answer.more ? `${listPrefix}${page + 1}` : null,
  };
}

/**
 * If the outside system ignores the filter, it answers other customers' licences too: those are left out, and the total
 * then does not count for this customer.
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

/** The reseller's own reference, requested once per context. */
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
  charges,
};
