import fc from 'fast-check';
import type { Base, Facts, Fields, Line, Sub, World } from './subscription-model.ts';
import { ourType, wantedOf } from './subscription-model.ts';

/**
 * Random histories of both sides: a subscription as it was written, what the destination made of that, what has changed
 * on each side since, and what people have answered.
 */
const of = fc.constantFrom;
const seldom = <T>(value: fc.Arbitrary<T>, otherwise: T, one = 8) =>
  fc.oneof({ arbitrary: value, weight: 1 }, { arbitrary: fc.constant(otherwise), weight: one - 1 });

const values = {
  name: of('Seats', 'Trial of seats', 'Backup'),
  status: of(
    'active',
    'active',
    'active',
    'suspended',
    'pending',
    'cancelled',
    'expired',
    'deleted',
    'unknown',
  ),
  statusText: of('frozen', null),
  quantity: of('1', '5', '7.5', '10', '0', '-1', null),
  usage: seldom(fc.constant(true), false, 5),
  trial: fc.boolean(),
  unitCost: of('8', '8.00004', '8.005', null),
  unitPrice: of('10', '10.00005', '12.345', null),
  currency: of('EUR', 'USD', null),
  billingCycle: of('monthly', 'annual', null),
  term: of('P1M', 'P1Y', null),
  startDate: of('2026-01-05', '2026-07-01T22:30:00Z', null),
  endDate: of('2027-01-05T23:30:00Z', '2027-07-01', null),
  autoRenew: of(true, false, null),
  vendor: of('Microsoft', 'microsoft', 'Acronis', null),
  sku: of('SKU1', 'sku1', 'SKU2', null),
  vendorSku: of('CFQ7', null, null),
  tenantId: of('t1', null),
};
const canBeUnreadable = ['quantity', 'unitPrice', 'endDate', 'autoRenew', 'trial', 'term'] as const;
const facts = fc
  .record({ ...values, unreadable: seldom(fc.subarray([...canBeUnreadable], { minLength: 1 }), []) })
  .map((all): Facts => {
    const lost = Object.fromEntries(all.unreadable.map((field) => [field, field === 'trial' ? false : null]));
    return { ...all, ...lost };
  });

/** What somebody made of a licence in the PSA. */
const edits: Fields = {
  name: 'As somebody calls it', quantity: '3', unitPrice: '99', unitCost: null, status: 'suspended', billingCycle: 'annual',
  term: 'P3Y', endDate: '2028-01-01T00:00:00', autoRenew: null, active: false, sku: 'edited',
}; // biome-ignore format: a row
const places = [
  'none', 'none', 'ours', 'ours', 'ours', 'ours', 'ours', 'ended', 'gone', 'deleted', 'relinked', 'linked', 'by-another-program',
  'of-another-account', 'of-another-distributor', 'of-a-rival', 'nobodys', 'nobodys', 'unreadable', 'twice',
] as const; // biome-ignore format: a list

const sub = fc.record({
  customer: fc.nat(5),
  was: facts,
  next: facts,
  moved: seldom(fc.subarray([...Object.keys(values)]), [], 2),
  edited: seldom(fc.subarray(Object.keys(edits), { minLength: 1, maxLength: 3 }), [], 3),
  obscured: seldom(fc.subarray(['quantity', 'name', 'clientId', 'distributor'], { minLength: 1 }), []),
  place: of(...places),
  shown: seldom(fc.constant(false), true, 5),
  absentHours: of(0.5, 2, 6, null),
  fate: seldom(of('approve', 'adopt', 'deactivate', 'keep', 'dismiss'), null, 4),
  dismissed: fc.option(
    fc.subarray(
      ['quantity-missing', 'status-unknown', 'licence-unreadable', 'licence-offered', 'ambiguous-write'],
      {
        minLength: 1,
      },
    ),
  ),
  takeOurs: seldom(of<string[] | 'all'>(['unitPrice'], ['name', 'quantity'], 'all'), null),
  keepTheirs: seldom(of<string[] | 'all'>(['unitPrice'], ['name'], 'all'), null),
  doubtful: seldom(fc.constant(true), false),
  remapped: seldom(fc.constant(true), false),
  movedInPsa: seldom(fc.constant(true), false),
});
type Drawn = typeof sub extends fc.Arbitrary<infer T> ? T : never;

const everything = {
  name: '', quantity: null, unitCost: null, unitPrice: null, status: null, billingCycle: null, term: null, startDate: null,
  endDate: null, autoRenew: null, distributor: null, sku: null, vendorSku: null, vendor: null, tenantId: null, customerId: null, active: true,
}; // biome-ignore format: one record

