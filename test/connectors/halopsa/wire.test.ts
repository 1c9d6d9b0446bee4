import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { definition } from '../../../connectors/halopsa/definition.ts';
import { explainer, said, tidy } from '../../../connectors/halopsa/errors.ts';
import { licenceChange, newClient, newLicence } from '../../../connectors/halopsa/payloads.ts';
import { clip, clock, haloNumber } from '../../../connectors/halopsa/values.ts';
import {
  listed,
  readAgent,
  readClient,
  readLicence,
  readLink,
  readTopLevel,
} from '../../../connectors/halopsa/wire.ts';
import { unreadable } from '../../../domain/reading.ts';
import { fields } from '../destination.acceptance.ts';
import { licence as sample } from './samples.ts';

describe('settings', () => {
  const parse = (value: object) => definition.settings.parse({ baseUrl: 'https://x.halopsa.com', ...value });

  it.each(['', '/', '/api', '/api/', '/auth', '/API/', '/auth/token'])('take the host with %s', (tail) => {
    expect(parse({ baseUrl: `https://x.halopsa.com${tail}` })).toEqual({
      baseUrl: 'https://x.halopsa.com',
      callsPerFiveMinutes: 300,
      batchSize: 25,
    });
  });

  it.each([
    { baseUrl: 'x.halopsa.com' },
    { baseUrl: 'ftp://x.halopsa.com' },
    { baseUrl: 'https://me:secret@x.halopsa.com' },
    { callsPerFiveMinutes: 29 },
    { batchSize: 0 },
    { batchSize: 51 },
    { tenant: '' },
    { other: true },
  ])('refuse %j', (value) => {
    expect(() => parse(value)).toThrow();
  });

  it('share a budget by host and tenant', () => {
    expect(definition.budget(parse({}))).toEqual({ key: 'x.halopsa.com/', calls: 300, seconds: 300 });
    expect(definition.budget(parse({ tenant: 'acme' })).key).toBe('x.halopsa.com/acme');
  });

  it('have a JSON Schema', () => {
    expect(z.toJSONSchema(definition.settings, { io: 'input' })).toMatchObject({ required: ['baseUrl'] });
  });
});

