import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allPermissions } from '../../simulators/streamone-stellr/state.ts';
import { control } from '../support/control.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** Five accounts of three distributors feed one HaloPSA. */
let stack: Stack;
let halo: Connected<'halopsa'>;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const world = { customers: 6, subscriptions: 24 };

type Source = { id: string; type: string; distributor: string; integration: string };
type Row = { id: number; name: string; count: number; is_active: boolean; distributor: string };
type HaloLink = { table_id: number; halo_id: number; third_party_id: string; third_party_type: string };

const licences = () => [...halo.simulator.state.licences.rows.values()] as unknown as Row[];
const linksOf = (type: string) =>
  ([...halo.simulator.state.links.rows.values()] as unknown as HaloLink[]).filter((link) =>
    link.third_party_type.startsWith(`${type}:`),
  );
const writes = () => halo.simulator.state.writes;

async function feeds(
  source: { id: string },
  type: string,
  distributor: string,
  options: object = {},
): Promise<Source> {
  const integration = await stack.integrate(source, halo, { createClients: true, ...options });
  return { id: source.id, type, distributor, integration };
}

/** Names the destination knows are mapped, the others are made. */
async function importAll({ integration }: Source) {
  await stack.expect(200, 'POST', `/v1/integrations/${integration}/mappings/generate`);
  const customers = await stack.importAndWait(integration, { kind: 'customers' });
  expect(customers).toMatchObject({ problem: null, state: 'completed' });
  const subscriptions = await stack.importAndWait(integration, { kind: 'subscriptions' });
  expect(subscriptions).toMatchObject({ problem: null, completeness: { complete: true } });
  return subscriptions;
}

describe('five accounts at once', () => {
  const sources: Source[] = [];
  let stellr: Connected<'streamone-stellr'>;
  let secondIon: Connected<'streamone-ion'>;
  beforeAll(async () => {
    halo = await stack.connect('halopsa', { customers: 6, clients: 'most' });
    const arrow = await stack.connect('arrowsphere', world);
    const secondArrow = await stack.connect('arrowsphere', { ...world, account: 1 });
    const ion = await stack.connect('streamone-ion', world);
    // The same ids once more, in another account.
    secondIon = await stack.connect('streamone-ion', { ...world, accountId: '1002' });
    stellr = await stack.connect('streamone-stellr', world);
    sources.push(
      await feeds(arrow, 'arrowsphere:XSP222222', 'ArrowSphere'),
      await feeds(secondArrow, 'arrowsphere:XSP10222222', 'ArrowSphere'),
      await feeds(ion, 'streamone-ion:1001', 'StreamOne Ion'),
      await feeds(secondIon, 'streamone-ion:1002', 'StreamOne Ion'),
      await feeds(stellr, 'streamone-stellr:custom/production/stellr-client', 'StreamOne Stellr'),
    );
  });

  test('each licence carries its distributor and its account, and none is touched by another', async () => {
    for (const source of sources) {
      const others = new Map(licences().map((row) => [row.id, JSON.stringify(row)]));
      const { counts } = await importAll(source);
      expect(counts.created).toBeGreaterThan(10);
      expect(counts).toMatchObject({ updated: 0, deactivated: 0, failed: 0 });
      for (const row of licences())
        if (others.has(row.id)) expect(JSON.stringify(row)).toBe(others.get(row.id));

      const links = linksOf(source.type).filter(({ table_id }) => table_id === 1);
      expect(links).toHaveLength(counts.created);
      expect(new Set(links.map(({ third_party_type }) => third_party_type))).toEqual(
        new Set([`${source.type}:subscription`]),
      );
      const made = new Map(licences().map((row) => [row.id, row]));
      for (const { halo_id } of links) expect(made.get(halo_id)?.distributor).toBe(source.distributor);
    }
    // The two Ion accounts know the same ids, and each has rows of its own.
    const [one, other] = ['1001', '1002'].map((account) =>
      linksOf(`streamone-ion:${account}`).filter(({ table_id }) => table_id === 1),
    );
    expect(one!.map((link) => link.third_party_id).sort()).toEqual(
      other!.map((link) => link.third_party_id).sort(),
    );
    const rows = new Set(one!.map(({ halo_id }) => halo_id));
    expect(other!.filter(({ halo_id }) => rows.has(halo_id))).toEqual([]);
  });

  test('an unchanged second import of each writes nothing', async () => {
    const before = writes();
    const versions = await stack.sql`select count(*)::int as n from ledger_history`;
    for (const source of sources) {
      const { counts } = await importAll(source);
      expect(counts).toMatchObject({ created: 0, updated: 0, deactivated: 0 });
    }
    expect(writes()).toBe(before);
    expect(await stack.sql`select count(*)::int as n from ledger_history`).toEqual(versions);
  });

  test('a change in one account reaches its own row only', async () => {
    const id = linksOf('streamone-ion:1002').find(({ table_id }) => table_id === 1)!;
    await control(secondIon, 'setSubscription', {
      id: id.third_party_id,
      patch: { subscriptionTotalLicenses: '77' },
    });
    const before = new Map(licences().map((row) => [row.id, JSON.stringify(row)]));
    await importAll(sources[3]!);
    const changed = licences().filter((row) => before.get(row.id) !== JSON.stringify(row));
    expect(changed.map(({ id, count }) => [id, Number(count)])).toEqual([[id.halo_id, 77]]);
  });
});

