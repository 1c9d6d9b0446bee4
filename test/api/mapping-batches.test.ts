import { beforeAll, describe, expect, test } from 'vitest';
import { generateMappings } from '../../db/integrations/generate.ts';
import { type LedgerRow, ledgerRow } from '../../db/ledger/rows.ts';
import { writeRows } from '../../db/ledger/upsert.ts';
import { bySystem } from '../../domain/actor.ts';
import { aCustomer, aSubscription, listInto, recordOf } from '../support/listing.ts';
import { installation, type Pair, pair } from './installation.ts';

describe('mappings', () => {
  const it = installation();
  let of: Pair;
  let path: string;
  beforeAll(async () => {
    of = await pair(it);
    path = `/v1/integrations/${of.integrationId}/mappings`;
    const { sql } = it.db;
    await sql`update customers set tenant_id = 'T-3' where connection_id = ${of.sourceId} and id = 'XSP3'`;
    await sql`insert into licences (connection_id, id, hash, client_id, active, deleted, fields, unreadable) values
      (${of.destinationId}, '201', 'a', '13', true, false, '{"tenantId": "t-3", "customerId": "XSP3"}', '{}'),
      (${of.destinationId}, '202', 'b', '13', true, false, '{"tenantId": "t-3"}', '{}')`;
    const price = { quantity: '2', unitPrice: '1.5', currency: 'EUR', billingCycle: 'monthly' };
    await listInto(it.db, of.sourceId, 'subscriptions', [
      aSubscription('S1', 'XSP3', price),
      aSubscription('S2', 'XSP3', { ...price, quantity: '0.1' }),
      aSubscription('S3', 'XSP1', price),
    ]);
  });
  const mapped = async () =>
    Object.fromEntries(
      (await it.call('GET', path)).body.items.map((row: { customerId: string; clientId: string | null }) => [
        row.customerId,
        row.clientId,
      ]),
    );

  test('are not asked for of the reseller itself, which can be mapped all the same', async () => {
    const own = aCustomer('XSP0', { name: 'Ourselves', own: true });
    await writeRows(it.db.sql, of.sourceId, 'customers', [recordOf('customers', own).read() as LedgerRow]);
    expect(Object.keys(await mapped())).toEqual(['XSP1', 'XSP2', 'XSP3']);
    expect((await it.call('GET', `${path}/csv`)).text).not.toContain('XSP0');
    expect((await it.call('PUT', `${path}/XSP0`, { clientId: '13' })).status).toBe(200);
    expect(await mapped()).toMatchObject({ XSP0: '13' });
    await it.call('DELETE', `${path}/XSP0`);
  });

  test('are suggested with what speaks for them, and nothing is mapped by it', async () => {
    const { items } = (await it.call('GET', `${path}/suggestions`)).body;
    expect(items.map(({ customerId }: { customerId: string }) => customerId)).toEqual([
      'XSP3',
      'XSP1',
      'XSP2',
    ]);
    expect(items[0]).toMatchObject({
      subscriptions: 2,
      money: [{ amount: '3.15', currency: 'EUR', cycle: 'monthly' }],
      candidates: [{ clientId: '13', clientName: 'Other', inactive: false, takenBy: null }],
    });
    expect(items[0].candidates[0].evidence).toEqual([
      { kind: 'licences', detail: '1 of its licences name this customer.' },
      { kind: 'tenant', detail: 'The Microsoft tenant T-3 stands on 2 of its licences.' },
    ]);
    expect(items[1].candidates[0]).toMatchObject({
      clientId: '11',
      evidence: [{ kind: 'name', detail: 'The names are equal.' }],
    });
    expect(items[2].candidates[0].evidence[0].detail).toMatch(/legal form/);
    expect(Object.values(await mapped())).toEqual([null, null, null]);
    const first = (await it.call('GET', `${path}/suggestions?limit=2`)).body;
    const rest = (await it.call('GET', `${path}/suggestions?limit=2&cursor=${first.nextCursor}`)).body;
    expect(rest).toMatchObject({ items: [{ customerId: 'XSP2' }], nextCursor: null });
    const sought = (await it.call('GET', `${path}/suggestions?search=alpha`)).body;
    expect(sought.items).toMatchObject([{ customerId: 'XSP1' }]);
  });

  test('are counted by what is to be done about them', async () => {
    await it.db
      .sql`update customers set status = 'closed' where connection_id = ${of.sourceId} and id = 'XSP2'`;
    await it.call('PUT', `${path}/XSP3`, { create: true });
    const { items, facets } = (await it.call('GET', `${path}?facets=true&state=undecided`)).body;
    expect(facets).toEqual({ state: { mapped: 0, unmapped: 3, undecided: 1 } });
    expect(items).toMatchObject([{ customerId: 'XSP1' }]);
    await it.call('DELETE', `${path}/XSP3`);
    await it.db
      .sql`update customers set status = 'active' where connection_id = ${of.sourceId} and id = 'XSP2'`;
  });

  test('that were generated are undone together, but for those changed since', async () => {
    const rows = ['Delta', 'Epsilon'];
    await writeRows(
      it.db.sql,
      of.sourceId,
      'customers',
      rows.map((name, n) => recordOf('customers', aCustomer(`XSP${n + 7}`, { name })).read() as LedgerRow),
    );
    const clients = rows.map((name, n) => ({
      id: `${n + 21}`, name, inactive: false, topLevelId: null, mainSiteId: null, unreadable: [],
    })); // biome-ignore format: rows
    await writeRows(
      it.db.sql,
      of.destinationId,
      'clients',
      clients.map((row) => ledgerRow('clients', row)),
    );
    const { integrationId } = of;
    const looked = await generateMappings(it.db, { integrationId, preview: true });
    expect(looked).toEqual({ generated: 3, ambiguous: 0, unmatched: 2, batchId: null });
    expect(Object.values(await mapped()).every((client) => client === null)).toBe(true);
    const made = await generateMappings(it.db, { integrationId, by: bySystem });
    expect(made).toMatchObject({ generated: 3, batchId: expect.any(String) });
    expect(await mapped()).toMatchObject({ XSP1: '11', XSP7: '21', XSP8: '22' });
    await it.call('PUT', `${path}/XSP7`, { clientId: '12' });
    const undone = await it.call('DELETE', `${path}/batches/${made.batchId}`);
    expect(undone.body).toEqual({ undone: 2 });
    expect(await mapped()).toMatchObject({ XSP1: null, XSP7: '12', XSP8: null });
    expect((await it.call('DELETE', `${path}/batches/${made.batchId}`)).status).toBe(404);
    await it.call('DELETE', `${path}/XSP7`);
  });

  test('go out as CSV and come back, differences first, all or nothing', async () => {
    await it.call('PUT', `${path}/XSP1`, { clientId: '11' });
    await it.call('PUT', `${path}/XSP2`, { clientId: '12' });
    const out = await it.call('GET', `${path}/csv`);
    expect(out.headers['content-type']).toMatch(/^text\/csv/);
    expect(out.text.split('\r\n')[0]).toBe('customerId,customerName,clientId,clientName,origin,createdAt');
    const csv = { 'content-type': 'text/csv' };
    const same = (await it.call('PUT', path, out.text, csv)).body;
    expect(same).toMatchObject({ items: [], errors: [], unchanged: 2, batchId: null });

    // Two change places, one is new, one is to be created.
    const swap = 'clientId;customerId\n12;XSP1\n11;XSP2\n13;XSP3\ncreate;XSP7\n';
    const seen = (await it.call('PUT', path, swap, csv)).body;
    expect(seen.items).toHaveLength(4);
    expect(seen.items[0]).toMatchObject({
      customerId: 'XSP1',
      clientId: '12',
      before: { clientId: '11' },
      problem: null,
    });
    expect(seen.items[3]).toMatchObject({ customerId: 'XSP7', clientId: null, before: null });
    expect(await mapped()).toMatchObject({ XSP1: '11', XSP2: '12', XSP3: null });
    const { batchId } = (await it.call('PUT', `${path}?apply=true`, swap, csv)).body;
    expect(await mapped()).toMatchObject({ XSP1: '12', XSP2: '11', XSP3: '13' });
    expect((await it.call('GET', `/v1/audit?action=mapping.set&limit=4`)).body.items[0].after.batchId).toBe(
      batchId,
    );
    expect((await it.call('DELETE', `${path}/batches/${batchId}`)).body).toEqual({ undone: 4 });
    expect(await mapped()).toMatchObject({ XSP1: '11', XSP2: '12', XSP3: null });

    const wrong = 'customerId,clientId\nXSP1,12\nXSP3,999\nnobody,11\nXSP8,13\nXSP8,21\n';
    const looked = (await it.call('PUT', path, wrong, csv)).body;
    expect(looked.items.map(({ problem }: { problem: string }) => problem)).toEqual([
      'client-taken',
      'client-unknown',
      'customer-unknown',
      null,
      null,
    ]);
    expect(looked.errors).toHaveLength(1);
    expect((await it.call('PUT', `${path}?apply=true`, wrong, csv)).status).toBe(400);
    expect(await mapped()).toMatchObject({ XSP1: '11', XSP8: null });
    expect((await it.call('PUT', path, 'name\nx\n', csv)).body.errors).toHaveLength(1);
    const json = { items: [{ customerId: 'XSP3', clientId: '13' }] };
    expect((await it.call('PUT', `${path}?apply=true`, json)).body.batchId).toBeTruthy();
    expect((await mapped()).XSP3).toBe('13');
  });
});
