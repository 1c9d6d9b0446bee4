import fc from 'fast-check';
import { v7 as uuid } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import { type Differences, differences } from '../../../db/reconciliation/differences.ts';
import { sidesOf } from '../../../db/reconciliation/sides.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { type Expected, type Line, reconcile, type Sub, type World } from './model.ts';

/** The statement against a naive model, and the rules one by one. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

const linkType = 'arrowsphere:A:subscription';

async function placed(world: World) {
  const { sql } = db;
  const [source, other, halo] = [uuid(), uuid(), uuid()];
  const [integration, rival] = [uuid(), uuid()];
  const [subs, licences, clients] = [uuid(), uuid(), uuid()];
  const json = (value: unknown) => sql`${JSON.stringify(value)}::text::jsonb`;
  await sql.begin(async (tx) => {
    for (const [id, kind, role] of [
      [source, 'arrowsphere', 'distributor'],
      [other, 'arrowsphere', 'distributor'],
      [halo, 'halopsa', 'destination'],
    ] as const)
      await tx`insert into connections (id, kind, role, name, settings, identity) values (${id}, ${kind}, ${role}, ${id}, '{}', 'A')`;
    const options = { currency: world.currency, timeZone: 'UTC', shrinkLimitPercent: 10 };
    for (const [id, from] of [
      [integration, source],
      [rival, other],
    ] as const)
      await tx`insert into integrations (id, name, source_id, destination_id, options) values (${id}, ${id}, ${from}, ${halo}, ${json(options)})`;
    for (const [id, connection, kind] of [
      [subs, source, 'subscriptions'],
      [clients, halo, 'clients'],
      [licences, halo, 'licences'],
    ] as const)
      await tx`insert into collections (id, connection_id, kind, state, started_at, finished_at)
        values (${id}, ${connection}, ${kind}, 'complete', now() + interval '1 hour', now() + interval '1 hour')`;
    await tx`insert into collection_pages (collection_id, attempt, scope, cursor, ids, received, unreadable, nameless)
      values (${subs}, 1, '', '1', ${world.subs.filter((sub) => sub.seen).map((sub) => sub.id)}, 0, 0, 0)`;
    await tx`insert into subscriptions (connection_id, id, hash, customer_id, name, status, quantity, usage, trial, unit_cost, unit_price,
        currency, billing_cycle, term, sku, raw)
      select ${source}, id, id, "customerId", product, status, quantity, usage, false, "unitCost", "unitPrice", currency, cycle, term, product, '{}'
      from jsonb_to_recordset(${json(world.subs)}) as r(id text, "customerId" text, product text, status text, quantity numeric, usage boolean,
        "unitCost" numeric, "unitPrice" numeric, currency text, cycle text, term text)`;
    await tx`insert into licences (connection_id, id, hash, client_id, distributor, active, deleted, fields)
      select ${halo}, id, id, "clientId", distributor, active, false, jsonb_build_object('sku', product, 'quantity', quantity, 'unitCost', "unitCost",
        'unitPrice', "unitPrice", 'billingCycle', cycle, 'term', term)
      from jsonb_to_recordset(${json(world.lines)}) as r(id text, "clientId" text, distributor text, active boolean, product text, quantity text,
        "unitCost" text, "unitPrice" text, cycle text, term text)`;
    for (const line of world.lines) {
      if (line.link !== null)
        await tx`insert into links (connection_id, id, hash, record_id, third_party_id, third_party_type)
          values (${halo}, ${`k${line.id}`}, 'h', ${line.id}, ${line.link}, ${linkType})`;
      if (line.baseline)
        await tx`insert into baselines (integration_id, entity, external_id, record_id, sent, created_by_us)
          values (${line.baseline.integration === 'ours' ? integration : rival}, 'licence', ${line.baseline.subscriptionId}, ${line.id}, '{}', true)`;
    }
    for (const [customer, client] of Object.entries(world.mappings))
      await tx`insert into mappings (integration_id, customer_id, client_id, origin) values (${integration}, ${customer}, ${client}, 'manual')`;
    for (const [id, decision] of Object.entries(world.decisions))
      await tx`insert into decisions (integration_id, entity, external_id, decision) values (${integration}, 'subscription', ${id}, ${decision})`;
  });
  return integration;
}

async function reconciled(world: World, more: object = {}): Promise<Differences> {
  const sides = (await sidesOf(db.sql, await placed(world), null))!;
  return await differences(db.sql, sides, {
    distributorName: 'ArrowSphere',
    subscriptionLinkType: linkType,
    marginFloorPercent: world.marginFloor,
    asOf: null,
    charges: null,
    limit: 1000,
    offset: 0,
    ...more,
  });
}

const comparable = (rows: Expected[]) => rows.map((row) => JSON.stringify(row)).sort();

const told = ({ items }: Differences): Expected[] =>
  items.map((item) => ({
    class: item.class,
    subscriptionIds: [...item.subscriptionIds].sort(),
    licenceIds: [...item.licenceIds].sort(),
    amount: item.money[0]?.amount ?? null,
    currency: (item.money[0] ?? item.distributor ?? item.destination)?.currency ?? null,
    cycle: (item.money[0] ?? item.distributor ?? item.destination)?.cycle ?? null,
  }));

const quantity = fc.constantFrom('1', '2', '5', '7.5', null);
const price = fc.constantFrom('10', '10.00004', '12.5', '3', null);
const cycle = fc.constantFrom('monthly', 'annual', 'one-time', null);
const sub = fc.record({
  customerId: fc.constantFrom('c1', 'c2', 'c3'),
  product: fc.constantFrom('p1', 'p2'),
  status: fc.constantFrom('active', 'active', 'suspended', 'cancelled', 'unknown'),
  quantity,
  usage: fc.boolean(),
  unitCost: price,
  unitPrice: price,
  currency: fc.constantFrom('EUR', 'USD', null),
  cycle,
  term: fc.constantFrom('P1M', 'P1Y', null),
  seen: fc.boolean(),
});
const line = fc.record({
  clientId: fc.constantFrom('h1', 'h2'),
  distributor: fc.constantFrom('ArrowSphere', 'StreamOne Ion'),
  active: fc.boolean(),
  product: fc.constantFrom('p1', 'p2'),
  quantity,
  unitCost: price,
  unitPrice: price,
  cycle,
  term: fc.constantFrom('P1M', 'P1Y', null),
  link: fc.constantFrom('s0', 's1', 's2', null),
  owner: fc.constantFrom('ours', 'other', null),
});
const world = fc
  .record({
    subs: fc.array(sub, { maxLength: 6 }),
    lines: fc.array(line, { maxLength: 6 }),
    mapped: fc.boolean(),
    decisions: fc.dictionary(fc.constantFrom('s0', 's1', 's3'), fc.constantFrom('keep', 'keepTheirs')),
    currency: fc.constantFrom('EUR', null),
    marginFloor: fc.constantFrom(20, null),
  })
  .map(({ subs, lines, mapped, decisions, ...rest }): World => {
    const taken = new Set<string>();
    return {
      ...rest,
      decisions: decisions as World['decisions'],
      mappings: mapped ? { c1: 'h1', c2: 'h2' } : { c1: 'h1' },
      subs: subs.map((one, n): Sub => ({ ...one, id: `s${n}` })),
      lines: lines.map(({ owner, ...one }, n): Line => {
        // An integration remembers one licence of a subscription.
        const of = `s${n % 3}`;
        const free = owner !== null && !taken.has(`${owner} ${of}`);
        if (free) taken.add(`${owner} ${of}`);
        return {
          ...one,
          id: `l${n}`,
          baseline: free ? { integration: owner as 'ours' | 'other', subscriptionId: of } : null,
        };
      }),
    };
  });

test('agrees with a naive model over random histories of both sides', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      expect(comparable(told(await reconciled(given)))).toEqual(comparable(reconcile(given)));
    }),
    { numRuns: Number(process.env.RUNS ?? 300), seed: 20261127 },
  );
});
