import fc from 'fast-check';
import { v7 as uuid } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import { type Differences, differences } from '../../../db/reconciliation/differences.ts';
import { sidesOf } from '../../../db/reconciliation/sides.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { type Expected, type Line, reconcile, type Sub, type World } from './model.ts';

/** The statement against a naive model, for now and for an earlier day. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

const linkType = 'arrowsphere:A:subscription';

/** `past`: the lines of both sides ten to five days ago; what people and imports remember is of now. */
async function placed(world: World, past: Pick<World, 'subs' | 'lines'>) {
  const { sql } = db;
  const [source, other, halo] = [uuid(), uuid(), uuid()];
  const [integration, rival] = [uuid(), uuid()];
  const [subs, earlier, licences, clients] = [uuid(), uuid(), uuid(), uuid()];
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
    await tx`insert into collections (id, connection_id, kind, state, started_at, finished_at)
      values (${earlier}, ${source}, 'subscriptions', 'complete', now() - interval '6 days', now() - interval '6 days')`;
    for (const [id, listed] of [
      [subs, world.subs],
      [earlier, past.subs],
    ] as const)
      await tx`insert into collection_pages (collection_id, attempt, scope, cursor, ids, received, unreadable, nameless)
        values (${id}, 1, '', '1', ${listed.filter((sub) => sub.seen).map((sub) => sub.id)}, 0, 0, 0)`;
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
    await tx`insert into ledger_history (connection_id, kind, id, valid_from, valid_to, row)
      select ${source}, 'subscriptions', r.id, now() - interval '10 days', now() - interval '5 days',
        to_jsonb(jsonb_populate_record(null::subscriptions, r.row))
      from jsonb_to_recordset(${json(past.subs.map((sub) => ({ id: sub.id, row: subscriptionRow(sub) })))}) as r(id text, row jsonb)`;
    await tx`insert into ledger_history (connection_id, kind, id, valid_from, valid_to, row)
      select ${halo}, kind, r.id, now() - interval '10 days', now() - interval '5 days', r.row
      from jsonb_to_recordset(${json(past.lines.flatMap(historyOf))}) as r(kind text, id text, row jsonb)`;
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

const subscriptionRow = ({ customerId, product, unitCost, unitPrice, cycle, ...sub }: Sub) => ({
  ...sub, customer_id: customerId, name: product, sku: product, trial: false, unit_cost: unitCost, unit_price: unitPrice, billing_cycle: cycle,
  hash: sub.id, raw: {}, unreadable: [],
}); // biome-ignore format: a row

const historyOf = ({ id, clientId, distributor, active, link, ...line }: Line) => [
  {
    kind: 'licences',
    id,
    row: {
      hash: id, client_id: clientId, distributor, active, deleted: false, unreadable: [],
      fields: { sku: line.product, quantity: line.quantity, unitCost: line.unitCost, unitPrice: line.unitPrice, billingCycle: line.cycle, term: line.term },
    },
  },
  ...(link === null
    ? []
    : [{ kind: 'links', id: `k${id}`, row: { hash: 'h', record_id: id, third_party_id: link, third_party_type: linkType, unreadable: [] } }]),
]; // biome-ignore format: rows

async function reconciled(world: World, integration: string, asOf: Date | null): Promise<Differences> {
  const sides = (await sidesOf(db.sql, integration, asOf))!;
  return await differences(db.sql, sides, {
    distributorName: 'ArrowSphere',
    subscriptionLinkType: linkType,
    marginFloorPercent: world.marginFloor,
    asOf,
    charges: null,
    limit: 1000,
    offset: 0,
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

test('agrees with a naive model over random histories of both sides, now and on an earlier day', async () => {
  await fc.assert(
    fc.asyncProperty(world, world, async (now, before) => {
      const integration = await placed(now, before);
      const found = await reconciled(now, integration, null);
      expect(comparable(told(found))).toEqual(comparable(reconcile(now)));
      // Which licence was written for what is remembered of today.
      const lines = before.lines.map((line) => ({
        ...line,
        baseline: now.lines.find(({ id }) => id === line.id)?.baseline ?? null,
      }));
      const then = await reconciled(now, integration, new Date(Date.now() - 5.5 * 86_400_000));
      expect(comparable(told(then))).toEqual(comparable(reconcile({ ...now, subs: before.subs, lines })));
    }),
    { numRuns: Number(process.env.RUNS ?? 200), seed: Number(process.env.SEED ?? 20_261_127) },
  );
});
