import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type SubscriptionRule, subscriptionRules } from '../../../domain/rules.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { PlanScene } from '../../support/plan-scene.ts';

/** Every rule of a subscription plan, on the smallest ledger where it fits. */
let db: TestDatabase;
let scene: PlanScene;
beforeEach(async () => {
  db ??= await testDatabase();
  scene = await PlanScene.open(db);
  await scene.customer('C1');
});

const met = new Set<string>();
/** The item of `S`, listed unless `shown` is false. */
async function item(shown = true, listing: Parameters<PlanScene['plan']>[2] = {}) {
  const { items, ...rest } = await scene.plan('subscriptions', shown ? ['S'] : [], listing);
  if (items.S) met.add(items.S.rule);
  return { ...rest, item: items.S };
}
const fits = (rule: SubscriptionRule, more: object = {}) => ({ rule, ...more });
const silent: SubscriptionRule[] = ['unseen', 'ended_already', 'not_judged', 'compare'];
afterAll(() => {
  const rules = Object.keys(subscriptionRules).filter((name) => !silent.includes(name as SubscriptionRule));
  expect([...met].sort()).toEqual(rules.sort());
});

describe('without a licence', () => {
  test('alive: created with all its fields', async () => {
    await scene.subscription('S', { quantity: '4' });
    const { item: it } = await item();
    expect(it).toMatchObject(
      fits('new_subscription', { action: 'create', outcome: 'planned', client_id: '1' }),
    );
    expect(it.after).toMatchObject({
      name: 'Subscription S',
      quantity: '4',
      unitCost: '2',
      clientId: '1',
      active: true,
    });
  });

  test.each(['cancelled', 'expired', 'deleted', 'pending'] as const)('%s: not created', async (status) => {
    await scene.subscription('S', { status });
    expect((await item()).item).toMatchObject(fits('not_alive', { outcome: 'skipped' }));
  });

  test('of a customer that is not mapped', async () => {
    await scene.customer('C2', { client: null });
    await scene.subscription('S', { customerId: 'C2' });
    expect((await item()).item).toMatchObject(fits('customer_unmapped', { outcome: 'skipped' }));
  });

  test('of a client that is gone, or inactive', async () => {
    await scene.subscription('S');
    await db.sql`delete from clients where connection_id = ${scene.destination}`;
    expect((await item()).item).toMatchObject(fits('client_missing', { outcome: 'held' }));
    await scene.client('1', { inactive: true });
    expect((await item()).item).toMatchObject(fits('client_inactive', { outcome: 'held' }));
  });

  test.each([
    ['missing', { quantity: null }, 'missing'],
    [
      'missing of usage, but given',
      { quantity: null, usage: true, unreadable: ['quantity'] },
      'not readable',
    ],
    ['negative', { quantity: '-1' }, 'negative'],
  ])('a quantity that is %s is held', async (_, fields, said) => {
    await scene.subscription('S', fields);
    const { item: it, findings } = await item();
    expect(it).toMatchObject(
      fits('quantity_missing', { outcome: 'held', message: `The quantity at the distributor is ${said}.` }),
    );
    expect(findings.find(({ kind }) => kind === 'quantity-missing').message).toContain(
      '“Subscription S” (subscription S) of “Customer C1” (customer C1)',
    );
  });

  test('usage without a quantity is one, without prices', async () => {
    await scene.subscription('S', { quantity: null, usage: true });
    const { item: it } = await item();
    expect(it).toMatchObject(fits('new_subscription', { after: { quantity: '1' } }));
    expect(it.after).not.toHaveProperty('unitPrice');
  });

  test('a status nobody knows is not created, and dismissed it is quiet', async () => {
    await scene.subscription('S', { status: 'unknown', statusText: 'frozen' });
    expect((await item()).item).toMatchObject(
      fits('status_unknown', { outcome: 'held', message: expect.stringContaining('frozen') }),
    );
    await scene.decide('S', 'dismiss');
    expect(await item()).toMatchObject({ item: undefined, unchanged: 1 });
  });

  test('a dismissed finding answers its own question: with a quantity it is created', async () => {
    await scene.subscription('S', { quantity: null });
    await scene.insert('decisions', {
      integration_id: scene.integration, entity: 'subscription', external_id: 'S', decision: 'dismiss', fields: ['quantity-missing'], at: new Date(),
    }); // biome-ignore format: a row
    expect(await item()).toMatchObject({ item: undefined, unchanged: 1 });
    await db.sql`update subscriptions set quantity = 4 where connection_id = ${scene.source}`;
    expect((await item()).item).toMatchObject(fits('new_subscription', { after: { quantity: '4' } }));
  });

  test('a create that may have happened is for a person', async () => {
    await scene.subscription('S');
    await scene.insert('findings', {
      id: crypto.randomUUID(),
      key: `ambiguous-write:${scene.integration}:S`,
      kind: 'ambiguous-write',
      subject: {},
      message: '',
      state: 'open',
      actions: [],
    });
    expect((await item()).item).toMatchObject(fits('ambiguous_write', { outcome: 'held' }));
  });

  test.each([
    ['of no readable client, and of its name', { client_id: '', unreadable: ['clientId'] }, {}],
    ['of its client, and of no readable name', { unreadable: ['name'] }, { name: '' }],
    ['that its link names', { client_id: '', unreadable: ['clientId'] }, { name: 'Other', sku: 'other' }],
  ])('a licence %s may be it: no second one', async (what, row, fields) => {
    await scene.subscription('S', { sku: 'SKU' });
    await scene.licence('L', 'S', { ...row, fields });
    if (what.includes('link')) await scene.link('L', 'S', { third_party_type: 'arrowsphere:other' });
    await db.sql`update licences set distributor = null where connection_id = ${scene.destination}`;
    const { item: it, findings } = await item();
    expect(it).toMatchObject(fits('licence_unreadable', { outcome: 'held', action: 'create' }));
    expect(findings).toMatchObject([
      { kind: 'licence-unreadable', subject: { externalId: 'S', licenceIds: ['L'] } },
    ]);
    await scene.decide('S', 'approve');
    expect((await item()).item).toMatchObject(fits('new_subscription'));
  });

  describe('a licence that nobody keeps', () => {
    const product = { sku: 'SKU', term: 'P1Y', quantity: '5' };

    test('of the same client, SKU and term is offered, and becomes ours once it is confirmed', async () => {
      await scene.subscription('S', product);
      await scene.licence('L', 'S', { fields: { name: 'As Halo named it', quantity: '4' } });
      const { item: it, findings } = await item();
      expect(it).toMatchObject(fits('licence_offered', { outcome: 'held', record_id: 'L' }));
      expect(findings).toMatchObject([
        {
          kind: 'licence-offered',
          subject: { licenceId: 'L', evidence: { sku: 'SKU', quantity: { ours: '5', theirs: '4' } } },
        },
      ]);
      await scene.insert('decisions', {
        integration_id: scene.integration, entity: 'subscription', external_id: 'S', decision: 'adopt', fields: ['L'], at: new Date(),
      }); // biome-ignore format: a row
      expect((await item()).item).toMatchObject(
        fits('adopted_by_decision', {
          outcome: 'planned',
          action: 'update',
          record_id: 'L',
          after: { quantity: '5' },
        }),
      );
    });

    test('is not created beside once a person wants a new one', async () => {
      await scene.subscription('S', product);
      await scene.licence('L', 'S');
      await scene.decide('S', 'approve');
      expect((await item()).item).toMatchObject(
        fits('new_subscription', { action: 'create', record_id: null }),
      );
    });

    test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
      ['of another SKU', {}, { sku: 'other' }],
      ['of another term', {}, { term: 'P1M' }],
      ['of no term', {}, { term: null }],
      ['of no SKU, whatever its name', {}, { sku: null }],
      ['of another distributor', { distributor: 'StreamOne Ion' }, {}],
      ['that is inactive', { active: false }, {}],
      ['of another client', { client_id: '99' }, {}],
    ])('%s is none of it', async (_, row, fields) => {
      await scene.subscription('S', product);
      await scene.licence('L', 'S', { ...row, fields });
      expect((await item()).item).toMatchObject(fits('new_subscription'));
    });

    test('that carries another id of this distributor is none of it', async () => {
      await scene.subscription('S', product);
      await scene.licence('L', 'S');
      await scene.link('L', 'T');
      expect((await item()).item).toMatchObject(fits('new_subscription'));
    });

    test('stands for one subscription: the others are created', async () => {
      await scene.subscription('S', { ...product, quantity: '3' });
      await scene.subscription('T', product);
      await scene.licence('L', 'T');
      const { items } = await scene.plan('subscriptions', ['S', 'T']);
      expect(items.T).toMatchObject({ rule: 'licence_offered', record_id: 'L' });
      expect(items.S).toMatchObject({ rule: 'new_subscription' });
    });
  });

  test('an unreadable licence of another client is none of it', async () => {
    await scene.customer('C2');
    await scene.subscription('S');
    await scene.subscription('T', { customerId: 'C2' });
    await scene.licence('L', 'T', { unreadable: ['name'], fields: { name: '' } });
    expect((await item()).item).toMatchObject(fits('new_subscription'));
  });
});