describe('reading', () => {
  it('reads a licence', () => {
    expect(readLicence(sample)).toEqual({
      id: '710',
      clientId: '39',
      name: 'Microsoft 365 Business Premium',
      quantity: '25',
      unitCost: '18.1',
      unitPrice: '22',
      status: 'active',
      billingCycle: 'monthly',
      term: 'P1Y',
      startDate: '2026-01-01T00:00:00',
      endDate: '2026-12-31T00:00:00',
      autoRenew: true,
      distributor: 'ArrowSphere',
      sku: 'CFQ7TTC0LCHC:0002',
      vendorSku: 'CFQ7TTC0LCHC',
      vendor: 'Microsoft',
      tenantId: null,
      customerId: null,
      active: true,
      deleted: false,
      linkId: '3321',
      marker: null,
      unreadable: [],
    });
  });

  it('reads the thinnest row, and nulls', () => {
    const thin = readLicence({ id: 1, client_id: 2 });
    expect(thin).toMatchObject({
      name: '',
      quantity: null,
      unitCost: null,
      startDate: null,
      active: true,
      linkId: null,
    });
    const nulls = Object.fromEntries(Object.keys(sample).map((key) => [key, null]));
    expect(readLicence({ ...nulls, id: 1, client_id: 2 })).toEqual(thin);
  });

  it('keeps decimals and texts exactly', () => {
    const row = {
      ...sample,
      count: 2.5,
      purchase_price: 63.845276,
      price: '0.10',
      status: 'PendingCancel',
      billing_cycle: ' monthly',
    };
    expect(readLicence(row)).toMatchObject({
      quantity: '2.5',
      unitCost: '63.845276',
      unitPrice: '0.1',
      status: 'PendingCancel',
      billingCycle: ' monthly',
    });
    expect(readLicence({ ...sample, count: 0, price: 0 })).toMatchObject({
      quantity: '0',
      unitPrice: '0',
    });
  });

  it.each([
    ['1901-01-01T00:00:00', null],
    ['1900-01-01T00:00:00', null],
    ['0001-01-01T00:00:00', null],
    ['2026-02-30T00:00:00', unreadable],
    ['01/03/2026', unreadable],
    [20260301, unreadable],
    ['2026-03-01', '2026-03-01T00:00:00'],
    ['2026-03-01T09:30', '2026-03-01T09:30:00'],
    ['2026-03-01T09:30:15.123Z', '2026-03-01T09:30:15'],
  ])('reads the date %s', (text, expected) => expect(clock(text)).toBe(expected));

  it('finds the marker among a person’s notes', () => {
    const notes = 'Call Ada first.\n[tributary arrowsphere:XSP1:subscription S-1]\nThanks';
    expect(readLicence({ ...sample, notes })!.marker).toBe('[tributary arrowsphere:XSP1:subscription S-1]');
  });

  it.each([
    [{ client_id: null }, { clientId: '' }, ['clientId']],
    [{ client_id: '' }, { clientId: '' }, ['clientId']],
    [{ client_id: 'n/a' }, { clientId: '' }, ['clientId']],
    [{ count: 'n/a' }, { quantity: null }, ['quantity']],
    [{ count: -1 }, { quantity: '-1' }, []],
    [{ is_active: 'true' }, { active: true }, []],
    [{ is_active: 'False' }, { active: false }, []],
    [{ is_active: 'perhaps' }, { active: true }, ['active']],
    [{ deleted: {} }, { deleted: false }, ['deleted']],
    [{ price: 'dear', end_date: 17 }, { unitPrice: null, endDate: null }, ['unitPrice', 'endDate']],
    [{ price: 1e15 }, { unitPrice: null }, ['unitPrice']],
    [{ distributor: ['ArrowSphere'] }, { distributor: null }, ['distributor']],
    [{ notes: { html: 'x' }, monthly_cost: 'x', parent_id: [], snowid: {} }, {}, []],
  ])('stays in the mirror with %j, and what cannot be read is named', (change, row, unreadable) => {
    expect(listed('SoftwareLicence', { ...sample, ...change }, readLicence)).toMatchObject({
      id: '710',
      row: { ...row, id: '710', linkId: '3321', unreadable },
    });
  });

  it.each([
    [readClient, { name: null }, { name: '' }, ['name']],
    [readClient, { name: ['x'] }, { name: '' }, ['name']],
    [readClient, { name: 'x', inactive: '1' }, { inactive: true }, []],
    [
      readClient,
      { name: 'x', inactive: 'n/a', main_site_id: 'n/a' },
      { inactive: false },
      ['inactive', 'mainSiteId'],
    ],
    [readClient, { name: 'x', customer_type: [1], phone: {} }, { name: 'x' }, []],
    [readLink, { halo_id: 'n/a', third_party_id: 'S' }, { recordId: '', thirdPartyId: 'S' }, ['recordId']],
    [readLink, { halo_id: 7, third_party_id: {} }, { recordId: '7', thirdPartyId: '' }, ['thirdPartyId']],
    [readLink, { halo_id: null, third_party_id: 17 }, { recordId: '', thirdPartyId: '17' }, []],
    [
      readAgent,
      { name: {}, email: [], isdisabled: 'true' },
      { name: 'Agent 9', email: null, disabled: true },
      undefined,
    ],
    [readTopLevel, { name: 7, agent_department: 'n/a' }, { name: '7' }, undefined],
  ] as const)('reads other rows as far as they go: %#', (read, change, row, unreadable) => {
    expect(read({ id: 9, ...change })).toMatchObject({ id: '9', ...row, ...(unreadable && { unreadable }) });
  });

  it('quarantines what has no readable id, and never keeps a logo', () => {
    for (const row of [{ name: 'x' }, null, [], { id: {} }, { id: 1.5 }, { id: 'x' }])
      expect(listed('Client', row, readClient)).toMatchObject({
        id: null,
        problem: 'Client without a readable id: id is missing or cannot be read.',
      });
    const { raw } = listed('Client', { id: 1, name: 'x', logo: 'data:image/png;base64,…' }, readClient);
    expect(JSON.stringify(raw)).toBe('{"id":1,"name":"x"}');
  });

  it('reads clients, links, agents and top levels', () => {
    expect(readClient({ id: 39, name: 'Contoso Ltd', toplevel_id: 12, inactive: true, main_site_id: 53 })).toEqual({
      id: '39', name: 'Contoso Ltd', inactive: true, topLevelId: '12', mainSiteId: '53', marker: null, unreadable: [],
    }); // biome-ignore format: short
    expect(readClient({ id: '39', name: 'x', main_site_id: -1, toplevel_id: 0 })).toMatchObject({
      id: '39',
      mainSiteId: null,
      topLevelId: null,
    });
    expect(readLink({ id: 3321, halo_id: 710, third_party_id: 'SUB-1', third_party_type: 't' })).toEqual({
      id: '3321', recordId: '710', thirdPartyId: 'SUB-1', thirdPartyType: 't', unreadable: [],
    }); // biome-ignore format: short
    expect(readAgent({ id: 2, name: 'Ada', email: '' })).toMatchObject({
      email: null,
      disabled: false,
    });
    expect(readTopLevel({ id: 3, name: 'Desk', agent_department: true })).toBeNull();
  });
});

