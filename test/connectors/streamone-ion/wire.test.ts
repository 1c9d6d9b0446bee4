import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../connectors/secrets.ts';
import { customersPage, subscriptionsPage } from '../../../connectors/streamone-ion/pages.ts';
import { statusFromText } from '../../../connectors/streamone-ion/vocabulary.ts';
import {
  accountOf,
  customerIdOf,
  readCustomer,
  readSubscription,
} from '../../../connectors/streamone-ion/wire.ts';
import { customer, subscription } from './samples.ts';

const customerWith = (change: object, settings = {}) => readCustomer({ ...customer, ...change }, settings);
const subscriptionWith = (change: object, settings = {}) =>
  readSubscription({ ...subscription, ...change }, settings);

describe('an Ion customer', () => {
  it('is read whole, its id from the resource name and its company from the organisation', () => {
    expect(customerWith({})).toEqual({
      id: '20045',
      raw: customer,
      row: {
        id: '20045',
        name: 'Example Org AB',
        status: 'active',
        own: false,
        email: 'ada@example.com',
        phone: '5550100',
        domain: null,
        tenantId: null,
        address: {
          line1: '1 Main St',
          line2: '4',
          city: 'Tampa',
          state: 'FL',
          postcode: '33600',
          country: 'US',
        },
        unreadable: [],
      },
    });
  });

  it.each([
    ['INACTIVE', { customerStatus: 'INACTIVE' }, { status: 'closed' }],
    ['no status', { customerStatus: undefined }, { status: 'active' }],
    ['an unspecified status', { customerStatus: 'CUSTOMER_STATUS_UNSPECIFIED' }, { status: 'active' }],
    ['no address', { customerAddress: undefined }, { address: null }],
    ['a domain', { customerDomain: 'example.com' }, { domain: 'example.com' }],
    ['fields we do not know', { somethingNew: { deep: 1 } }, { id: '20045' }],
  ])('is read with %s', (_, change, row) => {
    expect(customerWith(change)).toMatchObject({ row });
  });

  it('is read in snake_case', () => {
    const raw = {
      name: customer.name,
      customer_organization: 'Example Org AB',
      customer_status: 'INACTIVE',
      customer_address: { zip: '1' },
    };
    const row = { name: 'Example Org AB', status: 'closed', address: { postcode: '1' } };
    expect(readCustomer(raw, {})).toMatchObject({ raw, row });
  });

  it('takes the country of the settings where it has none', () => {
    const address = { ...customer.customerAddress, country: undefined };
    expect(customerWith({ customerAddress: address }, { country: 'SE' })).toMatchObject({
      row: { address: { country: 'SE' } },
    });
  });

  it.each([
    ['the company, never the contact instead', { customerOrganization: undefined }, '20045'],
    ['a readable name', { name: 'accounts/1001/orders/7' }, '7'],
    ['any name', { name: undefined }, null],
  ])('is not read without %s', (_, change, id) => {
    expect(customerWith(change)).toMatchObject({ id, problem: expect.any(String) });
  });

  it('tells its account', () => {
    expect(accountOf(customer)).toBe('1001');
    expect([null, 'x', {}, { name: 7 }].map(accountOf)).toEqual([null, null, null, null]);
  });
});