describe('StreamOne Stellr', () => {
  let stellr: Connected<'streamone-stellr'>;
  let source: Source;
  const begin = async (options: Parameters<typeof stack.connect<'streamone-stellr'>>[1], more = {}) => {
    halo = await stack.connect('halopsa', { customers: 6, clients: 'none' });
    stellr = await stack.connect('streamone-stellr', { ...world, ...options });
    source = await feeds(
      stellr,
      'streamone-stellr:custom/production/stellr-client',
      'StreamOne Stellr',
      more,
    );
    const imported = await importAll(source);
    stellr.simulator.requests.splice(0);
    return imported;
  };
  const perCustomer = allPermissions.filter((name) => name !== "List Reseller's Subscriptions");
  const asked = (path: RegExp) =>
    stellr.simulator.requests.filter((request) => path.test(request.path)).length;

  test('is listed at once where that is granted, else customer by customer, with the same outcome', async () => {
    const whole = await begin({});
    await importAll(source);
    expect(asked(/\/customers\/[^/]+\/subscriptions$/)).toBe(0);
    const byCustomer = await begin({ permissions: perCustomer });
    expect(byCustomer.counts).toEqual(whole.counts);
    await importAll(source);
    expect(asked(/\/customers\/[^/]+\/subscriptions$/)).toBe(world.customers);
  });

  test.each(['business', '500', '403'] as const)(
    'a customer that cannot be listed (%s) is left alone, the others go on',
    async (mode) => {
      await begin({ permissions: perCustomer });
      const { customers } = stellr.simulator.state;
      const [failing, going] = customers;
      const rowsOf = (customer: (typeof customers)[0]) => {
        const ids = new Set(
          stellr.simulator.state.subscriptionsOf.get(customer.customerNo)!.map((row) => row.id),
        );
        return linksOf(source.type).filter(({ third_party_id }) => ids.has(third_party_id));
      };
      const kept = rowsOf(failing!).map(({ halo_id }) => halo_id);
      expect(kept.length).toBeGreaterThan(0);
      const ending = rowsOf(going!)[0]!;
      const [first] = stellr.simulator.state.subscriptionsOf.get(failing!.customerNo)!;
      await control(stellr, 'setSubscription', { id: ending.third_party_id, patch: { status: 'Cancelled' } });
      await control(stellr, 'setSubscription', { id: first!.id, patch: { status: 'Cancelled' } });
      await control(stellr, 'failCustomer', { customerNo: failing!.customerNo, mode });

      const imported = await stack.importAndWait(source.integration, { kind: 'subscriptions' });
      expect(imported).toMatchObject({
        state: 'completed',
        problem: null,
        counts: { deactivated: 1, failed: 0 },
      });
      const active = new Map(licences().map((row) => [row.id, row.is_active]));
      expect(active.get(ending.halo_id)).toBe(false);
      // The import shows which customer was not listed, and why.
      const { items } = await stack.expect(
        200,
        'GET',
        `/v1/findings?integrationId=${source.integration}&kind=customers-not-listed`,
      );
      expect(items).toMatchObject([
        { state: 'open', subject: { customers: [{ customerId: failing!.customerNo }] } },
      ]);

      await control(stellr, 'failCustomer', { customerNo: failing!.customerNo, mode: 'off' });
      const again = await stack.importAndWait(source.integration, { kind: 'subscriptions' });
      expect(again).toMatchObject({ state: 'completed' });
      const [settled] = (
        await stack.expect(
          200,
          'GET',
          `/v1/findings?integrationId=${source.integration}&kind=customers-not-listed`,
        )
      ).items;
      expect(settled).toMatchObject({ state: 'resolved' });
    },
  );

  test('dates without a zone are those of the integration, and one sent with a zone is the same day there', async () => {
    const [zone, day] = ['Asia/Tokyo', '2026-03-05'];
    await begin({ dates: 'plain' }, { timeZone: zone });
    const link = linksOf(source.type).find(({ table_id }) => table_id === 1)!;
    await control(stellr, 'setSubscription', {
      id: link.third_party_id,
      patch: { startDate: day, endDate: '2027-03-04T20:00:00.000+0000' },
    });
    await importAll(source);
    const row = halo.simulator.state.licences.rows.get(link.halo_id) as unknown as Record<string, string>;
    expect(row.start_date).toContain(day);
    // Eight in the evening in London is the morning after in Tokyo.
    expect(row.end_date).toContain('2027-03-05');
    const before = writes();
    await importAll(source);
    expect(writes()).toBe(before);
  });
});