describe('with a licence', () => {
  test('nothing moved: nothing planned, and remembered', async () => {
    await scene.ours('S');
    expect(await item()).toMatchObject({ item: undefined, unchanged: 1 });
    const [row] =
      await db.sql`select source_hash, returned_hash from baselines where integration_id = ${scene.integration}`;
    expect(row).toMatchObject({ source_hash: 'S||UTC|ArrowSphere', returned_hash: 'LS' });
  });

  test('changed at the distributor', async () => {
    await scene.ours('S', { quantity: '5' });
    await db.sql`update subscriptions set quantity = 6 where connection_id = ${scene.source}`;
    expect((await item()).item).toMatchObject(
      fits('changed_at_distributor', {
        action: 'update',
        before: { quantity: '5' },
        after: { quantity: '6' },
      }),
    );
  });

  test('a field of ours that was edited is overwritten', async () => {
    await scene.ours('S', { quantity: '5' });
    await db.sql`update licences set fields = fields || '{"quantity": "9"}' where connection_id = ${scene.destination}`;
    expect((await item()).item).toMatchObject(
      fits('edit_overwritten', { after: { quantity: '5' }, message: expect.stringContaining('quantity') }),
    );
  });

  test('a field of theirs that was edited is held, and said with both values', async () => {
    await scene.ours('S');
    await db.sql`update licences set fields = fields || '{"unitPrice": "9"}' where connection_id = ${scene.destination}`;
    const { item: it, findings } = await item();
    expect(it).toMatchObject({ outcome: 'held', after: {}, held: { unitPrice: { ours: '3', theirs: '9' } } });
    expect(findings).toMatchObject([
      { kind: 'edited', cause: 'edited:unitPrice', subject: { externalId: 'S', fields: ['unitPrice'] } },
    ]);
    expect(findings[0].message).toContain('sale price “9” instead of “3”');
  });

  test('what cannot be read of the subscription stays as it stands, and is said', async () => {
    await scene.ours('S', { endDate: '2027-01-01', quantity: '5' });
    await db.sql`update subscriptions set end_date = null, unreadable = '{endDate}' where connection_id = ${scene.source}`;
    expect(await item()).toMatchObject({
      item: undefined,
      findings: [{ kind: 'unreadable', subject: { externalId: 'S', licenceId: 'LS', fields: ['endDate'] } }],
    });
    await db.sql`update subscriptions set quantity = 6, hash = 'new' where connection_id = ${scene.source}`;
    expect((await item()).item.after).toEqual({ quantity: '6' });
  });

  test('what cannot be read of the licence was not edited', async () => {
    await scene.ours('S');
    await db.sql`update licences set unreadable = '{quantity,name}', fields = fields || '{"quantity": null, "name": ""}' where connection_id = ${scene.destination}`;
    expect((await item()).item).toBeUndefined();
  });

  test('gone at the destination: created again', async () => {
    await scene.ours('S');
    await db.sql`delete from licences where connection_id = ${scene.destination}`;
    expect((await item()).item).toMatchObject(fits('licence_gone', { action: 'create' }));
  });

  test('found by its link: ours from now on', async () => {
    await scene.subscription('S', { quantity: '5' });
    await scene.licence('L', 'S', { fields: { quantity: '4', name: 'Theirs' } });
    await scene.link('L', 'S');
    expect((await item()).item).toMatchObject(
      fits('adopted_by_link', { action: 'update', after: { quantity: '5' } }),
    );
  });

  test('an unknown status changes nothing until a person says that it has ended', async () => {
    await scene.ours('S', { quantity: '5' });
    await db.sql`update subscriptions set status = 'unknown', status_text = 'frozen', quantity = 1 where connection_id = ${scene.source}`;
    const { item: it, findings } = await item();
    expect(it).toMatchObject(fits('status_unknown', { outcome: 'held', after: null }));
    expect(findings).toMatchObject([
      {
        kind: 'status-unknown',
        actions: ['deactivate', 'dismiss'],
        subject: { licenceId: 'LS', statusText: 'frozen' },
      },
    ]);
    await scene.decide('S', 'deactivate');
    expect((await item()).item).toMatchObject(
      fits('ended_by_decision', { action: 'deactivate', after: { status: 'cancelled', active: false } }),
    );
  });
});

