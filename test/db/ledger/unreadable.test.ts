import { beforeAll, beforeEach, expect, test } from 'vitest';
import { readSubscription } from '../../../connectors/streamone-ion/wire.ts';
import { type LedgerRecord, ledgerRecord } from '../../../db/ledger/rows.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { aConnection, listRecords } from '../../support/listing.ts';

/** Unreadable fields are marked in the ledger and left out of the licence to write, so existing values are kept. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

let connectionId: string;
beforeEach(async () => {
  connectionId = await aConnection(db);
});

const plain = {
  id: '900011', customerId: '20011', subscriptionName: 'Example plan', resourceType: 'AZURE::Subscription',
  subscriptionTotalLicenses: '71', subscriptionStatus: 'active', subscriptionBillingType: 'license',
  subscriptionBillingCycle: 'monthly', subscriptionBillingTerm: 'P1Y', subscriptionEndDate: '2028-12-06T00:00:00.001Z',
  isTrial: false, price: 17.5, cost: 15.2, currency: 'SEK',
}; // biome-ignore format: a record

const record = (raw: unknown): LedgerRecord =>
  ledgerRecord('subscriptions', { id: null, raw, read: () => readSubscription(raw, {}) });

/** The row as the ledger has it, and the licence it should be. */
async function listed(change: object) {
  await listRecords(db, connectionId, 'subscriptions', [record({ ...plain, ...change })]);
  const [row] = await db.sql`select s.*, subscription_to_licence(s, 'StreamOne Ion', 'UTC', null) as licence
    from subscriptions s where connection_id = ${connectionId} and id = '900011'`;
  return row!;
}

test.each([
  ['2028-12-06 00:00:00+00', '2028-12-06T00:00:00'],
  [1843344000001, '2028-05-31T00:00:00'],
  ['1782950400001', '2026-07-02T00:00:00'],
])('an end on %s is read', async (subscriptionEndDate, endDate) => {
  expect(await listed({ subscriptionEndDate })).toMatchObject({ unreadable: [], licence: { endDate } });
});

test.each(['09/11/2026', '2027-01-31T00:00:00.001 GMT', { seconds: 1 }])(
  'an end on %j is unknown, not none',
  async (subscriptionEndDate) => {
    const { licence, ...row } = await listed({ subscriptionEndDate });
    expect(row).toMatchObject({ end_date: null, unreadable: ['endDate'] });
    expect(licence).not.toHaveProperty('endDate');
    expect(licence).toMatchObject({ startDate: null, quantity: '71' });
  },
);

test.each(['1,000', 'Unlimited', '10 seats'])('%j seats without a billing type are not 1', async (seats) => {
  const change = { subscriptionBillingType: undefined, subscriptionTotalLicenses: seats };
  const { licence, ...row } = await listed(change);
  expect(row).toMatchObject({ quantity: null, usage: false, unreadable: ['quantity'] });
  expect(licence).not.toHaveProperty('quantity');
});

test('blank seats without a billing type are not 1', async () => {
  const change = { subscriptionBillingType: undefined, subscriptionTotalLicenses: '' };
  const { licence, ...row } = await listed(change);
  expect(row).toMatchObject({ quantity: null, usage: false });
  expect(licence).not.toHaveProperty('quantity');
});

test('seats of what is billed by usage are not 1 where they cannot be read', async () => {
  const usage = { subscriptionBillingType: 'usage' };
  expect((await listed({ ...usage, subscriptionTotalLicenses: undefined })).licence.quantity).toBe('1');
  const { licence, ...row } = await listed({ ...usage, subscriptionTotalLicenses: 'Unlimited' });
  expect(row).toMatchObject({ usage: true, unreadable: ['quantity'] });
  expect(licence).not.toHaveProperty('quantity');
});

test.each([
  [{ subscriptionTotalLicenses: '-1' }, 'quantity'],
  [{ subscriptionTotalLicenses: -5 }, 'quantity'],
  [{ subscriptionTotalLicenses: '9223372036854775807' }, 'quantity'],
  [{ cost: 1e15 }, 'unitCost'],
  [{ price: 99999999999999 }, 'unitPrice'],
])('%j is outside the domain and named', async (change, field) => {
  const { licence, ...row } = await listed(change);
  expect(row).toMatchObject({ unreadable: [field] });
  expect(licence).not.toHaveProperty(field);
});

test.each([
  ['Dynamics 365 Industrial IoT', 'Dynamics 365 Industrial IoT (trial)'],
  ['Microsoft 365 E5 Trial', 'Microsoft 365 E5 Trial'],
  ['E3 (trial)', 'E3 (trial)'],
])('a trial of %s is called %s', async (subscriptionName, name) => {
  expect((await listed({ subscriptionName, isTrial: true })).licence.name).toBe(name);
  expect((await listed({ subscriptionName, isTrial: 'perhaps' })).licence).not.toHaveProperty('name');
});

test('a mark that comes and goes is a change of the row', async () => {
  await listed({});
  await listed({ cost: 'n/a' });
  const [row] =
    await db.sql`select row -> 'unreadable' as was from ledger_history where connection_id = ${connectionId}`;
  expect(row!.was).toEqual([]);
  expect(await listed({})).toMatchObject({ unit_cost: '15.200000', unreadable: [] });
});