describe('StreamOne Ion', () => {
  let ion: Connected<'streamone-ion'>;
  let source: Source;
  beforeEach(async () => {
    halo = await stack.connect('halopsa', { customers: 12, clients: 'none' });
  });
  const begin = async (options: Parameters<typeof stack.connect<'streamone-ion'>>[1]) => {
    ion = await stack.connect('streamone-ion', options);
    source = await feeds(ion, 'streamone-ion:1001', 'StreamOne Ion');
  };
  const importOf = (kind: 'customers' | 'subscriptions') => stack.importAndWait(source.integration, { kind });

  test.each([
    ['short pages', { shortPages: true }],
    ['empty pages', { emptyPages: true }],
    ['pages cut smaller than asked', { maxPageSize: 5 }],
    ['ids as numbers', { numericIds: true, maxPageSize: 7 }],
  ])('%s lose nothing', async (_, options) => {
    await begin({ customers: 12, subscriptions: 40, ...options });
    const customers = await importOf('customers');
    expect(customers).toMatchObject({ state: 'completed', completeness: { distinct: 12, complete: true } });
    const subscriptions = await importOf('subscriptions');
    expect(subscriptions).toMatchObject({
      completeness: { declared: 40, distinct: 40, duplicates: 0, complete: true },
    });
  });

  test('rows that move while pages are turned are noticed, and listed once more', async () => {
    await begin({ customers: 12, subscriptions: 40, maxPageSize: 10 });
    await importOf('customers');
    await importOf('subscriptions');
    const active = licences().filter((row) => row.is_active).length;
    await control(ion, 'shrinkWhilePaging', { rows: 1, times: 1 });
    const once = await importOf('subscriptions');
    expect(once).toMatchObject({ completeness: { declared: 39, distinct: 39, complete: true } });
    await control(ion, 'shrinkWhilePaging', { rows: 1, times: -1 });
    const always = await importOf('subscriptions');
    expect(always).toMatchObject({ state: 'incomplete', counts: { deactivated: 0 } });
    expect(licences().filter((row) => row.is_active)).toHaveLength(active);
  });

  test('a quantity nobody states holds its row, and a deleted one is deactivated', async () => {
    await begin({ customers: 4, subscriptions: 12 });
    await importOf('customers');
    const [, unknown] = ion.simulator.state.subscriptions;
    await control(ion, 'breakSubscription', { id: unknown!.id, mode: 'noquantity' });
    const first = await importOf('subscriptions');
    expect(first).toMatchObject({ state: 'completed', counts: { held: 1 } });
    const ofUnknown = () => linksOf(source.type).filter((link) => link.third_party_id === unknown!.id);
    expect(ofUnknown()).toEqual([]);
    // Usage has no quantity by its nature: it counts one.
    const link = linksOf(source.type).find(({ table_id }) => table_id === 1)!;
    await control(ion, 'setSubscription', {
      id: link.third_party_id,
      patch: { subscriptionStatus: 'deleted' },
    });
    await control(ion, 'breakSubscription', { id: unknown!.id, mode: 'off' });
    const second = await importOf('subscriptions');
    expect(second).toMatchObject({ counts: { deactivated: 1, created: 1, held: 0 } });
    expect(licences().find(({ id }) => id === link.halo_id)).toMatchObject({ is_active: false });
  });
});