describe('going away', () => {
  test('ended by the distributor’s word', async () => {
    await scene.ours('S');
    await db.sql`update subscriptions set status = 'expired' where connection_id = ${scene.source}`;
    expect((await item(true, { state: 'incomplete' })).item).toBeUndefined();
    expect((await item(true, { state: 'incomplete', completeness: { accounted: true } })).item).toMatchObject(
      fits('ended_at_distributor'),
    );
    expect((await item()).item).toMatchObject(
      fits('ended_at_distributor', { action: 'deactivate', after: { status: 'expired', active: false } }),
    );
    await scene.decide('S', 'keep');
    expect((await item()).item).toMatchObject(fits('kept_by_decision', { outcome: 'skipped' }));
  });

  test('what has already ended is settled once, without a write or a guard', async () => {
    for (const id of ['S', 'S2', 'S3', 'S4', 'S5']) {
      await scene.ours(id);
      await db.sql`update licences set active = false, fields = fields || '{"active": false, "status": "cancelled"}' where connection_id = ${scene.destination} and id = ${`L${id}`}`;
      await db.sql`update subscriptions set status = 'cancelled' where connection_id = ${scene.source}`;
    }
    const { items, findings, unchanged } = await scene.plan('subscriptions', ['S', 'S2', 'S3', 'S4', 'S5']);
    expect([items, findings, unchanged]).toEqual([{}, [], 5]);
    expect(
      await db.sql`select distinct active from baselines where integration_id = ${scene.integration}`,
    ).toEqual([{ active: false }]);
  });

  test('what has ended on both sides asks for nothing, whatever became of its client or mapping', async () => {
    await scene.ours('S');
    await scene.db.sql`update baselines set active = false where integration_id = ${scene.integration}`;
    await db.sql`update subscriptions set status = 'cancelled' where connection_id = ${scene.source}`;
    await db.sql`update clients set inactive = true where connection_id = ${scene.destination}`;
    expect(await item()).toMatchObject({ item: undefined, unchanged: 1 });
    await db.sql`delete from mappings where integration_id = ${scene.integration}`;
    expect(await item()).toMatchObject({ item: undefined, unchanged: 1 });
  });

  test('absent from two complete listings an hour apart', async () => {
    await scene.ours('S');
    await scene.absent('S', 0.5);
    expect((await item(false)).item).toBeUndefined();
    await db.sql`update absences set since = now() - interval '2 hours' where connection_id = ${scene.source}`;
    expect(
      (await item(false, { state: 'incomplete', completeness: { accounted: true } })).item,
    ).toBeUndefined();
    expect((await item(false)).item).toMatchObject(
      fits('absent_twice', { after: { status: 'cancelled', active: false } }),
    );
  });

  test('absent while another customer is not listed: it may have moved', async () => {
    await scene.customer('C2');
    await scene.listed('customers', ['C1', 'C2']);
    await scene.ours('S');
    await scene.absent('S');
    const { item: it, findings } = await item(false, { scopes: ['C1'], failed: ['C2'] });
    expect(it).toMatchObject(fits('absence_unclear', { action: 'deactivate', outcome: 'held' }));
    expect(findings).toMatchObject([
      {
        kind: 'absence-unclear',
        subject: { externalId: 'S', unlisted: [{ id: 'C2', name: 'Customer C2' }] },
      },
    ]);
    await scene.decide('S', 'deactivate');
    expect((await item(false, { scopes: ['C1'], failed: ['C2'] })).item).toMatchObject(
      fits('ended_by_decision', { outcome: 'planned' }),
    );
    expect((await item(false, { scopes: ['C1', 'C2'] })).item).toMatchObject({ rule: 'ended_by_decision' });
  });

  test('absent where customers were not listed since: it may be at one we do not know', async () => {
    await scene.listed('customers', ['C1'], { hours: 5 });
    await scene.ours('S');
    await scene.absent('S');
    expect((await item(false, { scopes: ['C1'] })).item).toMatchObject(fits('absence_unclear'));
    await scene.listed('customers', ['C1']);
    expect((await item(false, { scopes: ['C1'] })).item).toMatchObject(fits('absent_twice'));
  });

  test('its customer left: one question for all of it, with money', async () => {
    await scene.ours('S', { quantity: '3' });
    await scene.ours('T', { quantity: '4' });
    await scene.absent('C1', 3, 'customers');
    await scene.listed('customers', [], { hours: 2.5 });
    expect((await item(false, { scopes: [] })).item).toBeUndefined();
    await scene.listed('customers', [], { hours: 1 });
    const { item: it, findings } = await item(false, { scopes: [] });
    expect(it).toMatchObject(fits('customer_left', { action: 'deactivate', outcome: 'held' }));
    expect(findings).toMatchObject([
      {
        kind: 'customer-left',
        actions: ['deactivate', 'reject'],
        subject: {
          customerId: 'C1',
          externalIds: ['S', 'T'],
          money: [{ amount: '14', currency: 'EUR', cycle: 'monthly' }],
        },
      },
    ]);
    await scene.decide('S', 'keep');
    expect((await item(false, { scopes: [] })).item).toMatchObject(fits('kept_by_decision'));
  });
});
