import { describe, expect, it } from 'vitest';
import { businessError } from '../../../connectors/streamone-stellr/errors.ts';
import { placeOf, readPage } from '../../../connectors/streamone-stellr/pages.ts';
import { statusFromText, termFromName } from '../../../connectors/streamone-stellr/vocabulary.ts';
import { readCustomer, readSubscription } from '../../../connectors/streamone-stellr/wire.ts';
import { customer, subscription } from './samples.ts';

const customerWith = (change: object) => readCustomer({ ...customer, ...change });
const subscriptionWith = (change: object, scope: string | null = null) =>
  readSubscription({ ...subscription, ...change }, scope);

describe('a Stellr customer', () => {
  it('is read whole', () => {
    expect(readCustomer(customer)).toEqual({
      id: '123456',
      raw: customer,
      row: {
        id: '123456',
        name: 'Contoso Ltd',
        status: 'active',
        own: false,
        email: 'it@contoso.example',
        phone: '555 0100',
        domain: 'contoso.example',
        tenantId: '0f4b9c1e-0000-4000-8000-000000000001',
        address: {
          line1: '120 King St W',
          line2: null,
          city: 'Toronto',
          state: 'ON',
          postcode: 'M5H1A1',
          country: 'CA',
        },
        unreadable: [],
      },
    });
  });

  it.each([
    ['a number for its id', { customerNo: 123456 }, { id: '123456' }],
    ['companyName', { name: undefined, companyName: 'C' }, { name: 'C' }],
    ['customerName', { name: '', customerName: 'C' }, { name: 'C' }],
    ['defaultDomain', { domain: undefined, defaultDomain: 'd' }, { domain: 'd' }],
    ['primaryDomain', { domain: undefined, primaryDomain: 'd' }, { domain: 'd' }],
    ['microsoftTenantId', { microsoftTenantId: 't' }, { tenantId: 't' }],
    ['a number for its postcode', { zipCode: 33600 }, { address: { postcode: '33600' } }],
    ['Discontinued', { status: 'Discontinued' }, { status: 'closed' }],
    ['inactive', { status: 'inactive' }, { status: 'closed' }],
    ['a blank status', { status: '' }, { status: 'active' }],
    ['no status', { status: undefined }, { status: 'active' }],
  ])('is read with %s', (_, change, row) => {
    expect(customerWith(change)).toMatchObject({ row });
  });

  it.each([
    ['an id', { customerNo: undefined }, null],
    ['a name', { name: undefined }, '123456'],
    ['a name that is text', { name: { broken: [1] } }, '123456'],
  ])('is not read without %s', (_, change, id) => {
    expect(customerWith(change)).toMatchObject({ id, problem: expect.any(String) });
  });
});

