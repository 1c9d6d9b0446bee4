import { v7 as uuid } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import { watchRenewals } from '../../../db/findings/renewals.ts';
import { listRenewals, type RenewalFilter, renewalDays } from '../../../db/renewals/renewals.ts';
import type { Subscription } from '../../../domain/subscription.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { aConnection, aCustomer, aSubscription, listInto } from '../../support/listing.ts';

/** What renews when, and the finding that says so once a term. */
let db: TestDatabase;
let source: string;
let integration: string;
beforeEach(async () => {
  db ??= await testDatabase();
  source = await aConnection(db);
  integration = await anIntegration(source);
});

async function anIntegration(from: string, options: object = {}): Promise<string> {
  const id = uuid();
  await db.sql`insert into integrations (id, name, source_id, destination_id, options)
    values (${id}, 'Cloud to PSA', ${from}, ${await aConnection(db)}, ${db.sql.json({ timeZone: 'UTC', ...options })})`;
  return id;
}

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const yearly = (id: string, days: number, more: Partial<Subscription> = {}) =>
  aSubscription(id, 'C1', {
    quantity: '10', unitCost: '12.5', currency: 'EUR', billingCycle: 'monthly', term: 'P1Y', endDate: day(days), autoRenew: true, ...more,
  }); // biome-ignore format: a row

async function listed(subscriptions: Subscription[]) {
  await listInto(db, source, 'customers', [aCustomer('C1')]);
  await listInto(db, source, 'subscriptions', subscriptions);
}

const renewals = async (filter: Partial<RenewalFilter> = {}) =>
  await listRenewals(
    db.sql,
    { within: 'P60D', integrationId: integration, ...filter },
    { limit: null, after: null },
  );
const ids = async (filter: Partial<RenewalFilter> = {}) =>
  (await renewals(filter)).map(({ subscriptionId }) => subscriptionId);