export const subscriptionWorld: fc.Arbitrary<World> = fc
  .record({
    currency: of('EUR', null, null),
    berlin: fc.boolean(),
    shrinkLimitPercent: of(10, 100, 100),
    ownership: seldom(
      fc.array(
        fc.record(
          {
            field: of('name', 'unitPrice', 'quantity', 'status', 'term'),
            owner: of('ours', 'ask', 'theirs'),
            vendor: of('MICROSOFT', 'Acronis'),
            sku: of('SKU1', 'cfq7'),
          },
          { requiredKeys: ['field', 'owner'] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      [],
      2,
    ),
    byCustomer: fc.boolean(),
    failed: seldom(fc.subarray(['c0', 'c1', 'c5'], { minLength: 1 }), [], 3),
    listing: of('complete', 'complete', 'complete', 'accounted', 'incomplete'),
    customersListed: of(0, 0, 3, 10),
    chosen: seldom(fc.subarray(['c0', 'c1', 'c2', 'c3']), null, 5),
    rounds: fc.boolean(),
    /** The agent may see no licence at all. */
    blind: seldom(fc.constant(true), false, 12),
    customers: fc.array(
      fc.record({
        mapped: seldom(fc.constant(false), true, 6),
        client: seldom(of('inactive', 'gone'), 'active', 5),
        leftHours: seldom(of(2, 8), null, 5),
      }),
      { minLength: 6, maxLength: 6 },
    ),
    subs: fc.array(sub, { minLength: 20, maxLength: 50 }),
  })
  .map(({ rounds, blind, customers, subs, ...rest }): World => {
    const isAsked = (id: string) =>
      (customers[Number(id.slice(1))]!.leftHours ?? -1) < rest.customersListed + 1;
    const made = {
      ...rest,
      failed: rest.byCustomer ? rest.failed.filter(isAsked) : [],
      subs: [] as Sub[],
      lines: [] as Line[],
    };
    const all: World = {
      ...made,
      customers: customers.map(({ mapped, client, leftHours }, n) => ({
        id: `c${n}`, clientId: mapped ? `k${n}` : null, client: client as 'active', leftHours,
      })), // biome-ignore format: a row
    };
    for (const [n, drawn] of subs.entries()) grow(all, drawn, n, rounds);
    if (blind) all.lines = [];
    return all;
  });

/** One subscription through its history. */
function grow(world: World, drawn: Drawn, n: number, rounds: boolean) {
  const id = `s${n}`;
  const customerId = `c${drawn.customer}`;
  // What was written had a status that is known and a quantity.
  const was: Facts = {
    ...drawn.was,
    status: drawn.was.status === 'suspended' ? 'suspended' : 'active',
    quantity: Number(drawn.was.quantity ?? -1) < 0 ? '5' : drawn.was.quantity,
    unreadable: drawn.was.unreadable.filter((field) => field !== 'quantity'),
  };
  const now: Facts = { ...was };
  for (const field of drawn.moved) {
    Object.assign(now, { [field]: drawn.next[field as keyof Facts] });
    const fate = drawn.next.unreadable.includes(field);
    now.unreadable = [...now.unreadable.filter((one) => one !== field), ...(fate ? [field] : [])];
  }
  const client = drawn.remapped ? 'elsewhere' : `k${drawn.customer}`;
  const sent = { ...wantedOf(was, customerId, world), clientId: client } as Fields;
  if (sent.name === undefined) sent.name = was.name;
  const money = (value: unknown) => (rounds && typeof value === 'string' ? Number(value).toFixed(2) : value);
  const { clientId: _, ...written } = sent;
  const returned: Fields = { ...everything, ...written };
  returned.unitPrice = money(returned.unitPrice);
  returned.unitCost = money(returned.unitCost);

  const stored = ['ours', 'ended', 'gone', 'deleted', 'relinked', 'twice'].includes(drawn.place);
  const line = (more: Partial<Line> = {}): Line => {
    const unreadable =
      drawn.place === 'unreadable' && drawn.obscured.length === 0 ? ['name'] : drawn.obscured;
    const fields: Fields = { ...returned };
    for (const field of drawn.edited) fields[field] = edits[field];
    if (drawn.place === 'ended') fields.active = false;
    const lost: Fields = { quantity: null, name: '', distributor: null };
    for (const field of unreadable) if (field in lost) fields[field] = lost[field];
    return {
      id: `L${n}`,
      clientId: unreadable.includes('clientId') ? '' : drawn.movedInPsa ? 'moved' : client,
      distributor: fields.distributor as string | null,
      active: fields.active as boolean,
      deleted: false,
      fields,
      unreadable,
      links: [{ id, type: ourType }],
      rival: false,
      ...more,
    };
  };
  const without = (more: Partial<Line> = {}) => line({ links: [], ...more });
  const lines: Record<(typeof places)[number], () => Line[]> = {
    none: () => [],
    ours: () => [n % 2 ? line() : without()],
    ended: () => [line()],
    gone: () => [],
    deleted: () => [line({ deleted: true })],
    relinked: () => [line({ id: `M${n}` })],
    linked: () => [line()],
    'by-another-program': () => [line({ links: [{ id, type: n % 2 ? null : 'halo:integrator' }] })],
    'of-another-account': () => [line({ links: [{ id, type: 'arrowsphere:B:subscription' }] })],
    'of-another-distributor': () => [line({ distributor: 'StreamOne Ion' })],
    'of-a-rival': () => [line({ rival: true })],
    nobodys: () => [without(n % 3 ? {} : { distributor: n % 2 ? '' : null })],
    unreadable: () => [n % 2 ? line() : without()],
    twice: () => [line(), line({ id: `M${n}` })],
  };
  world.lines.push(...lines[drawn.place]());
  const base: Base | null = stored
    ? { was, licenceId: `L${n}`, active: drawn.place !== 'ended', sent, returned }
    : null;
  const { shown, absentHours, fate, dismissed, takeOurs, keepTheirs, doubtful } = drawn;
  world.subs.push({
    id, customerId, now, shown, absentHours: shown ? null : absentHours, fate, adopts: fate === 'adopt' ? `L${n}` : null,
    dismissed, takeOurs, keepTheirs, doubtful, base,
  }); // biome-ignore format: a row
}