describe('an Ion subscription', () => {
  it('is read whole, money freed of noise and unit prices from price and cost', () => {
    expect(subscriptionWith({})).toEqual({
      id: '900001',
      raw: subscription,
      row: {
        id: '900001',
        customerId: '20045',
        name: 'Example plan',
        status: 'active',
        statusText: 'active',
        quantity: '10',
        usage: false,
        trial: false,
        unitCost: '6',
        unitPrice: '63.845276',
        currency: 'SEK',
        billingCycle: 'monthly',
        term: 'P1M',
        startDate: '2024-01-03T16:29:10Z',
        endDate: '2024-02-03T16:29:10Z',
        renewalDate: '2024-02-03T16:29:10Z',
        autoRenew: true,
        cancelUntil: '2024-01-18T16:29:10Z',
        renewalCost: null,
        renewalPrice: null,
        minQuantity: null,
        maxQuantity: null,
        vendor: 'Microsoft',
        sku: 'Example-Basic',
        vendorSku: 'SKUCODE:0001:P1M:M',
        tenantId: null,
        unreadable: [],
      },
    });
  });

  it.each([
    [
      'ids as numbers',
      { id: 900001, customerId: 20045, cloudProviderId: 1 },
      { id: '900001', vendor: 'AWS' },
    ],
    ['a count as a number', { subscriptionTotalLicenses: 3 }, { quantity: '3' }],
    ['a count of nothing', { subscriptionTotalLicenses: '0' }, { quantity: '0' }],
    ['no count', { subscriptionTotalLicenses: undefined }, { quantity: null, usage: false }],
    ['no price: the total shared out', { price: undefined, total: 65 }, { unitPrice: '6.5' }],
    ['a price of 0 beside a total', { price: 0 }, { unitPrice: '0' }],
    [
      'no money at all',
      { price: undefined, cost: undefined, total: undefined },
      { unitCost: null, unitPrice: null },
    ],
    [
      'a total nobody can share out',
      { price: undefined, subscriptionTotalLicenses: '0' },
      { unitPrice: null },
    ],
    ['an upper-case status', { subscriptionStatus: 'DELETED' }, { status: 'deleted', statusText: 'DELETED' }],
    ['no status', { subscriptionStatus: undefined }, { status: 'unknown', statusText: null }],
    ['a trial', { isTrial: true }, { trial: true }],
    ['a renewal status alone', { autoRenew: undefined }, { autoRenew: true }],
    [
      'an unknown renewal status',
      { autoRenew: undefined, subscriptionRenewStatus: 'MAYBE' },
      { autoRenew: null },
    ],
    ['an annual cycle', { subscriptionBillingCycle: 'ANNUAL' }, { billingCycle: 'annual' }],
    ['a one-time cycle', { subscriptionBillingCycle: 'one_time' }, { billingCycle: 'one-time' }],
    ['three years', { subscriptionBillingTerm: 'P3Y' }, { term: 'P3Y' }],
    ['a term in words', { subscriptionBillingTerm: 'annually' }, { term: 'P1Y' }],
    ['no name but a display name', { subscriptionName: undefined }, { name: 'Sku' }],
    [
      'no vendor but a resource type',
      { cloudProviderId: undefined, resourceType: 'GSUITE::Entitlement' },
      { vendor: 'Google' },
    ],
    ['a vendor nobody knows', { cloudProviderId: '77', resourceType: 'LYSE::Fiber' }, { vendor: null }],
    ['a zero timestamp', { subscriptionEndDate: '0001-01-01T00:00:00Z' }, { endDate: null }],
  ])('is read with %s', (_, change, row) => {
    expect(subscriptionWith(change)).toMatchObject({ row });
  });

  it.each([
    ['usage', 'AZURE::Subscription', '1', true],
    ['consumption', 'ITG::Product', '1', true],
    [undefined, 'AZURE::CustomerEntitlement', undefined, true],
    [undefined, 'AWS::Resource', '1', true],
    [undefined, 'AZURE::Subscription', undefined, true],
    [undefined, 'AZURE::Subscription', '4', false],
    ['license', 'AZURE::Subscription', undefined, false],
    [undefined, 'SOPHOS::Tenant', undefined, false],
  ])('billed as %s, of type %s, with count %s: usage %s', (type, resourceType, count, usage) => {
    const change = { subscriptionBillingType: type, resourceType, subscriptionTotalLicenses: count };
    expect(subscriptionWith(change)).toMatchObject({ row: { usage } });
  });

  it('takes the currency of the settings where it has none', () => {
    expect(subscriptionWith({ currency: undefined })).toMatchObject({ row: { currency: null } });
    expect(subscriptionWith({ currency: undefined }, { currency: 'EUR' })).toMatchObject({
      row: { currency: 'EUR' },
    });
  });

  it.each([
    ['its id', { id: undefined }, null],
    ['a whole id', { id: 2 ** 53 }, null],
    ['its customer', { customerId: undefined }, '900001'],
  ])('is not read without %s', (_, change, id) => {
    expect(subscriptionWith(change)).toMatchObject({ id, problem: expect.any(String) });
  });

  it('names its customer in either spelling', () => {
    expect([subscription, { customer_id: 20045 }, {}, null].map(customerIdOf)).toEqual([
      '20045',
      '20045',
      null,
      null,
    ]);
  });
});