describe('writing', () => {
  const link = {
    thirdPartyId: 'SUB-1',
    secondaryId: 'XSP1',
    type: 'arrowsphere:XSP1:subscription',
    description: 'M365',
  };

  it('writes a licence as the contract shows it', () => {
    const licence = newLicence({
      clientId: '39',
      fields: fields({ endDate: null, tenantId: null }),
      link,
      marker: null,
    });
    expect(licence).toMatchObject({
      type: 1,
      client_id: 39,
      site_id: -1,
      count: 25,
      purchase_price: 18.1,
      price: 63.845276,
      status: 'Active',
      billing_cycle: 'Monthly',
      term_duration: 'P1Y',
      end_date: '1901-01-01T00:00:00',
      tenant_id: '',
      is_active: true,
      thirdparty_client_id: 'XSP12345',
      new_external_link: {
        third_party_id: 'SUB-1',
        third_party_secondary_id: 'XSP1',
        third_party_desc: 'M365',
        third_party_type: 'arrowsphere:XSP1:subscription',
      },
    });
    expect(licence).not.toHaveProperty('notes');
    expect(licence).not.toHaveProperty('id');
  });

  it('writes only the fields named', () => {
    expect(licenceChange({ id: '710', clientId: '39', fields: { status: 'cancelled', active: false } })).toEqual({
      id: 710, client_id: 39, status: 'Cancelled', is_active: false,
    }); // biome-ignore format: short
    const nothing = { quantity: null, unitCost: null, autoRenew: null, name: undefined };
    expect(licenceChange({ id: '710', clientId: '39', fields: nothing })).toEqual({ id: 710, client_id: 39 });
  });

  it.each([
    ['25', '25'],
    ['25.0', '25'],
    ['95.000000', '95'],
    ['0', '0'],
    ['2.5', '2.5'],
    ['18.1', '18.1'],
    ['63.845276', '63.845276'],
    ['0.000001', '0.000001'],
    ['999999999.999999', '999999999.999999'],
  ])('prints %s as %s', (text, printed) => expect(JSON.stringify(haloNumber(text))).toBe(printed));

  it('refuses what it cannot print exactly', () => {
    expect(() => haloNumber('9999999999999.123456')).toThrow(/digits/);
    expect(() => haloNumber('many')).toThrow(/digits/);
    expect(() => newLicence({ clientId: 'x', fields: fields(), link, marker: null })).toThrow(/whole number/);
  });

  it('round-trips every word, known or not', () => {
    for (const word of [
      'active',
      'suspended',
      'pending',
      'cancelled',
      'expired',
      'deleted',
      'in limbo',
      'PendingCancel',
    ]) {
      const { status } = licenceChange({ id: '1', clientId: '2', fields: { status: word } }) as {
        status?: string;
      };
      expect(readLicence({ ...sample, status })!.status).toBe(word);
    }
    for (const word of [
      'monthly',
      'annual',
      'half-yearly',
      'one-time',
      'triennial',
      'every 4 years',
      '1234',
    ]) {
      const { billing_cycle } = licenceChange({ id: '1', clientId: '2', fields: { billingCycle: word } }) as {
        billing_cycle?: string;
      };
      expect(readLicence({ ...sample, billing_cycle })!.billingCycle).toBe(word);
    }
  });

  it('writes a client with its main site', () => {
    const address = {
      line1: '1 High St',
      line2: null,
      city: 'Leeds',
      state: null,
      postcode: 'LS1 1AA',
      country: 'GB',
    };
    expect(
      newClient({
        name: 'Contoso Ltd',
        topLevelId: '12',
        address,
        phone: null,
        domain: 'contoso.example',
        link,
        marker: '[m]',
      }),
    ).toMatchObject({
      name: 'Contoso Ltd',
      toplevel_id: 12,
      newclient_sitename: 'Main',
      newclient_delivery_address: {
        line1: '1 High St',
        line2: '',
        line3: 'Leeds',
        line4: '',
        postcode: 'LS1 1AA',
      },
      newclient_countrycode: 'GB',
      newclient_domain: 'contoso.example',
      notes: '[m]',
      _isimport: true,
    });
  });

  it('cuts between characters', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('ab🚲', 3)).toBe('ab');
    expect(clip('ab🚲', 4)).toBe('ab🚲');
  });
});

