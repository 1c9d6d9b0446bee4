import { beforeAll, describe, expect, test } from 'vitest';
import { aSubscription, listInto } from '../support/listing.ts';
import { installation, type Pair, pair } from './installation.ts';

describe('the subscriptions of an integration', () => {
  const it = installation();
  let of: Pair;
  let path: string;
  const list = async (query = '') => (await it.call('GET', `${path}?${query}`)).body;
  const ids = async (query = '') => (await list(query)).items.map(({ id }: { id: string }) => id);

  beforeAll(async () => {
    of = await pair(it);
    path = `/v1/integrations/${of.integrationId}/subscriptions`;
    await it.call('PUT', `/v1/integrations/${of.integrationId}/mappings/XSP1`, { clientId: '11' });
    const priced = { unitPrice: '10.50', currency: 'EUR', billingCycle: 'monthly' };
    await listInto(it.db, of.sourceId, 'subscriptions', [
      aSubscription('S1', 'XSP1', { name: 'Microsoft 365 E3', quantity: '10', ...priced }),
      aSubscription('S2', 'XSP1', { name: 'Microsoft 365 E5', quantity: '2', ...priced }),
      aSubscription('S3', 'XSP1', { name: 'Exchange 100%', quantity: '3', ...priced }),
      aSubscription('S4', 'XSP1', { name: 'Gone at the PSA', quantity: '4', ...priced }),
      aSubscription('S5', 'XSP1', { name: 'Over', quantity: '5', status: 'cancelled' }),
      aSubscription('S6', 'XSP2', { name: 'Not mapped', quantity: null }),
      aSubscription('S7', 'XSP1', { name: 'Repriced', quantity: '1', ...priced }),
    ]);
    const { sql } = it.db;
    const licence = async (id: string, subscription: string, fields: object, there = true) => {
      await sql`insert into baselines (integration_id, entity, external_id, record_id, sent, created_by_us)
        values (${of.integrationId}, 'licence', ${subscription}, ${id}, '{}', true)`;
      if (there)
        await sql`insert into licences (connection_id, id, hash, client_id, active, deleted, fields, unreadable)
          values (${of.destinationId}, ${id}, ${id}, '11', true, false, ${sql.json(fields as never)}, '{}')`;
    };
    await licence('101', 'S1', { quantity: '10', unitPrice: '10.5' });
    await licence('102', 'S2', { quantity: '3', unitPrice: '10.5' });
    await licence('104', 'S4', {}, false);
    await licence('107', 'S7', { quantity: '1', unitPrice: '11' });
  });

  test('stand beside their clients and licences', async () => {
    const { items } = await list();
    expect(items.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([
      ['S1', 'in-step'],
      ['S2', 'differs'],
      ['S3', 'not-written'],
      ['S4', 'licence-gone'],
      ['S5', 'ended'],
      ['S7', 'differs'],
      ['S6', 'unmapped'],
    ]);
    expect(items[0]).toMatchObject({
      customerName: 'Alpha GmbH',
      clientId: '11',
      clientName: 'Alpha GmbH',
      quantity: '10',
      unitPrice: '10.5',
      licenceId: '101',
      licenceQuantity: '10',
      licenceActive: true,
    });
  });

  test('are searched by a part of the name or the id, filtered and counted', async () => {
    expect(await ids('search=soft%20365')).toEqual(['S1', 'S2']);
    expect(await ids('search=100%25')).toEqual(['S3']);
    expect(await ids('search=S4')).toEqual(['S4']);
    expect(await ids('search=nothing-like-it')).toEqual([]);
    expect(await ids('state=differs')).toEqual(['S2', 'S7']);
    expect(await ids('customerId=XSP2')).toEqual(['S6']);
    const { items, facets } = await list('state=ended&facets=true');
    expect(items).toHaveLength(1);
    expect(facets).toEqual({
      // Each field is counted without its own filter.
      status: { cancelled: 1 },
      state: { 'in-step': 1, differs: 2, 'not-written': 1, 'licence-gone': 1, ended: 1, unmapped: 1 },
    });
    expect((await list()).facets).toBeUndefined();
  });

  test('are sorted either way and turned by their cursor without loss', async () => {
    expect(await ids('sort=-quantity')).toEqual(['S1', 'S5', 'S4', 'S3', 'S2', 'S7', 'S6']);
    expect(await ids('sort=name')).toEqual(['S3', 'S4', 'S1', 'S2', 'S6', 'S5', 'S7']);
    for (const sort of ['customer', '-name', 'quantity', '-unitPrice', 'changedAt', '-status']) {
      const whole = await ids(`sort=${sort}`);
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { items: { id: string }[]; nextCursor: string | null } = await list(
          `sort=${sort}&limit=2${cursor && `&cursor=${cursor}`}`,
        );
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(seen, sort).toEqual(whole);
    }
    expect((await it.call('GET', `${path}?sort=secret`)).status).toBe(400);
  });

  test('are found by a name that is new, and by one that has changed', async () => {
    await listInto(it.db, of.sourceId, 'subscriptions', [
      aSubscription('S8', 'XSP2', { name: 'Quite new' }),
      // Longer than an index takes.
      aSubscription('S9', 'XSP2', { name: `Long one ${'ä€'.repeat(5_000)}` }),
      aSubscription('S6', 'XSP2', { name: 'Renamed', quantity: null }),
    ]);
    expect(await ids('search=quite')).toEqual(['S8']);
    expect(await ids('search=renamed')).toEqual(['S6']);
    expect(await ids('search=long%20one')).toEqual(['S9']);
    expect(await ids('search=Not%20mapped')).toEqual([]);
    const [index] = await it.db.sql`select 1 from pg_indexes where indexname = 'subscription_names_part'`;
    expect(index).toBeTruthy();
  });
});