describe('Ion statuses', () => {
  it.each([
    ['active', 'ACTIVE AVAILABLE COMPLETE ENABLED RUNNING'],
    ['pending', 'ACCEPTED CONFIRMED INITIATED IN_PROGRESS PENDING'],
    ['suspended', 'DISABLED PAUSED STOPPED SUSPENDED'],
    ['cancelled', 'CANCELLED CANCELED'],
    ['expired', 'EXPIRED'],
    ['deleted', 'DELETED'],
    ['unknown', 'ERROR FAILED SUBSCRIPTION_STATUS_UNSPECIFIED CONSTRUCTOR'],
  ])('%s', (status, words) => {
    for (const word of words.split(' ')) {
      expect([word, statusFromText(word)]).toEqual([word, status]);
      expect([word, statusFromText(word.toLowerCase())]).toEqual([word, status]);
    }
  });
});

describe('Ion pages', () => {
  it('of customers end where no token follows', () => {
    const rows = [customer];
    expect(customersPage({ customers: rows, nextPageToken: 'n' })).toEqual({
      rows,
      declared: null,
      next: 'n',
    });
    expect(customersPage({ customers: rows, nextPageToken: '' }).next).toBeNull();
    expect(customersPage({ customers: rows }).next).toBeNull();
    expect(customersPage({ nextPageToken: 'n' })).toEqual({ rows: [], declared: null, next: 'n' });
    expect(customersPage({}).rows).toEqual([]);
    expect(customersPage({ customers: [], next_page_token: 'n' }).next).toBe('n');
  });

  const page = (rows: number, totalSize: unknown, offset: number) =>
    subscriptionsPage({ items: Array(rows).fill(subscription), paginationResponse: { totalSize } }, offset);

  it('of subscriptions move by the rows received', () => {
    expect(page(200, 450, 0)).toMatchObject({ declared: 450, next: '200' });
    expect(page(100, 450, 200)).toMatchObject({ next: '300' });
    expect(page(50, 450, 400)).toMatchObject({ next: null });
    expect(page(3, '3', 0)).toMatchObject({ declared: 3, next: null });
  });

  it('of subscriptions go on to an empty page where no total is given', () => {
    expect(page(3, undefined, 0)).toMatchObject({ declared: null, next: '3' });
    expect(page(0, undefined, 3)).toMatchObject({ next: null });
    expect(subscriptionsPage({ items: [], totalCount: '7' }, 0)).toMatchObject({ declared: 7, next: null });
  });

  it('of subscriptions end when the list shrinks under the offset, which the total then shows', () => {
    expect(subscriptionsPage({ paginationResponse: { totalSize: 190 } }, 200)).toEqual({
      rows: [],
      declared: 190,
      next: null,
    });
    expect(subscriptionsPage({ paginationResponse: { totalSize: 0 } }, 0)).toMatchObject({
      rows: [],
      declared: 0,
    });
    expect(subscriptionsPage({}, 0)).toMatchObject({ rows: [], declared: null, next: null });
  });

  it.each([undefined, null, [], 'x', { message: 'maintenance' }, { items: 'x' }, { customers: {} }])(
    'are not read from %j',
    (json) => {
      expect(() => customersPage(json)).toThrow('Ion returned no list');
      expect(() => subscriptionsPage(json, 0)).toThrow('Ion returned no list');
    },
  );
});

describe('withoutSecrets', () => {
  it('takes passwords out at any depth, as keys and as attributes', () => {
    const answer = {
      name: 'accounts/1/customers/2',
      user: { userName: 'a', password: 'p-1', initial_password: 'p-2' },
      orderItems: [
        {
          attributes: [
            { name: 'userName', value: 'admin' },
            { name: 'password', value: 'p-3' },
          ],
        },
        { attributes: [{ name: 'Admin Password', value: 'p-4' }] },
      ],
      extra: { attribute: { key: 'password', value: 'p-5' }, access_token: 'p-6', clientSecret: 'p-7' },
    };
    expect(JSON.stringify(withoutSecrets(answer))).not.toMatch(/p-\d/);
    expect(withoutSecrets(answer)).toMatchObject({
      user: { userName: 'a' },
      orderItems: [{ attributes: [{ name: 'userName', value: 'admin' }] }, { attributes: [] }],
    });
  });

  it('leaves everything else', () => {
    const answer = {
      nextPageToken: 't',
      items: [{ subscriptionName: '1Password Business', name: '1Password', value: 3 }, null, 'password'],
    };
    expect(withoutSecrets(answer)).toEqual(answer);
  });
});
