import { beforeEach, describe, expect, test } from 'vitest';
import { watchLedger } from '../../db/findings/ledger-age.ts';
import { providerOf } from '../../db/ledger/work365.ts';
import { aCustomer, aSubscription, type ListingOptions, listInto } from '../support/listing.ts';
import { arrowsphere, installation } from './installation.ts';

interface Told {
  id: string;
  name: string;
  status: number;
  quantity: number;
}

describe('what Work 365 reads while the ledger changes', () => {
  const it = installation();
  const key = 'work365-key-of-the-moment';
  let sourceId: string;
  let integrationId: string;

  beforeEach(async () => {
    const settings = { displayName: 'T', country: 'DE', currency: 'EUR' };
    const made = { kind: 'work365', name: 'W', settings, credentials: { key } };
    sourceId = (await it.call('POST', '/v1/connections', arrowsphere())).body.id;
    const destinationId = (await it.call('POST', '/v1/connections', made)).body.id;
    const ends = { name: 'I', sourceId, destinationId };
    integrationId = (await it.call('POST', '/v1/integrations', ends)).body.id;
  });

  const get = async (path: string): Promise<Told[]> => {
    const headers = { 'work-365-rest-provider-api-key': key };
    const answer = await it.app.inject({ method: 'GET', url: `/work365/${integrationId}${path}`, headers });
    expect(answer.statusCode).toBe(200);
    return answer.json();
  };
  const one = (values: unknown[]) => {
    const distinct = [...new Set(values)];
    expect(distinct).toHaveLength(1);
    return distinct[0] as number;
  };

  test('2,000 customers asked one by one while imports rewrite them: no answer is half old, half new', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => `C${n}`);
    const listAs = async (version: number, options: ListingOptions = {}) => {
      const customers = ids.map((id) => aCustomer(id, { name: `${version}` }));
      // A customer's three subscriptions come on three pages.
      const subscriptions = [0, 1, 2].flatMap((n) =>
        ids.map((id) => aSubscription(`${id}-${n}`, id, { quantity: `${version}` })),
      );
      await listInto(it.db, sourceId, 'customers', customers, { pageSize: 250, ...options });
      await listInto(it.db, sourceId, 'subscriptions', subscriptions, { pageSize: 500, ...options });
    };
    await listAs(1);
    let reading = true;
    let version = 1;
    const writing = (async () => {
      while (reading) await listAs(++version);
    })();
    const seen = { lists: 0, customers: 0 };
    try {
      for (const [n, id] of ids.entries()) {
        const subscriptions = await get(`/customers/${id}/subscriptions`);
        expect(subscriptions).toHaveLength(3);
        const at = one(subscriptions.map(({ quantity }) => quantity));
        expect(at).toBeGreaterThanOrEqual(seen.customers);
        seen.customers = at;
        if (n % 100 > 0) continue;
        const customers = await get('/customers');
        expect(customers).toHaveLength(ids.length);
        const listed = Number(one(customers.map(({ name }) => name)));
        expect(listed).toBeGreaterThanOrEqual(seen.lists);
        seen.lists = listed;
      }
    } finally {
      reading = false;
      await writing;
    }
    // Otherwise nothing was tried.
    expect(version).toBeGreaterThan(2);
    expect(seen.customers).toBeGreaterThan(1);
  });

  test('a listing that fails on its way is not seen, one that does not add up is', async () => {
    const subscriptions = (quantity: string) => ['a', 'b'].map((id) => aSubscription(id, 'C', { quantity }));
    const quantities = async () => (await get('/customers/C/subscriptions')).map(({ quantity }) => quantity);
    await listInto(it.db, sourceId, 'subscriptions', subscriptions('1'));
    await listInto(it.db, sourceId, 'subscriptions', [subscriptions('2')[0]!], { state: 'failed' });
    expect(await quantities()).toEqual([1, 1]);
    await listInto(it.db, sourceId, 'subscriptions', subscriptions('3'), { state: 'incomplete' });
    expect(await quantities()).toEqual([3, 3]);
  });

  test('one that moved to another customer stands with exactly one of them', async () => {
    await listInto(it.db, sourceId, 'subscriptions', [aSubscription('s', 'A')]);
    const holders = async () => [
      (await get('/customers/A/subscriptions')).length,
      (await get('/customers/B/subscriptions')).length,
    ];
    const during: number[][] = [];
    const between = async () => during.push(await holders());
    await listInto(it.db, sourceId, 'subscriptions', [aSubscription('s', 'B')], { between });
    expect([...during, await holders()]).toEqual([[1, 0], [0, 1]]); // biome-ignore format: a row
  });

  const statuses = async () =>
    (await get('/customers/C/subscriptions')).map(({ id, status }) => `${id} ${status}`);
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

  test('one that two listings an hour apart no longer show is cancelled; it stays to be asked for', async () => {
    const [a, b] = [aSubscription('a', 'C'), aSubscription('b', 'C')];
    await listInto(it.db, sourceId, 'subscriptions', [a, b], { startedAt: hoursAgo(3) });
    await listInto(it.db, sourceId, 'subscriptions', [a], { startedAt: hoursAgo(2) });
    expect(await statuses()).toEqual(['a 1', 'b 1']);
    await listInto(it.db, sourceId, 'subscriptions', [a]);
    expect(await statuses()).toEqual(['a 1', 'b 3']);
    await listInto(it.db, sourceId, 'subscriptions', [a, b]);
    expect(await statuses()).toEqual(['a 1', 'b 1']);
  });

  test('many that go at once are shown as they were until a person approves', async () => {
    const all = Array.from({ length: 10 }, (_, n) => aSubscription(`${n}`, 'C'));
    await listInto(it.db, sourceId, 'subscriptions', all, { startedAt: hoursAgo(3) });
    await listInto(it.db, sourceId, 'subscriptions', all.slice(0, 5), { startedAt: hoursAgo(2) });
    await listInto(it.db, sourceId, 'subscriptions', all.slice(0, 5));
    expect((await statuses()).filter((told) => told.endsWith(' 1'))).toHaveLength(10);
    await watchLedger(it.db.sql, (await providerOf(it.db.sql, integrationId))!, 3_600_000);
    const path = `/v1/findings?kind=shrink&integrationId=${integrationId}&state=open`;
    const [finding] = (await it.call('GET', path)).body.items;
    expect(finding.subject.externalIds).toEqual(['5', '6', '7', '8', '9']);
    expect((await it.call('POST', `/v1/findings/${finding.id}/resolve`, { action: 'approve' })).status).toBe(
      200,
    );
    expect((await statuses()).filter((told) => told.endsWith(' 3'))).toHaveLength(5);
    await watchLedger(it.db.sql, (await providerOf(it.db.sql, integrationId))!, 3_600_000);
    expect((await it.call('GET', path)).body.items).toEqual([]);
  });
});
