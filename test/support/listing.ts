import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { addScopes, close, collection, type ListedPage, storePages } from '../../db/ledger/collecting.ts';
import { requestCollection } from '../../db/ledger/collections.ts';
import { type LedgerRecord, ledgerRecord, pageRecords } from '../../db/ledger/rows.ts';
import type { Customer } from '../../domain/customer.ts';
import type { ListingKind } from '../../domain/kinds.ts';
import type { Subscription } from '../../domain/subscription.ts';

/** Canonical records with everything a test does not name. */
export const aCustomer = (id: string, more: Partial<Customer> = {}): Customer => ({
  id, name: `Customer ${id}`, status: 'active', own: false, email: null, phone: null, domain: null, tenantId: null,
  address: null, unreadable: [], ...more,
}); // biome-ignore format: a row

export const aSubscription = (id: string, customerId: string, more: Partial<Subscription> = {}): Subscription => ({
  id, customerId, name: `Subscription ${id}`, status: 'active', statusText: null, quantity: '1', usage: false, trial: false,
  unitCost: null, unitPrice: null, currency: null, billingCycle: null, term: null, startDate: null, endDate: null,
  renewalDate: null, autoRenew: null, cancelUntil: null, renewalCost: null, renewalPrice: null, minQuantity: null,
  maxQuantity: null, vendor: null, sku: null, vendorSku: null, tenantId: null, unreadable: [], ...more,
}); // biome-ignore format: a row

/** A record as a connector hands it on, its row being what came. */
export const recordOf = (kind: ListingKind, row: { id: string }, onRead = () => {}) =>
  ledgerRecord(kind, {
    id: row.id,
    raw: row,
    read: () => {
      onRead();
      return { id: row.id, raw: row, row: { unreadable: [], ...row } };
    },
  });

/** A distributor connection that is never asked: listings of it are written here. Returns its id. */
export async function aConnection(db: Database): Promise<string> {
  const id = randomUUID();
  await db.sql`insert into connections (id, kind, role, name, settings, credentials)
    values (${id}, 'arrowsphere', 'distributor', ${id}, '{}', 'sealed')`;
  return id;
}

export interface ListingOptions {
  state?: 'complete' | 'incomplete' | 'failed';
  pageSize?: number;
  /** After each page. */
  between?(): Promise<unknown>;
  /** When it began; now unless given. */
  startedAt?: Date;
}

/** A listing of a distributor's account as the engine writes it: page by page, then closed. */
export async function listInto(
  db: Database,
  connectionId: string,
  kind: 'customers' | 'subscriptions',
  rows: { id: string }[],
  options: ListingOptions = {},
): Promise<void> {
  await listRecords(
    db,
    connectionId,
    kind,
    rows.map((row) => recordOf(kind, row)),
    options,
  );
}

/** The same of records as a connector hands them on. Returns the collection's id. */
export async function listRecords(
  db: Database,
  connectionId: string,
  kind: ListingKind,
  records: LedgerRecord[],
  { state = 'complete', pageSize = 100, between, startedAt }: ListingOptions = {},
): Promise<string> {
  const { id } = await requestCollection(db, { connectionId, kind, customerIds: null });
  if (startedAt) await db.sql`update collections set started_at = ${startedAt} where id = ${id}`;
  const open = await collection(db.sql, id);
  await addScopes(db.sql, open, ['']);
  for (let from = 0; from < records.length; from += pageSize) {
    const page = records.slice(from, from + pageSize);
    const stored: ListedPage = {
      scope: '',
      cursor: String(from),
      next: from + pageSize < records.length ? String(from + pageSize) : null,
      pages: null,
      declared: null,
      ...pageRecords(page),
    };
    await storePages(db.sql, open, [stored]);
    await between?.();
  }
  await close(db.sql, open, { state, completeness: null, problem: null });
  return id;
}