describe('a Stellr subscription', () => {
  it('is read whole: what the reseller pays is the cost, what it is advised to ask the price', () => {
    expect(subscriptionWith({})).toEqual({
      id: '411833_1',
      raw: subscription,
      row: {
        id: '411833_1',
        customerId: '123456',
        name: 'Microsoft 365 Business Premium (Annual, billed monthly)',
        status: 'active',
        statusText: 'active',
        quantity: '42',
        usage: false,
        trial: false,
        unitCost: '20',
        unitPrice: '26.4',
        currency: 'CAD',
        billingCycle: 'monthly',
        term: 'P1Y',
        startDate: '2026-01-15',
        endDate: '2027-01-14',
        renewalDate: '2027-01-14',
        autoRenew: null,
        cancelUntil: '2026-01-22',
        renewalCost: null,
        renewalPrice: null,
        minQuantity: null,
        maxQuantity: null,
        vendor: 'Microsoft',
        sku: '14025760',
        vendorSku: 'CFQ7TTC0LCHC:0002',
        tenantId: null,
        unreadable: [],
      },
    });
  });

  it.each([
    [
      'amounts as text',
      { unitPrice: '20.10', customerPrice: ' 26.40 ', quantity: '7' },
      { unitCost: '20.1', unitPrice: '26.4', quantity: '7' },
    ],
    [
      'no amounts',
      { unitPrice: undefined, customerPrice: '', quantity: undefined },
      { unitCost: null, unitPrice: null, quantity: null },
    ],
    ['MSRP alone', { customerPrice: undefined }, { unitPrice: null }],
    ['no seats', { quantity: 0 }, { quantity: '0' }],
    ['an id in two parts', { subscriptionId: undefined, lineNo: '2' }, { id: '411833_2' }],
    ['ids as numbers', { contractNo: 411833, customerNo: 123456 }, { customerId: '123456' }],
    [
      'an offset without a colon',
      { startDate: '2026-07-09T11:21:25.733-0400' },
      { startDate: '2026-07-09T15:21:25Z' },
    ],
    ['a renewal date', { renewalDate: '2027-01-15' }, { renewalDate: '2027-01-15', endDate: '2027-01-14' }],
    [
      'an expiry date alone',
      { endDate: undefined, expiryDate: '2027-02-01' },
      { endDate: '2027-02-01', renewalDate: '2027-02-01' },
    ],
    ['a one-time purchase', { billingFrequency: 'one_time' }, { billingCycle: 'one-time' }],
    ['a yearly bill', { billingFrequency: 'year' }, { billingCycle: 'annual' }],
    ['a blank status', { status: '' }, { status: 'active', statusText: null }],
    ['metered billing', { billingFrequency: 'usage', quantity: undefined }, { usage: true, quantity: null }],
    ['an Azure plan', { productName: 'Azure plan' }, { usage: true }],
    ['Azure AD seats', { productName: 'Azure Active Directory Premium P1' }, { usage: false }],
    ['a trial', { productName: 'Microsoft 365 E3 Trial' }, { trial: true }],
    ['no error', { errorMessage: '', errorDetail: null }, { id: '411833_1' }],
  ])('is read with %s', (_, change, row) => {
    expect(subscriptionWith(change)).toMatchObject({ row });
  });

  it('belongs to the customer whose list it is in, if it names none', () => {
    expect(subscriptionWith({ customerNo: undefined }, '123456')).toMatchObject({
      row: { customerId: '123456' },
    });
    expect(subscriptionWith({ customerNo: undefined })).toMatchObject({
      id: '411833_1',
      problem: expect.any(String),
    });
    expect(subscriptionWith({ customerNo: '0123456' }, '123456')).toMatchObject({
      row: { customerId: '123456' },
    });
    expect(subscriptionWith({}, '99')).toMatchObject({
      id: '411833_1',
      problem: expect.stringContaining('another'),
    });
  });

  it.each([
    ['an id', { subscriptionId: undefined, lineNo: undefined }, null],
    ['a name', { productName: undefined, mfgPartNo: undefined }, '411833_1'],
    ['an error in its place', { errorMessage: 'vendor says no' }, '411833_1'],
  ])('is not read without %s', (_, change, id) => {
    expect(subscriptionWith(change)).toMatchObject({ id, problem: expect.any(String) });
  });
});

describe('Stellr words', () => {
  it.each([
    ['active', ['', ' ', 'active', 'Active', 'ACTIVATED', 'Enabled']],
    ['expired', ['Expired', 'EXPIRED - not renewed']],
    ['cancelled', ['Cancelled', 'canceled', 'Inactive', 'INACTIVATED', 'Discontinued']],
    ['deleted', ['Deleted', 'Terminated']],
    ['suspended', ['Suspended', 'suspend', 'Disabled']],
    ['pending', ['Pending', 'In Progress', 'provisioning']],
    ['unknown', ['Pending Cancellation', 'Cancel scheduled', 'in_limbo', 'Overdue']],
  ])('statuses: %s', (status, words) => {
    for (const word of words) expect([word, statusFromText(word)]).toEqual([word, status]);
  });

  it.each([
    ['Business Premium (Annual, billed monthly)', 'P1Y'],
    ['Business Premium (Triennial, billed annually)', 'P3Y'],
    ['Business Premium (Monthly)', 'P1M'],
    ['E3 3Y paid yearly', 'P3Y'],
    ['E3 - 3 Year Commitment - Annual Billing', 'P3Y'],
    ['E3 P1Y', 'P1Y'],
    ['E3 month-to-month', 'P1M'],
    ['Visio (billed monthly)', null],
    ['Visio (One-time)', null],
    ['Biannual report tool', null],
    ['Power BI Pro', null],
  ])('the term of "%s" is %s', (name, term) => {
    expect(termFromName(name)).toBe(term);
  });
});

