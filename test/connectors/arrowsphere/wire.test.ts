import { describe, expect, it } from 'vitest';
import { readCustomer, readFound, readListed } from '../../../connectors/arrowsphere/wire.ts';
import { customer, found, licence } from './samples.ts';

const customerWith = (change: object) => readCustomer({ ...customer, ...change }, 'XSP222222');
const foundWith = (change: object) => readFound({ ...found, ...change });
const listedWith = (change: object) => readListed({ ...licence, ...change });

describe('an ArrowSphere customer', () => {
  it('is read whole', () => {
    expect(readCustomer(customer, 'XSP222222')).toEqual({
      id: 'XSP12345',
      raw: customer,
      row: {
        id: 'XSP12345',
        name: 'Wayne industries',
        status: 'active',
        own: false,
        email: 'nobody@example.com',
        phone: '555 0100',
        domain: 'x.onmicrosoft.com',
        tenantId: '0f4b9c1e-0000-4000-8000-000000000001',
        address: {
          line1: '1 Main Street',
          line2: null,
          city: 'Gotham City',
          state: 'NJ',
          postcode: '12345',
          country: 'US',
        },
        unreadable: [],
      },
    });
  });

  it.each([
    ['Details as an empty list', { Details: [] }, { domain: null, tenantId: null }],
    ['Details missing', { Details: undefined }, { domain: null, tenantId: null }],
    ['TenantID', { Details: { TenantID: 't' } }, { tenantId: 't' }],
    [
      'numbers where others send text',
      { Headcount: 5, BillingId: 123, Zip: 12345 },
      { address: { postcode: '12345' } },
    ],
    ['DeletedAt', { DeletedAt: '2024-01-01 10:00:00' }, { status: 'closed' }],
    ['an empty DeletedAt', { DeletedAt: '' }, { status: 'active' }],
    ['the reseller itself', { Reference: 'XSP222222' }, { own: true }],
    [
      'a contact alone',
      { EmailContact: '', ReceptionPhone: null },
      { email: 'ab@example.com', phone: '555 0101' },
    ],
    ['no contact', { EmailContact: '', Contact: [] }, { email: null }],
  ])('is read with %s', (_, change, row) => {
    expect(customerWith(change)).toMatchObject({ row });
  });

  it.each([
    [{ CompanyName: undefined }, 'CompanyName is missing'],
    [{ CompanyName: ' ' }, 'CompanyName is missing'],
    [{ CompanyName: { text: 'secret text' } }, 'CompanyName cannot be read'],
    [{ CompanyName: 'secret text'.repeat(1000) }, 'CompanyName cannot be read'],
  ])('is put aside for %j, told by its field and never by its value', (change, problem) => {
    expect(customerWith(change)).toMatchObject({ id: 'XSP12345', problem: `Customer XSP12345: ${problem}.` });
  });

  it.each([
    [{ DeletedAt: 17 }, { status: 'active' }, ['status']],
    [{ DeletedAt: '0000-00-00 00:00:00' }, { status: 'active' }, []],
    [{ Details: 'text' }, { domain: null, tenantId: null }, ['domain', 'tenantId']],
    [{ EmailContact: ['a'], Zip: {} }, { email: null, address: { postcode: null } }, ['address', 'email']],
  ])('is read with %j, which is named', (change, row, unreadable) => {
    expect(customerWith(change)).toMatchObject({ row: { ...row, unreadable } });
  });

  it.each([{ Reference: '' }, { Reference: 12345 }, { Reference: undefined }])(
    'has no id in %j',
    (change) => {
      expect(customerWith(change)).toMatchObject({
        id: null,
        problem: expect.stringContaining(': Reference '),
      });
    },
  );
});

