import { expect, test } from 'vitest';
import { factsOf } from '../../../db/changes/seen.ts';
import { forbidden } from '../../../domain/change-policy.ts';
import { testDatabase } from '../../support/database.ts';
import { aConnection, aSubscription, listInto } from '../../support/listing.ts';

/** What the ledger has of a subscription decides whether a change of it may be asked for at all. */
test('the window and the limits that the distributor gave refuse a change before it is sent', async () => {
  const db = await testDatabase();
  const source = await aConnection(db);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const limits = { quantity: '10', minQuantity: '5.0000', maxQuantity: '300' };
  await listInto(db, source, 'subscriptions', [
    aSubscription('closed', 'C1', { ...limits, cancelUntil: day(-1) }),
    aSubscription('open', 'C1', { ...limits, cancelUntil: day(1) }),
    aSubscription('unreadable', 'C1', { ...limits, unreadable: ['cancelUntil'] }),
    aSubscription('unsaid', 'C1', { quantity: '10' }),
  ]);
  const refusal = async (id: string, kind: 'quantity' | 'cancel', quantity?: string) =>
    forbidden(kind, { quantity }, (await factsOf(db.sql, source, id))!, new Date());

  expect(await refusal('closed', 'quantity', '9')).toMatch(/before the term ends: the window for it closed/);
  expect(await refusal('closed', 'cancel')).toMatch(/cannot be cancelled/);
  expect(await refusal('closed', 'quantity', '11')).toBeNull();
  expect(await refusal('open', 'quantity', '9')).toBeNull();
  expect(await refusal('open', 'quantity', '4')).toMatch(/no fewer than 5 seats/);
  expect(await refusal('open', 'quantity', '301')).toMatch(/no more than 300 seats/);
  expect(await refusal('unreadable', 'quantity', '9')).toMatch(/cannot be read/);
  expect(await refusal('unsaid', 'quantity', '1')).toBeNull();
});