describe('Stellr pages', () => {
  const page = (rows: number, total: unknown, cursor: string | null = null) =>
    readPage({ requestId: 'r', data: { total, records: Array(rows).fill({}) } }, cursor);

  it.each([
    ['data.records', { data: { total: 1, records: [{}] } }],
    ['data.content', { data: { totalElements: 1, content: [{}] } }],
    ['data.items', { data: { totalCount: '1', items: [{}] } }],
    ['data.data', { data: { total: '1', data: [{}] } }],
    ['data', { total: 1, data: [{}] }],
  ])('are read at %s', (_, json) => {
    expect(readPage(json, null)).toEqual({ rows: [{}], declared: 1, next: null, pages: 1 });
  });

  it('are numbered while they are whole', () => {
    expect(page(100, 250)).toMatchObject({ next: '2', pages: 3 });
    expect(page(100, 250, '2')).toMatchObject({ next: '3', pages: 3 });
    expect(page(50, 250, '3')).toMatchObject({ next: null, pages: 3 });
    expect(page(100, 100)).toMatchObject({ next: null, pages: 1 });
    expect(page(0, 0)).toMatchObject({ declared: 0, next: null, pages: 1 });
  });

  it('are counted once the server cuts them', () => {
    expect(page(50, 120)).toMatchObject({ next: '2+50', pages: null });
    expect(page(50, 120, '2+50')).toMatchObject({ next: '3+100', pages: null });
    expect(page(20, 120, '3+100')).toMatchObject({ next: null });
    expect(page(0, 120, '3+100')).toMatchObject({ next: null, declared: 120 });
  });

  it('end at a short one where no total is said', () => {
    expect(page(100, undefined)).toMatchObject({ declared: null, next: '2', pages: null });
    expect(page(99, undefined, '2')).toMatchObject({ next: null });
  });

  it.each([undefined, null, [], {}, { data: null }, { data: {} }, { data: { total: 5 } }, { records: [] }])(
    'are not read from %j',
    (json) => {
      expect(() => readPage(json, null)).toThrow('Stellr returned no list');
    },
  );

  it.each(['0', '-1', 'x', '1+', '1.5'])('know %s for no cursor', (cursor) => {
    expect(() => placeOf(cursor)).toThrow('not a cursor');
  });
});

describe('a business error under HTTP 200', () => {
  it.each([
    ['errorMessage', { errorCode: 'BIZ-1', errorMessage: 'x', data: { total: 0, records: [] } }, 'BIZ-1'],
    ['errorDetail', { errorDetail: 'x' }, null],
    ['ErrorMessage in data', { data: { total: 0, records: [], ErrorMessage: 'x' } }, null],
    ['bizError', { bizError: { code: 'BIZ-2', message: 'x' }, data: { records: [] } }, 'BIZ-2'],
    ['BizError in data', { data: { BizError: [{ ErrorMessage: 'x' }] } }, null],
    ['bizError as text', { bizError: 'x' }, null],
  ])('is found as %s', (_, json, code) => {
    expect(businessError(json)).toMatchObject({ code });
  });

  it.each([
    ['blank', { errorMessage: '', errorDetail: null, ErrorMessage: ' ' }],
    ['empty', { bizError: {}, errors: [], data: { bizError: null } }],
    ['a code without a word', { errorCode: '0' }],
    ['a line of a list', { data: { records: [{ errorMessage: 'x' }] } }],
    ['not an object', null],
  ])('is not seen where it is %s', (_, json) => {
    expect(businessError(json)).toBeNull();
  });

  it.each([
    ['You do not have permission', 'forbidden'],
    ['Too many requests', 'rate-limited'],
    ['Customer not found', 'not-found'],
    ['pageNo is required', 'invalid'],
    ['vendor timed out', 'unavailable'],
  ])('"%s" is %s', (errorMessage, kind) => {
    expect(businessError({ errorMessage })).toMatchObject({ kind });
  });
});
