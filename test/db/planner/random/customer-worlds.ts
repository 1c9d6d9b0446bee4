import fc from 'fast-check';
import type { Client, Customer, CustomerWorld } from './customer-model.ts';

/** Random customers and clients. Few companies, each spelled in several ways, so that they meet. */
const of = fc.constantFrom;
const seldom = <T>(value: fc.Arbitrary<T>, otherwise: T, one = 6) =>
  fc.oneof({ arbitrary: value, weight: 1 }, { arbitrary: fc.constant(otherwise), weight: one - 1 });

const spellings: Record<string, string[]> = {
  acme: ['Acme Ltd', 'ACME  GmbH', 'acme'],
  beta: ['Beta', 'Be\u0301ta AG', 'BÉTA S. A.'],
  sons: ['Gamma & Sons', 'Gamma and Sons Inc.'],
  delta: ['Delta'],
};
const name = fc
  .tuple(of(...Object.keys(spellings), 'other'), fc.nat(2), fc.nat(20))
  .map(([company, n, other]) =>
    company === 'other'
      ? { company: `other ${other}`, name: `Other ${other}` }
      : { company, name: spellings[company]![n % spellings[company]!.length]! },
  );

const customer = fc.record({
  name,
  status: seldom(of('closed', 'suspended'), 'active'),
  own: seldom(fc.constant(true), false, 12),
  shown: seldom(fc.constant(false), true),
  address: of('Main Street 1', 'Side Street 2', null),
  unreadable: seldom(fc.constant<string[]>(['address']), []),
  mapped: of('mine', 'mine', 'gone', 'another', 'create', null, null, null, null),
  made: of({ address: 'Main Street 1' }, { address: null }, null),
  dismissed: seldom(
    of<string[] | 'all'>(['customer-held'], ['client-missing'], ['client-missing', 'ambiguous-write'], 'all'),
    null,
  ),
  doubtful: seldom(fc.constant(true), false),
});
const client = fc.record({
  name,
  inactive: seldom(fc.constant(true), false, 4),
  unreadable: seldom(fc.constant(true), false, 40),
  mainSite: seldom(fc.constant(false), true),
  link: seldom(fc.nat(15), null, 3),
});

export const customerWorld: fc.Arbitrary<CustomerWorld> = fc
  .record({
    createClients: seldom(fc.constant(false), true),
    updateMainSiteAddress: fc.boolean(),
    chosen: seldom(fc.subarray(['c1', 'c2', 'c3', 'c11']), null),
    customers: fc.array(customer, { minLength: 10, maxLength: 25 }),
    clients: fc.array(client, { maxLength: 8 }),
  })
  .map(({ customers, clients, ...rest }): CustomerWorld => {
    const theirs = clients.map(
      ({ name: { name, company }, link, unreadable, ...more }, n): Client => ({
        ...more, id: `k${n}`, unreadable, name: unreadable ? '' : name, company: unreadable ? '' : company,
        link: link === null ? null : `c${link}`,
      }), // biome-ignore format: a row
    );
    // A client stands for one customer at most.
    const taken = new Set<string>();
    const mine = customers.map(({ name: { name, company }, mapped, unreadable, address, ...more }, n): Customer => {
      const wish = mapped === 'mine' ? `k${n % 10}` : mapped === 'another' ? `k${n % 4}` : mapped === 'gone' ? `g${n}` : mapped;
      const free = wish === 'create' || wish === null || !taken.has(wish);
      if (free && wish !== null) taken.add(wish);
      return {
        ...more, id: `c${n}`, name, company, mapped: free ? wish : null, unreadable,
        address: unreadable.includes('address') ? null : address,
      };
    }); // biome-ignore format: a row
    return { ...rest, customers: mine, clients: theirs };
  });