describe('what is listed', () => {
  test('is alive and ends within the time asked for, soonest first', async () => {
    await listed([
      yearly('late', 61),
      yearly('second', 59, { renewalDate: day(58) }),
      yearly('first', 0),
      yearly('passed', -1),
      yearly('over', 10, { status: 'cancelled' }),
      yearly('monthly', 20, { term: 'P1M' }),
      aSubscription('endless', 'C1'),
    ]);
    expect(await ids()).toEqual(['first', 'monthly', 'second']);
    expect(await ids({ commitments: true })).toEqual(['first', 'second']);
    expect(await ids({ within: 'P1M', commitments: true })).toEqual(['first']);
    expect(await ids({ autoRenew: false })).toEqual([]);
    expect(await ids({ customerId: 'C2' })).toEqual([]);
  });

  test('is of every integration that the distributor feeds, and left out once it is not listed any more', async () => {
    const other = await anIntegration(source, { timeZone: 'Pacific/Auckland' });
    await listed([yearly('1', 10), yearly('2', 20)]);
    await listed([yearly('1', 10)]);
    const rows = await renewals({ integrationId: undefined });
    const mine = rows.filter((row) => row.connectionId === source);
    expect(mine.map((row) => [row.integrationId, row.subscriptionId])).toEqual([
      [other, '1'],
      [integration, '1'],
    ]);
    // The day is the same; it begins earlier in Auckland.
    expect(mine.map((row) => row.day)).toEqual([day(10), day(10)]);
    expect(mine[0]!.renewsAt.getTime()).toBeLessThan(mine[1]!.renewsAt.getTime());
  });

  test('says what it costs now and then, and whether it can still be reduced', async () => {
    await listed([
      yearly('dearer', 10, { renewalCost: '13', cancelUntil: day(2), minQuantity: '1', maxQuantity: '300' }),
      yearly('unknown', 11, { unitCost: null, cancelUntil: null }),
      yearly('closed', 12, { quantity: null, cancelUntil: day(-3) }),
    ]);
    expect(await renewals()).toMatchObject([
      {
        cancellation: 'open',
        money: [{ amount: '125', currency: 'EUR', cycle: 'monthly' }],
        moneyAfter: [{ amount: '130', currency: 'EUR', cycle: 'monthly' }],
        minQuantity: '1',
        maxQuantity: '300',
        customerName: 'Customer C1',
      },
      { cancellation: 'unknown', money: [], moneyAfter: [] },
      { cancellation: 'closed', money: [], moneyAfter: [] },
    ]);
  });

  test('continues page by page where one ended', async () => {
    await listed(Array.from({ length: 25 }, (_, n) => yearly(`s${n}`, 5 + (n % 3))));
    const seen: string[] = [];
    let after: Parameters<typeof listRenewals>[2]['after'] = null;
    for (let pages = 0; pages < 4; pages++) {
      const page = await listRenewals(
        db.sql,
        { within: 'P60D', integrationId: integration },
        { limit: 10, after },
      );
      seen.push(...page.slice(0, 10).map(({ subscriptionId }) => subscriptionId));
      if (page.length <= 10) break;
      const last = page[9]!;
      after = [last.renewsAt.toISOString(), last.integrationId, last.subscriptionId];
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });

  test('is counted by day; money of other currencies and cycles stands beside it', async () => {
    await listed([
      yearly('1', 10),
      yearly('2', 10, { autoRenew: false, currency: 'USD' }),
      yearly('3', 10, { billingCycle: 'annual', unitCost: '100' }),
      yearly('4', 11),
    ]);
    expect(await renewalDays(db.sql, { within: 'P60D', integrationId: integration })).toEqual([
      {
        day: day(10),
        count: 3,
        ending: 1,
        money: [
          { amount: '1000', currency: 'EUR', cycle: 'annual' },
          { amount: '125', currency: 'EUR', cycle: 'monthly' },
          { amount: '125', currency: 'USD', cycle: 'monthly' },
        ],
      },
      { day: day(11), count: 1, ending: 0, money: [{ amount: '125', currency: 'EUR', cycle: 'monthly' }] },
    ]);
  });
});

describe('the finding', () => {
  const findings = () => db.sql<{ key: string; state: string; message: string }[]>`
    select key, state, message from findings where kind = 'renewal-window' and integration_id = ${integration} order by key`;
  const states = async () =>
    (await findings()).map(({ key, state }) => [...key.split(':').slice(2), state].join(' '));

  test('opens within the notice, once a term, and closes with the term', async () => {
    await listed([yearly('1', 20), yearly('2', 40), yearly('3', 10, { term: 'P1M' })]);
    await watchRenewals(db.sql, integration);
    await watchRenewals(db.sql);
    expect(await states()).toEqual([`1 ${day(20)} open`]);
    expect((await findings())[0]!.message).toMatch(
      /renews on .* for another year. It has 10 units \(125.00 EUR monthly\)/,
    );

    await listed([yearly('1', 385), yearly('2', 28), yearly('3', 10, { term: 'P1M' })]);
    await watchRenewals(db.sql, integration);
    expect(await states()).toEqual([`1 ${day(20)} resolved`, `2 ${day(28)} open`]);
  });

  test('stays dismissed for its term, whatever changes, and opens again for the next', async () => {
    await listed([yearly('1', 20)]);
    await watchRenewals(db.sql, integration);
    await db.sql`update findings set state = 'resolved', resolution = '{"action":"dismiss"}' where integration_id = ${integration}`;
    await listed([yearly('1', 20, { quantity: '12' })]);
    await watchRenewals(db.sql, integration);
    expect(await states()).toEqual([`1 ${day(20)} resolved`]);
    await listed([yearly('1', 25)]);
    await watchRenewals(db.sql, integration);
    expect(await states()).toEqual([`1 ${day(20)} resolved`, `1 ${day(25)} open`]);
  });

  test('says what changed since it opened, and follows the notice of its integration', async () => {
    await listed([yearly('1', 50)]);
    await watchRenewals(db.sql, integration);
    expect(await states()).toEqual([]);
    await db.sql`update integrations set options = options || '{"renewalNoticeDays":60}' where id = ${integration}`;
    await watchRenewals(db.sql, integration);
    await listed([yearly('1', 50, { autoRenew: false })]);
    await watchRenewals(db.sql, integration);
    expect(await findings()).toMatchObject([
      { state: 'open', message: expect.stringContaining('does not renew') },
    ]);
  });
});