describe('errors', () => {
  it.each([
    ['Invalid Resource', 'Invalid Resource'],
    [{ id: ["The value 'Ada Holt' is not valid."] }, 'id: The value is not valid.'],
    [
      {
        '[0].outcome_id': [
          "Could not convert string to integer: abc. Path '[0].outcome_id', line 1, position 139.",
        ],
      },
      'record 1 outcome_id: Could not convert string to integer.',
    ],
    [
      { ClassName: 'System.Exception', Message: 'Password is mandatory', Data: null },
      'Password is mandatory',
    ],
    [{ Message: 'CODE:APP03/2 Please select the CAB members' }, 'Please select the CAB members'],
    [
      { Message: 'A database error occurred (515) - Cannot insert the value NULL into column x' },
      'a database error (515)',
    ],
    [{ Message: "Invalid column name 'x'." }, 'a database error'],
    [{ Message: 'It broke\r\n   at Nhd.Api.Post(Object o) in C:\\a.cs:line 3' }, 'It broke'],
    [{ Message: 'It broke at Nhd.Api.Post(Object o)' }, 'It broke'],
    [['One', 'Two', 'One'], 'One; Two'],
    [{ resultCode: 3, errorMessage: 'No' }, 'No'],
    [{ error: 'invalid_client', error_description: 'Wrong secret' }, 'Wrong secret'],
    [{ title: 'One or more validation errors occurred.', errors: { name: ['Required'] } }, 'name: Required'],
    [{ something: 1 }, null],
    [[], null],
    [{}, null],
    [null, null],
    [undefined, null],
  ])('hears what %j says', (body, expected) => expect(said(body)).toBe(expected));

  it('shortens, and hides tokens', () => {
    expect(tidy('x'.repeat(1000)).length).toBe(300);
    expect(tidy('bad Bearer abc.def')).toBe('bad …');
  });

  it('names the limit and the permission', () => {
    const said = explainer(
      'Client',
      false,
    )({
      status: 429,
      text: '',
      json: { error: 'Rate Limit ConnectionSession - 300 Requests per rolling 5 minute window' },
    });
    expect(said.message).toMatch(/300 requests/);
    expect(explainer('Client', true)({ status: 403, text: '', json: undefined }).remedy).toMatch(
      /edit:customers/,
    );
    expect(explainer('SoftwareLicence', false)({ status: 401, text: '', json: undefined })).toMatchObject({
      kind: 'forbidden',
      remedy: expect.stringMatching(/read:softwarelicensing.*Software Licensing/),
    });
  });
});
