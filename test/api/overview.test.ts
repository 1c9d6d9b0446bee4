import { v7 as newImportId } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../db/findings/lifecycle.ts';
import { finding } from '../../domain/findings/finding.ts';
import { noCounts, noProgress } from '../../domain/import.ts';
import { aSubscription, listInto } from '../support/listing.ts';
import { installation, type Pair, pair } from './installation.ts';

describe('the overview', () => {
  const it = installation();
  let of: Pair;
  const overview = async () => (await it.call('GET', '/v1/overview')).body;

  const anImport = async (
    kind: string,
    state: string,
    counts: object = {},
    problem: object | null = null,
  ) => {
    const id = newImportId();
    const row = { ...noCounts, ...counts };
    await it.db.sql`
      insert into imports (id, integration_id, kind, mode, trigger, state, progress, counts, problem, finished_at)
      values (${id}, ${of.integrationId}, ${kind}, 'apply', 'manual', ${state}, ${it.db.sql.json(noProgress as never)},
        ${it.db.sql.json(row as never)}, ${problem && it.db.sql.json(problem as never)}, ${state === 'running' ? null : new Date()})`;
    return id;
  };
  beforeAll(async () => {
    of = await pair(it);
    const price = { unitPrice: '10.5', unitCost: '8', currency: 'EUR', billingCycle: 'monthly' };
    await listInto(it.db, of.sourceId, 'subscriptions', [
      aSubscription('S1', 'XSP2', { quantity: '3', ...price }),
      aSubscription('S2', 'XSP2', { quantity: '1', ...price, billingCycle: 'annual', unitPrice: '0.1' }),
      aSubscription('S3', 'XSP2', { quantity: '2', ...price, unitPrice: null, currency: 'USD' }),
      aSubscription('S4', 'XSP2', { quantity: '9', ...price, status: 'cancelled' }),
      aSubscription('S5', 'XSP3', { quantity: '0.3', ...price }),
    ]);
  });

  test('of a quiet place says how it stands, and that there is nothing to do', async () => {
    const { attention, integrations, asOf } = await overview();
    expect(attention).toEqual([]);
    expect(Date.now() - Date.parse(asOf)).toBeLessThan(60_000);
    expect(integrations).toEqual([
      {
        id: of.integrationId,
        name: 'One',
        mode: 'apply',
        state: 'never-run',
        paused: false,
        lastSync: null,
        imports: [],
        running: [],
        nextSync: null,
        counts: { inStep: 0, drifted: 0, held: 0 },
        openFindings: 0,
        calls: { left: 300, limit: 300, seconds: 300, closedUntil: null },
        token: null,
      },
    ]);
  });

  test('shows the last imports, the next one, and the calls left', async () => {
    await anImport('customers', 'completed', { unchanged: 3 });
    const id = await anImport('subscriptions', 'completed_with_errors', {
      unchanged: 5,
      created: 2,
      failed: 1,
    });
    await it.call('PUT', `/v1/integrations/${of.integrationId}/schedule`, { every: 'PT6H' });
    await it.db.sql`insert into calls (budget_key, held_until)
      select '127.0.0.1:9/', now() + interval '1 minute' from generate_series(1, 12)`;
    const [row] = (await overview()).integrations;
    expect(row).toMatchObject({
      state: 'drifted',
      lastSync: { importId: id, kind: 'subscriptions', state: 'completed_with_errors' },
      counts: { inStep: 10, drifted: 1, held: 0 },
      calls: { left: 288, limit: 300 },
    });
    expect(Date.parse(row.nextSync)).toBeGreaterThan(Date.now());
    await it.call('POST', `/v1/integrations/${of.integrationId}/schedule/pause`);
    expect((await overview()).integrations[0]).toMatchObject({
      state: 'paused',
      paused: true,
      nextSync: null,
    });
    await it.call('POST', `/v1/integrations/${of.integrationId}/schedule/resume`);
  });

  test('tells what to do by deadline, then by money, a currency and cycle', async () => {
    const base = { integrationId: of.integrationId, customerName: null };
    await report(it.db.sql, [
      finding('customer-held', { ...base, customerId: 'XSP3', reason: 'similar-client', candidates: [] }),
      finding('customer-held', { ...base, customerId: 'XSP1', reason: 'similar-client', candidates: [] }),
      finding('client-missing', {
        ...base,
        customerId: 'XSP2',
        clientId: '12',
        clientName: 'Beta',
        inactive: false,
      }),
    ]);
    await it.db.sql`
      insert into tokens (connection_id, version, state, sealed, access_expires_at, last_rotated_at, refresh_expires_at)
      values (${of.sourceId}, 1, 'ok', '', now(), now(), now() + interval '4 days 1 hour')`;
    const failed = await anImport(
      'subscriptions',
      'failed',
      {},
      {
        type: 'upstream-failed',
        title: 'HaloPSA did not answer',
        detail: 'Nothing was written.',
      },
    );
    const { attention, integrations } = await overview();
    expect(attention.map(({ kind, cause }: { kind: string; cause: string | null }) => cause ?? kind)).toEqual(
      ['token', 'import-failed', 'client-missing:gone', 'customer-held:similar-client'],
    );
    const [token, broken, missing, held] = attention;
    expect(token).toMatchObject({
      severity: 'warning',
      action: 'reauthorise',
      link: `/connections/${of.sourceId}`,
      deadline: expect.any(String),
    });
    expect(broken).toMatchObject({ importId: failed, action: 'import', retrying: false });
    expect(broken.message).toContain('HaloPSA did not answer. Nothing was written.');
    expect(missing).toMatchObject({
      count: 1,
      money: [
        { amount: '0.1', currency: 'EUR', cycle: 'annual' },
        { amount: '31.5', currency: 'EUR', cycle: 'monthly' },
        { amount: '16', currency: 'USD', cycle: 'monthly' },
      ],
      actions: ['map', 'dismiss'],
      link: expect.stringContaining(`integrationId=${of.integrationId}`),
    });
    expect(held).toMatchObject({ count: 2, money: [{ amount: '3.15', currency: 'EUR', cycle: 'monthly' }] });
    expect(integrations[0]).toMatchObject({
      state: 'failed',
      openFindings: 3,
      token: { connectionId: of.sourceId, state: 'ok', daysLeft: 4 },
    });

    await anImport('subscriptions', 'running');
    const then = await overview();
    expect(then.integrations[0].state).toBe('running');
    expect(then.attention[1]).toMatchObject({ kind: 'import-failed', retrying: true });
    await it.db
      .sql`update tokens set state = 'reauth_required', problem = 'It was revoked.' where connection_id = ${of.sourceId}`;
    expect((await overview()).attention[0]).toMatchObject({ kind: 'token', severity: 'critical' });
  });
});