describe('an ArrowSphere licence', () => {
  it('is read from a search', () => {
    expect(readFound(found)).toEqual({
      id: 'XSP987654321',
      raw: found,
      row: {
        id: 'XSP987654321',
        customerId: 'XSP123456789',
        name: 'Office 365 E3',
        status: 'active',
        statusText: 'activation_ok',
        quantity: '6',
        usage: false,
        trial: false,
        unitCost: '10',
        unitPrice: '15',
        currency: 'USD',
        billingCycle: 'monthly',
        term: 'P1Y',
        startDate: '2020-11-18T17:48:43Z',
        endDate: '2021-11-18T17:48:43Z',
        renewalDate: '2021-11-18T17:48:43Z',
        autoRenew: true,
        cancelUntil: null,
        renewalCost: '11.5',
        renewalPrice: '16',
        minQuantity: '1',
        maxQuantity: '300',
        vendor: 'Microsoft',
        sku: 'CFQ7TTC0LF8R',
        vendorSku: 'CFQ7TTC0LF8R:0001',
        tenantId: null,
        unreadable: [],
      },
    });
  });

  it('is read from a list', () => {
    expect(readListed(licence)).toEqual({
      id: 'XSP4092046',
      raw: licence,
      row: {
        id: 'XSP4092046',
        customerId: 'XSP111111',
        name: 'Exchange Online (Plan 1)',
        status: 'active',
        statusText: 'active',
        quantity: '10',
        usage: false,
        trial: false,
        unitCost: '2',
        unitPrice: '3',
        currency: 'EUR',
        billingCycle: 'monthly',
        term: 'P1Y',
        startDate: '2021-03-22T15:15:47Z',
        endDate: null,
        renewalDate: '2022-03-22T15:15:47Z',
        autoRenew: true,
        cancelUntil: '2021-03-29T15:15:47Z',
        renewalCost: null,
        renewalPrice: null,
        minQuantity: '1',
        maxQuantity: '9999',
        vendor: 'Microsoft',
        sku: 'CFQ7TTC0LH16:0001',
        vendorSku: 'CFQ7TTC0LH16',
        tenantId: null,
        unreadable: [],
      },
    });
  });

  it.each([
    [true, 'activation_ok', 'active'],
    [true, 'something new', 'active'],
    [true, 'cancelled', 'active'],
    [true, 'pending', 'pending'],
    [false, 'suspended', 'suspended'],
    [false, 'Canceled', 'cancelled'],
    [false, 'cancelled', 'cancelled'],
    [false, 'expired', 'expired'],
    [false, 'pending', 'pending'],
    [false, 'activation_ok', 'unknown'],
    [false, 'something new', 'unknown'],
    [false, 'constructor', 'unknown'],
    [undefined, 'activation_ok', 'active'],
    [null, 'suspended', 'suspended'],
    [undefined, 'something new', 'unknown'],
  ])('enabled %s under the word %s is %s', (isEnabled, status_label, status) => {
    expect(foundWith({ isEnabled, status_label })).toMatchObject({
      row: { status, statusText: status_label },
    });
  });

  it.each([
    [{ state: 'suspended' }, 'suspended', 'suspended'],
    [{ state: 'limbo' }, 'unknown', 'limbo'],
    [{ state: undefined }, 'active', '86'],
    [{ state: null, statusCode: 85 }, 'unknown', '85'],
    [{ state: null, statusCode: null }, 'unknown', null],
  ])('listed as %j is %s', (change, status, statusText) => {
    expect(listedWith(change)).toMatchObject({ row: { status, statusText } });
  });

  it.each([
    [
      'decimals without binary noise',
      { price: { buy_price: 3.1125, sell_price: 0.1 + 0.2 } },
      { unitCost: '3.1125', unitPrice: '0.3' },
    ],
    ['a price of nothing', { price: { buy_price: 0, sell_price: 0 } }, { unitCost: '0', unitPrice: '0' }],
    [
      'totals alone',
      { price: { total_buy_price: 60, total_sell_price: 90 } },
      { unitCost: '10', unitPrice: '15' },
    ],
    ['no price', { price: null }, { unitCost: null, unitPrice: null, currency: null }],
    ['a price as an empty list', { price: [] }, { unitCost: null, unitPrice: null, currency: null }],
    [
      'null prices',
      { price: { buy_price: null, sell_price: null, currency: 'EUR' } },
      { unitCost: null, currency: 'EUR' },
    ],
    ['no seats', { seat: null }, { quantity: null, usage: false }],
    ['no seats at all', { seat: undefined }, { quantity: null, usage: false }],
    ['0 seats', { seat: 0 }, { quantity: '0' }],
    ['seats as text', { seat: '12' }, { quantity: '12' }],
    ['infrastructure without seats', { seat: null, cloud_type: 'IAAS' }, { quantity: null, usage: true }],
    ['infrastructure with seats', { cloud_type: 'IaaS' }, { quantity: '6', usage: false }],
    ['a consumption type', { type: 'consumption' }, { usage: true }],
    ['a price by the hour', { periodicity: 1 }, { usage: true, billingCycle: 'hourly' }],
    ['no term', { term: 0 }, { term: null }],
    ['a length not in the table', { periodicity: 99, term: 99 }, { billingCycle: '99', term: '99' }],
    ['no lengths', { periodicity: null, term: undefined }, { billingCycle: null, term: null }],
    ['an open end', { end_date: '9020-01-01T00:00:00Z' }, { endDate: null }],
    [
      'a date without zone, which is UTC',
      { start_date: '2024-05-06 07:08:09' },
      { startDate: '2024-05-06T07:08:09Z' },
    ],
    ['empty dates', { start_date: '', end_date: null }, { startDate: null, endDate: null }],
    ['unsaid renewal', { auto_renew: null, trial: undefined }, { autoRenew: null, trial: false }],
    ['a trial', { trial: true }, { trial: true }],
    ['a friendly name alone', { offer: '' }, { name: 'Head office' }],
    ['no vendor name', { vendor_name: null }, { vendor: 'Microsoft' }],
  ])('is read with %s', (_, change, row) => {
    expect(foundWith(change)).toMatchObject({ row });
  });

  it.each([
    [{ customer_ref: null }, 'customer_ref is missing'],
    [{ customer_ref: ['XSP1'] }, 'customer_ref cannot be read'],
  ])('is put aside for %j', (change, problem) => {
    expect(foundWith(change)).toMatchObject({
      id: 'XSP987654321',
      problem: `Licence XSP987654321: ${problem}.`,
    });
  });

  it.each([
    [{ seat: 'many' }, { quantity: null, usage: false }, ['quantity']],
    [{ seat: '1,000', cloud_type: 'IAAS' }, { quantity: null, usage: false }, ['quantity']],
    [{ seat: '', cloud_type: 'IAAS' }, { quantity: null, usage: false }, []],
    [{ seat: -1 }, { quantity: null }, ['quantity']],
    [{ seat: '9223372036854775807' }, { quantity: null }, ['quantity']],
    [
      { price: 'n/a' },
      { unitCost: null, unitPrice: null, currency: null },
      ['unitCost', 'unitPrice', 'currency'],
    ],
    [{ price: { buy_price: 'ten', sell_price: 15 } }, { unitCost: null, unitPrice: '15' }, ['unitCost']],
    [{ price: { buy_price: 1e15 } }, { unitCost: null }, ['unitCost']],
    [{ isEnabled: 'perhaps' }, { status: 'unknown', statusText: 'activation_ok' }, ['status']],
    [{ isEnabled: 'true' }, { status: 'active' }, []],
    [{ status_label: { code: 86 }, isEnabled: undefined }, { status: 'unknown' }, ['status']],
    [{ end_date: 'soon' }, { endDate: null }, ['endDate']],
    [{ end_date: '09/11/2026' }, { endDate: null }, ['endDate']],
    [{ end_date: 1782950400001 }, { endDate: '2026-07-02T00:00:00Z' }, []],
    [{ trial: 'perhaps', auto_renew: {} }, { trial: false, autoRenew: null }, ['autoRenew', 'trial']],
    [
      { periodicity: [720], term: {} },
      { billingCycle: null, term: null, usage: false },
      ['billingCycle', 'term'],
    ],
    [{ offer: 7, periodicity: 'constructor' }, { name: '7', billingCycle: 'constructor' }, []],
    [{ classification: { a: [1] }, warnings: 'x', attributes: 7 }, {}, []],
  ])('is read with %j, and what cannot be read is named', (change, row, unreadable) => {
    expect(foundWith(change)).toMatchObject({ row: { ...row, unreadable } });
  });

  it.each([
    ['deleted', false, null, null, 'deleted'],
    ['Terminated', false, null, null, 'deleted'],
    ['deleted', undefined, null, null, 'deleted'],
    ['limbo', false, '2021-11-18T17:48:43Z', false, 'expired'],
    ['activation_ok', false, '2021-11-18T17:48:43Z', false, 'expired'],
    ['limbo', false, '2021-11-18T17:48:43Z', true, 'unknown'],
    ['limbo', false, '2099-11-18T17:48:43Z', false, 'unknown'],
    ['limbo', true, '2021-11-18T17:48:43Z', false, 'active'],
  ])(
    'under the word %s, enabled %s, ending %s, renewing %s: %s',
    (word, isEnabled, end_date, auto_renew, status) => {
      expect(foundWith({ status_label: word, isEnabled, end_date, auto_renew })).toMatchObject({
        row: { status, statusText: word },
      });
      expect(
        listedWith({
          state: word,
          isEnabled,
          expiry_datetime: null,
          endDate: end_date,
          autoRenew: auto_renew,
        }),
      ).toMatchObject({ row: { status, statusText: word } });
    },
  );

  it('is read fast: twenty thousand take well under a second on a free machine', () => {
    const begun = performance.now();
    for (let i = 0; i < 20_000; i++) readFound(found);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});
