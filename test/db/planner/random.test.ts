import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { planCustomers } from '../../../db/planner/customers.ts';
import { guardShrink } from '../../../db/planner/guards.ts';
import { planScope } from '../../../db/planner/scope.ts';
import { planSubscriptions } from '../../../db/planner/subscriptions.ts';
import { bulkTransaction } from '../../../db/sql.ts';
import { customerRules, subscriptionRules } from '../../../domain/rules.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { type CustomerItem, planOf } from './random/customer-model.ts';
import { customerWorld } from './random/customer-worlds.ts';
import { type Placed, place, placeCustomers } from './random/place.ts';
import { type Item, type Plan, plan, type World } from './random/subscription-model.ts';
import { subscriptionWorld } from './random/subscription-worlds.ts';

/**
 * Plans against naive models of them, over thousands of random histories of both sides in one database. `SEED` and
 * `WORLDS` try others; a difference prints its seed and everything about the record.
 */
const seed = Number(process.env.SEED ?? 20_261_128);
const sample = <T>(worlds: fc.Arbitrary<T>, numRuns: number) =>
  fc.sample(worlds, { numRuns: Number(process.env.WORLDS ?? numRuns), seed });

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

const scopeOf = ({ importId }: Placed) => planScope(db.sql, importId, { arrowsphere: 'ArrowSphere' });

/** Rules without an item, and those that are decided when about to write. */
const silent = [
  'unseen',
  'ended_already',
  'not_judged',
  'compare',
  'mapped',
  'like_name_in_import',
  'created_elsewhere',
];
const rulesOf = (rules: object) =>
  Object.keys(rules)
    .filter((rule) => !silent.includes(rule))
    .sort();

async function subscriptionPlan(at: Placed): Promise<Plan> {
  const scope = await scopeOf(at);
  await db.sql`update baselines set source_hash = source_hash || ${scope.optionsKey} where integration_id = ${at.integration}`;
  const { unchanged, guarded } = await bulkTransaction(db.sql, async (tx) => ({
    unchanged: (await planSubscriptions(tx, scope, true)).unchanged,
    guarded: await guardShrink(tx, scope),
  }));
  const rows = await db.sql<(Item & { id: string })[]>`
    select external_id as id, rule, action, outcome, record_id as "recordId", client_id as "clientId", after, held
    from items where import_id = ${at.importId}`;
  return {
    items: Object.fromEntries(rows.map(({ id, ...item }) => [id, item])),
    unchanged,
    shrink: guarded.shrink && [...guarded.shrink.externalIds].sort(),
    gone: guarded.gone && [...guarded.gone.externalIds].sort(),
  };
}

/** All of a world that bears on one subscription. */
const about = ({ subs, lines, customers, ...world }: World, id: string) => {
  const sub = subs.find((one) => one.id === id)!;
  return JSON.stringify({
    seed, ...world, sub, customer: customers.find((one) => one.id === sub.customerId),
    lines: lines.filter((line) => line.id.slice(1) === id.slice(1)),
  }); // biome-ignore format: one object
};

test('subscriptions are planned as a naive model plans them, over random histories of both sides', async () => {
  const worlds = sample(subscriptionWorld, 100);
  const places = await place(db, worlds);
  const met = new Set<string>();
  for (const [n, world] of worlds.entries()) {
    const expected = plan(world);
    const found = await subscriptionPlan(places[n]!);
    for (const { id } of world.subs) expect(found.items[id], about(world, id)).toEqual(expected.items[id]);
    expect({ ...found, items: {} }, `seed ${seed}, world ${n}`).toEqual({ ...expected, items: {} });
    for (const { rule } of Object.values(expected.items)) met.add(rule);
    if (expected.shrink) met.add('shrink');
    if (expected.gone) met.add('gone');
  }
  expect(worlds.reduce((sum, { subs }) => sum + subs.length, 0)).toBeGreaterThan(30 * worlds.length);
  expect([...met].sort()).toEqual([...rulesOf(subscriptionRules), 'shrink', 'gone'].sort());
});

async function customerPlan(at: Placed): Promise<ReturnType<typeof planOf>> {
  const scope = await scopeOf(at);
  const { unchanged } = await bulkTransaction(db.sql, (tx) => planCustomers(tx, scope));
  const rows = await db.sql<(CustomerItem & { id: string; after: Record<string, unknown> | null })[]>`
    select external_id as id, rule, action, outcome, client_id as "clientId", after from items where import_id = ${at.importId}`;
  const street = (of: unknown) => (of as { line1: string } | null)?.line1 ?? null;
  const written = (after: Record<string, unknown>): CustomerItem['after'] =>
    'clientId' in after
      ? { clientId: String(after.clientId) }
      : { ...('name' in after && { name: String(after.name) }), address: street(after.address) };
  return {
    unchanged,
    items: Object.fromEntries(
      rows.map(({ id, ...item }) => [id, { ...item, after: item.after && written(item.after) }]),
    ),
  };
}

test('customers are planned as a naive model plans them', async () => {
  const worlds = sample(customerWorld, 100);
  const places = await placeCustomers(db, worlds);
  const met = new Set<string>();
  for (const [n, world] of worlds.entries()) {
    const expected = planOf(world);
    const found = await customerPlan(places[n]!);
    for (const customer of world.customers)
      expect(found.items[customer.id], JSON.stringify({ seed, customer, world })).toEqual(
        expected.items[customer.id],
      );
    expect(found.unchanged).toBe(expected.unchanged);
    for (const { rule } of Object.values(expected.items)) met.add(rule);
  }
  expect([...met].sort()).toEqual(rulesOf(customerRules));
});
